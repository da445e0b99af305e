"""One benchmark process by itself: it gets its order, measures as its plan says, and hands over what it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_perfgate.measure.conversation import Conversation, SideResult, shuffled_by_file
from pytest_perfgate.measure.protocol import Collected, Done, Ended, Order

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Collection

    from pytest_perfgate.measure.conversation import Peer
    from pytest_perfgate.model import BenchmarkId


class ByItself:
    """Leads one process through its benchmarks. Raises PeerError when it ends or says nothing for `silence_s`."""

    def __init__(self, peer: Peer, *, silence_s: float) -> None:
        self._peer = peer
        self._talk = Conversation(silence_s)
        self._result: SideResult | None = None

    def collected(self) -> SideResult:
        """What it has, before anything is measured."""
        if self._result is None:
            found = self._talk.hear(self._peer, Collected)
            self._result = SideResult(found.benchmarks, found.failed)
        return self._result

    def measure(
        self,
        wanted: Collection[BenchmarkId] | None,
        dice: random.Random,
        *,
        on_benchmark: Callable[[int], None] = lambda _number: None,
    ) -> SideResult:
        """Let it measure what it has of `wanted` (None: everything), in random order.

        `on_benchmark` hears how many have begun.
        """
        result = self.collected()
        chosen = sorted(name for name in result.collected if wanted is None or name in wanted)
        order = shuffled_by_file(chosen, dice)
        self._talk.say(self._peer, Order(tuple(order)))
        for number, name in enumerate(order, 1):
            self._talk.now = name
            on_benchmark(number)
            result.ended[name] = self._talk.hear(self._peer, Ended)
        self._talk.now = None
        result.done = self._talk.hear(self._peer, Done)
        return result
