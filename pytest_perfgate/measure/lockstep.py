"""Two benchmark processes, one benchmark at a time, slice by slice in turns: what the machine does, it does to both."""

from __future__ import annotations

from contextlib import suppress
from itertools import cycle, islice
from typing import TYPE_CHECKING, Protocol, TypeVar, overload

from msgspec import Struct

from pytest_perfgate.measure.channel import ChannelClosedError, SilenceError
from pytest_perfgate.measure.protocol import (
    Arrived,
    Calibrate,
    Calibrated,
    Collected,
    Done,
    Ended,
    Order,
    Release,
    Slice,
    Timed,
)

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Collection, Iterator, Sequence

    from pytest_perfgate.measure.protocol import FromBenchmarkProcess, FromCoordinator
    from pytest_perfgate.model import BenchmarkId

_M = TypeVar("_M")
_N = TypeVar("_N")


class LockstepPlan(Struct, frozen=True):
    """How long one benchmark is measured in one pair of processes.

    `slice_s`: length of a slice; `budget_s`: seconds for the slices of both sides together; `slices`: pairs of
    slices at most; `silence_s`: how long a process may say nothing. What a pair can't know lies between processes
    (standard deviation 0.017), hardly between slices (4 pairs of slices 0.021, 10 0.018, 30 0.017): so few slices,
    and many pairs.
    """

    slice_s: float = 0.005
    budget_s: float = 0.1
    slices: int = 10
    silence_s: float = 300.0


class Peer(Protocol):
    """One benchmark process, as the coordinator sees it."""

    name: str

    def send(self, message: FromCoordinator) -> None:
        """Tell it something. Raises ChannelClosedError."""

    def receive(self, timeout_s: float) -> FromBenchmarkProcess:
        """What it says next. Raises ChannelClosedError and SilenceError."""


class PeerError(Exception):
    """A process of the pair is of no more use: which one, in which benchmark, and how it ended."""

    def __init__(self, peer: str, benchmark: BenchmarkId | None, *, hung: bool) -> None:
        self.peer, self.benchmark, self.hung = peer, benchmark, hung
        super().__init__(f"{peer} {'hung' if hung else 'ended'} in {benchmark or 'the collection'}")


class SideResult(Struct):
    """What one side of a pair measured; grows benchmark by benchmark, so that a crash loses only the rest."""

    collected: tuple[BenchmarkId, ...] = ()
    uncollected: dict[str, str] = {}
    ended: dict[BenchmarkId, Ended] = {}
    done: Done | None = None


class LockstepResult(Struct):
    """Each side by its name; `order`: what was to be measured; `error`: what broke it off."""

    sides: dict[str, SideResult]
    order: tuple[BenchmarkId, ...] = ()
    error: PeerError | None = None


class Lockstep:
    """Leads its benchmark processes, two as a rule, through their benchmarks.

    `on_benchmark` hears each benchmark's name as it begins. One process alone has nobody to take turns with.
    """

    def __init__(
        self,
        peers: Sequence[Peer],
        plan: LockstepPlan,
        dice: random.Random,
        *,
        on_benchmark: Callable[[BenchmarkId], None] = lambda _name: None,
    ) -> None:
        self._peers = tuple(peers)
        self._plan = plan
        self._dice = dice
        self._on_benchmark = on_benchmark
        self._now: BenchmarkId | None = None
        self.result = LockstepResult({peer.name: SideResult() for peer in peers})

    def run(
        self, wanted: Collection[BenchmarkId] | None, *, core: int | None = None, canaries: bool = False
    ) -> LockstepResult:
        """Measure what all have of `wanted` (None: everything) in one random order.

        A process that is lost ends it; what was measured before stays.
        """
        try:
            self._begin(wanted, core=core, canaries=canaries)
            for benchmark in self.result.order:
                self._now = benchmark
                self._on_benchmark(benchmark)
                self._measure(benchmark)
            self._now = None
            for peer, side in self._sides():
                side.done = self._hear(peer, Done)
        except PeerError as error:
            self.result.error = error
        return self.result

    def _sides(self) -> tuple[tuple[Peer, SideResult], ...]:
        return tuple((peer, self.result.sides[peer.name]) for peer in self._peers)

    def _begin(self, wanted: Collection[BenchmarkId] | None, *, core: int | None, canaries: bool) -> None:
        for peer, side in self._sides():
            found = self._hear(peer, Collected)
            side.collected, side.uncollected = found.benchmarks, found.failed
        common = frozenset.intersection(*(frozenset(side.collected) for _, side in self._sides()))
        chosen = sorted(name for name in common if wanted is None or name in wanted)
        self.result.order = tuple(_shuffled_by_file(chosen, self._dice))
        for peer in self._peers:
            self._say(peer, Order(self.result.order, core, canaries))

    def _measure(self, benchmark: BenchmarkId) -> None:
        """Wait for both; take turns if both measure; hear both end."""
        # Where it measures nothing on one side, or fails there, the other side goes on without.
        with suppress(_EndedError):
            self._take_turns([self._arrived(peer, benchmark).rounds for peer in self._peers])
        for peer, side in self._sides():
            if benchmark not in side.ended:
                self._say(peer, Release())
        for peer, side in self._sides():
            if benchmark not in side.ended:
                side.ended[benchmark] = self._last_word(peer)

    def _arrived(self, peer: Peer, benchmark: BenchmarkId) -> Arrived:
        """Its arrival at this benchmark; at another one, the two would not measure the same in the same minutes."""
        arrived = self._hear_of(peer, Arrived)
        if arrived.benchmark != benchmark:
            raise PeerError(peer.name, benchmark, hung=False)
        return arrived

    def _last_word(self, peer: Peer) -> Ended:
        """Its end; where the other side never got to its slices, its arrival may still lie before it."""
        message = self._hear(peer, Ended, Arrived)
        return message if isinstance(message, Ended) else self._hear(peer, Ended)

    def _take_turns(self, rounds: list[int]) -> None:
        """A slice of one, then of the other, until the plan's slices, or the author's rounds, are done."""
        if all(rounds):
            iterations, count = 1, min(*rounds, self._plan.slices)
        else:
            iterations, count = self._calibrated()
        for order in islice(self._orders(), count):
            for peer in order:
                self._say(peer, Slice(iterations))
                self._hear_of(peer, Timed)

    def _orders(self) -> Iterator[tuple[Peer, ...]]:
        """ABBA: who begins changes from pair to pair, and chance says who begins first."""
        first = self._dice.randrange(2)
        return islice(cycle([self._peers, self._peers[::-1]]), first, None)

    def _calibrated(self) -> tuple[int, int]:
        """Iterations per slice, the same for both sides, and pairs of slices that fit into the budget."""
        found = []
        for peer in self._peers:
            self._say(peer, Calibrate(self._plan.slice_s))
            found.append(self._hear_of(peer, Calibrated))
        seconds = sum(one.seconds / one.iterations for one in found) / len(found)
        iterations = max(1, round(self._plan.slice_s / seconds))
        pairs = int(self._plan.budget_s / (len(found) * iterations * seconds))
        return iterations, max(1, min(self._plan.slices, pairs))

    def _hear_of(self, peer: Peer, answer: type[_M]) -> _M:
        """Its answer, or _EndedError where the benchmark ended instead."""
        message = self._hear(peer, answer, Ended)
        if isinstance(message, Ended):
            self.result.sides[peer.name].ended[message.benchmark] = message
            raise _EndedError
        return message

    def _say(self, peer: Peer, order: FromCoordinator) -> None:
        try:
            peer.send(order)
        except ChannelClosedError as error:
            raise PeerError(peer.name, self._now, hung=False) from error

    @overload
    def _hear(self, peer: Peer, one: type[_M], /) -> _M: ...

    @overload
    def _hear(self, peer: Peer, one: type[_M], other: type[_N], /) -> _M | _N: ...

    def _hear(self, peer: Peer, *expected: type) -> object:
        try:
            message = peer.receive(self._plan.silence_s)
        except ChannelClosedError as error:
            raise PeerError(peer.name, self._now, hung=False) from error
        except SilenceError as error:
            raise PeerError(peer.name, self._now, hung=True) from error
        if not isinstance(message, expected):
            raise PeerError(peer.name, self._now, hung=False)
        return message


class _EndedError(Exception):
    """The benchmark ended before, or instead of, its slices."""


def _shuffled_by_file(names: list[BenchmarkId], dice: random.Random) -> list[BenchmarkId]:
    """Files, and benchmarks within a file, in random order: no file's fixtures are made twice."""
    files: dict[str, list[BenchmarkId]] = {}
    for name in names:
        files.setdefault(name.split("::")[0], []).append(name)
    groups = list(files.values())
    dice.shuffle(groups)
    for group in groups:
        dice.shuffle(group)
    return [name for group in groups for name in group]
