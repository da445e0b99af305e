"""Pairs of real processes: how each side runs pytest, one pair after the other, what broke and what leaked."""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from msgspec import Struct

from pytest_perfgate.errors import SharedCodeError
from pytest_perfgate.measure.leak_guard import Leak, LoadedModule
from pytest_perfgate.measure.lockstep import Lockstep, LockstepPlan, LockstepResult, PeerError, SideResult
from pytest_perfgate.measure.pair import BenchmarkProcess, SideCommand
from pytest_perfgate.measure.pinning import elsewhere, move_away, set_free
from pytest_perfgate.model import BenchmarkId, Pair, Side

_LONGEST_SEED = 2**32
# What has said all may still have services to stop; what has broken, a last word to say.
_PATIENCE_S, _GRACE_S = 60.0, 5.0
_MOST_LEAVING = 2
_MOST_LEAKS = 5


class PairListener(Struct, frozen=True):
    """Who hears what is going on: a new pair with its number, and each benchmark as it begins."""

    on_pair: Callable[[int, int], None] = lambda _number, _benchmarks: None
    on_benchmark: Callable[[], None] = lambda: None


class PairRunner:
    """Runs pairs of fresh processes; while one measures, on another core the next starts up and the last one ends.

    `base`, `candidate`: how to run each side; `core`: where to measure, None to leave that to the system;
    `alternate`: one side after the other, in random order, where the two can't live at the same time.
    """

    def __init__(
        self,
        base: SideCommand,
        candidate: SideCommand,
        *,
        plan: LockstepPlan,
        seed: int,
        core: int | None,
        canaries: bool = False,
        alternate: bool = False,
        listener: PairListener | None = None,
    ) -> None:
        self._commands = (base, candidate)
        self._plan, self._core, self._canaries, self._alternate = plan, core, canaries, alternate
        self._dice = random.Random(seed)  # noqa: S311 - a printed seed, not a secret
        self._listener = listener or PairListener()
        self._folder = Path(tempfile.mkdtemp(prefix="perfgate-"))
        self._count = self._measured = 0
        self._next: tuple[BenchmarkProcess, ...] = ()
        self._leaving: list[tuple[BenchmarkProcess, ...]] = []
        self.modules: dict[str, tuple[LoadedModule, ...]] = {}
        self.pinned = core is not None

    def measure(self, wanted: Collection[BenchmarkId] | None) -> Pair:
        """One pair. Raises SharedCodeError where a side ran code of the other."""
        began = time.monotonic()
        self._listener.on_pair(self._measured, len(wanted or ()))
        self._measured += 1
        result, broken = self._one_after_the_other(wanted) if self._alternate else self._in_turns(wanted)
        self._look_at_modules(result)
        return _pair(result, broken, time.monotonic() - began)

    def _in_turns(self, wanted: Collection[BenchmarkId] | None) -> tuple[LockstepResult, str]:
        sides, self._next = self._next or self._start(self._commands), ()
        for side in sides:
            set_free(side.pid)  # where it is still starting up, it has nobody to disturb any more
        try:
            result, broken = self._led(sides, wanted, self._start_next)
        except BaseException:
            _end(sides)
            raise
        self._part_with(sides, result)
        return result, broken

    def _start_next(self) -> None:
        if self._core is not None and not self._next:
            with elsewhere(self._core):
                self._next = self._start(self._commands)

    def _part_with(self, sides: tuple[BenchmarkProcess, ...], result: LockstepResult) -> None:
        """They have said all; where they can't disturb the next pair, they end while it measures."""
        if result.error is not None:
            _end(sides)
        elif self._core is not None and all(move_away(side.pid, self._core) for side in sides):
            self._leaving.append(sides)
        else:
            _end(sides, _PATIENCE_S)
        if len(self._leaving) > _MOST_LEAVING:
            _end(self._leaving.pop(0), _PATIENCE_S)

    def _one_after_the_other(self, wanted: Collection[BenchmarkId] | None) -> tuple[LockstepResult, str]:
        whole = LockstepResult({command.name: SideResult() for command in self._commands})
        seed = self._hash_seed()
        for command in self._dice.sample(self._commands, len(self._commands)):
            sides = self._start([command], seed)
            try:
                part, broken = self._led(sides, wanted)
            except BaseException:
                _end(sides)
                raise
            _end(sides, _PATIENCE_S if part.error is None else 0.0)
            whole.sides.update(part.sides)
            whole.error = part.error
            if broken:
                return whole, broken
        return whole, ""

    def _led(
        self,
        sides: Sequence[BenchmarkProcess],
        wanted: Collection[BenchmarkId] | None,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> tuple[LockstepResult, str]:
        """What the processes measured, and what broke it off, for a person; `meanwhile`: called as they begin."""

        def on_benchmark(_name: BenchmarkId) -> None:
            meanwhile()
            self._listener.on_benchmark()

        lockstep = Lockstep(sides, self._plan, self._dice, on_benchmark=on_benchmark)
        result = lockstep.run(wanted, core=self._core, canaries=self._canaries)
        return result, _explained(result.error, sides)

    def _hash_seed(self) -> str:
        """Shared by both sides, another one for each pair.

        Two dict layouts for the same code would be noise within the pair; one for all pairs, a bias that no
        number of pairs averages away.
        """
        return str(self._dice.randrange(1, _LONGEST_SEED))

    def _start(self, commands: Sequence[SideCommand], seed: str = "") -> tuple[BenchmarkProcess, ...]:
        number, self._count = self._count, self._count + 1
        seed = seed or self._hash_seed()
        started: list[BenchmarkProcess] = []
        try:
            for command in commands:
                environ = {"PYTHONHASHSEED": seed, **command.environ}
                started.append(BenchmarkProcess(_with_environ(command, environ), self._folder, number))
        except BaseException:
            _end(started)
            raise
        return tuple(started)

    def _look_at_modules(self, result: LockstepResult) -> None:
        for name, side in result.sides.items():
            if side.done is None:
                continue
            if side.done.leaks:
                raise SharedCodeError(_shared(name, side.done.leaks))
            self.modules[name] = side.done.modules
            self.pinned = self.pinned and side.done.pinned

    def close(self) -> None:
        """End what still runs and remove the processes' files."""
        _end(self._next)
        for sides in self._leaving:
            _end(sides, _PATIENCE_S)
        self._leaving, self._next = [], ()
        shutil.rmtree(self._folder, ignore_errors=True)


def _end(sides: Sequence[BenchmarkProcess], grace_s: float = 0.0) -> None:
    """Leave nothing of them; with grace, let them end by themselves first."""
    for side in sides:
        if grace_s:
            side.finish(grace_s)
        side.kill()


def _shared(name: str, leaks: Sequence[Leak]) -> str:
    other = "candidate" if name == "base" else "base"
    lines = [f"  {leak.module}: from '{leak.path}', not from '{leak.expected}'" for leak in leaks[:_MOST_LEAKS]]
    more = len(leaks) - len(lines)
    return "\n".join(
        [
            f"The {name} process ran code that is not its own, so it would be compared with the {other}'s own:",
            *lines,
            *([f"  and {more} more"] if more > 0 else []),
            leaks[0].remedy,
        ]
    )


def _with_environ(command: SideCommand, environ: dict[str, str]) -> SideCommand:
    return SideCommand(command.name, command.command, command.arguments, command.folder, environ)


def _explained(error: PeerError | None, sides: Sequence[BenchmarkProcess]) -> str:
    """What broke the pair, for a person."""
    if error is None:
        return ""
    lost = next(side for side in sides if side.name == error.peer)
    where = f"in '{error.benchmark:.300}'" if error.benchmark else "before any benchmark was begun"
    what = "hung and was stopped" if error.hung else "ended"
    if not error.hung:
        lost.finish(_GRACE_S)  # it may still be saying why
    return f"the {error.peer} process {what} {where}: {lost.last_words()}"


def _pair(result: LockstepResult, broken: str, took_s: float) -> Pair:
    return Pair(
        base=_side(result.sides["base"]),
        candidate=_side(result.sides["candidate"]),
        broken=broken,
        culprit=result.error.benchmark if result.error else None,
        lost=result.error.peer if result.error else "",
        took_s=took_s,
    )


def _side(side: SideResult) -> Side:
    ended = side.ended.values()
    return Side(
        collected=side.collected,
        uncollected=side.uncollected,
        samples=tuple(sample for one in ended if not one.failed for sample in one.samples),
        benchmarks={one.benchmark: one.facts for one in ended if one.facts is not None},
        failed={one.benchmark: one.failed for one in ended if one.failed},
        skipped={one.benchmark: one.skipped for one in ended if one.skipped},
        untrusted=side.done.untrusted if side.done else "",
    )
