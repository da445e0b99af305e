"""What a coordinator and its benchmark processes say to each other, and which of them is lost in which benchmark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar, overload

from msgspec import Struct

from pytest_perfgate.measure.channel import ChannelClosedError, SilenceError
from pytest_perfgate.measure.protocol import Done, Ended

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from pytest_perfgate.measure.protocol import FromBenchmarkProcess, FromCoordinator
    from pytest_perfgate.model import BenchmarkId

_M = TypeVar("_M")
_N = TypeVar("_N")


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


class Conversation:
    """Says and hears; `now`: the benchmark that is being measured, which a lost process is lost in.

    `silence_s`: how long a process may say nothing.
    """

    def __init__(self, silence_s: float) -> None:
        self._silence_s = silence_s
        self.now: BenchmarkId | None = None

    def say(self, peer: Peer, order: FromCoordinator) -> None:
        """Tell it something. Raises PeerError."""
        try:
            peer.send(order)
        except ChannelClosedError as error:
            raise PeerError(peer.name, self.now, hung=False) from error

    @overload
    def hear(self, peer: Peer, one: type[_M], /) -> _M: ...

    @overload
    def hear(self, peer: Peer, one: type[_M], other: type[_N], /) -> _M | _N: ...

    def hear(self, peer: Peer, *expected: type) -> object:
        """What it says next. Raises PeerError where that is nothing, or nothing of what was expected."""
        try:
            message = peer.receive(self._silence_s)
        except ChannelClosedError as error:
            raise PeerError(peer.name, self.now, hung=False) from error
        except SilenceError as error:
            raise PeerError(peer.name, self.now, hung=True) from error
        if not isinstance(message, expected):
            raise PeerError(peer.name, self.now, hung=False)
        return message


def shuffled_by_file(names: Sequence[BenchmarkId], dice: random.Random) -> list[BenchmarkId]:
    """Files, and benchmarks within a file, in random order: no file's fixtures are made twice."""
    files: dict[str, list[BenchmarkId]] = {}
    for name in names:
        files.setdefault(name.split("::")[0], []).append(name)
    groups = list(files.values())
    dice.shuffle(groups)
    for group in groups:
        dice.shuffle(group)
    return [name for group in groups for name in group]
