"""Times a benchmark in slices of a few milliseconds, with a reading of each canary before every slice."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from msgspec import Struct

from pytest_perfgate.errors import MeasurementError
from pytest_perfgate.measure.canary import Canary
from pytest_perfgate.ports import Clock

_MOST_ITERATIONS = 2**40
_STEP = 10
_PATIENCE = 3
# Kept per process: more slices sharpen nothing that the next process would not sharpen more, and fill the store.
MOST_SLICES = 24
_FEWEST_SLICES = 5
_NS = 1e-9


class Instrument(Struct, frozen=True):
    """What measures: a clock and the canaries."""

    clock: Clock
    canaries: tuple[Canary, ...]

    def read_canaries(self) -> tuple[int, ...]:
        """One reading of each, nanoseconds."""
        return tuple(_read(canary, self.clock) for canary in self.canaries)


class SlicePlan(Struct, frozen=True):
    """How long to measure one benchmark in one process.

    `budget_s`: seconds for slices and canaries together; `slice_s`: how long a slice should be; `slices`: how
    many at most; `least`: how many at least, where one iteration is longer than a slice.
    """

    budget_s: float = 0.15
    slice_s: float = 0.0025
    slices: int = MOST_SLICES
    least: int = _FEWEST_SLICES


class SliceReadings(Struct, frozen=True):
    """Seconds per iteration: `wall` and `cpu` per slice; `canaries`: name -> seconds per iteration before each."""

    iterations: int
    wall: tuple[float, ...]
    cpu: tuple[float, ...]
    canaries: dict[str, tuple[float, ...]]


def measure(
    run: Callable[[int], object], instrument: Instrument, plan: SlicePlan, *, disable_gc: bool = False
) -> SliceReadings:
    """Calibrate, then time slices; `run(n)` executes the benchmark n times.

    The calibration warms up. An iteration longer than a slice makes one slice each, as many as the budget
    holds, `plan.least` at least, but only two where one alone exceeds the whole budget. Raises
    MeasurementError when the clock stands still or runs backwards.
    """
    with garbage_collection(disabled=disable_gc):
        iterations, duration_s = calibrate(run, instrument.clock, plan.slice_s)
        count = _how_many(duration_s, plan)
        rows = (time_slice(run, instrument, iterations) for _ in range(count))
        return readings_of(rows, instrument, iterations)


def measure_rounds(
    one_round: Callable[[Instrument], tuple[int, int]],
    instrument: Instrument,
    *,
    rounds: int,
    iterations: int,
) -> SliceReadings:
    """Time rounds that the author has laid out (pedantic mode); `one_round` returns wall and CPU nanoseconds.

    Every round is run, at most MOST_SLICES of them, evenly spaced, are kept.
    """
    kept = set(thinned(rounds))
    rows: list[tuple[int, int, tuple[int, ...]]] = []
    for index in range(rounds):
        canaries = instrument.read_canaries() if index in kept else ()
        wall, cpu = one_round(instrument)
        if index in kept:
            rows.append((wall, cpu, canaries))
    return readings_of(iter(rows), instrument, iterations)


class Stopwatch:
    """Times one stretch of code (whole-test mode): one slice of one iteration, canaries read at the start."""

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        clock = instrument.clock
        self._canaries = instrument.read_canaries()
        self._cpu, self._wall = clock.cpu_ns(), clock.wall_ns()

    def stop(self) -> SliceReadings:
        """The time since the start."""
        clock = self._instrument.clock
        wall, cpu = clock.wall_ns() - self._wall, clock.cpu_ns() - self._cpu
        return readings_of(iter([(wall, cpu, self._canaries)]), self._instrument, 1)


def thinned(count: int) -> Iterator[int]:
    """Indexes of at most MOST_SLICES rounds, evenly spaced over `count`."""
    if count <= MOST_SLICES:
        return iter(range(count))
    return (index * count // MOST_SLICES for index in range(MOST_SLICES))


def calibrate(run: Callable[[int], object], clock: Clock, slice_s: float) -> tuple[int, float]:
    """Iterations per slice, and how long such a slice took, in seconds; one iteration at least."""
    iterations, still = 1, 0
    while True:
        began = clock.wall_ns()
        run(iterations)
        elapsed = (clock.wall_ns() - began) * _NS
        if elapsed < 0:
            raise MeasurementError(f"The clock went back by {-elapsed:g} s while a benchmark was calibrated.")
        if elapsed >= slice_s / 2:
            break
        still = still + 1 if elapsed == 0 else 0
        if iterations >= _MOST_ITERATIONS or (still and iterations > _STEP**_PATIENCE and _stands_still(clock)):
            raise MeasurementError(
                f"The clock stands still: {iterations} iterations took {elapsed:g} s. A benchmark must cost time."
            )
        factor = slice_s / elapsed if elapsed > slice_s / _STEP else _STEP
        iterations = math.ceil(iterations * min(factor, _STEP))
    per_iteration = elapsed / iterations
    wanted = max(1, round(slice_s / per_iteration))
    return wanted, per_iteration * wanted


def _stands_still(clock: Clock, readings: int = 10_000) -> bool:
    first = clock.wall_ns()
    return all(clock.wall_ns() == first for _ in range(readings))


def _how_many(duration_s: float, plan: SlicePlan) -> int:
    if duration_s > plan.budget_s:
        return 2
    return max(plan.least, min(plan.slices, int(plan.budget_s / duration_s)))


def time_slice(
    run: Callable[[int], object], instrument: Instrument, iterations: int, *, warm: bool = True
) -> tuple[int, int, tuple[int, ...]]:
    """Wall and CPU nanoseconds of one slice, and the canaries just before it.

    `warm`: run one iteration untimed first, since the canaries, or another process, have used the caches.
    """
    clock = instrument.clock
    wall_ns, cpu_ns = clock.wall_ns, clock.cpu_ns
    canaries = instrument.read_canaries()
    if warm:
        run(1)
    cpu, wall = cpu_ns(), wall_ns()
    run(iterations)
    wall, cpu = wall_ns() - wall, cpu_ns() - cpu
    return wall, cpu, canaries


def _read(canary: Canary, clock: Clock) -> int:
    began = clock.wall_ns()
    canary.work(canary.iterations)
    return clock.wall_ns() - began


def readings_of(
    rows: Iterator[tuple[int, int, tuple[int, ...]]], instrument: Instrument, iterations: int
) -> SliceReadings:
    """Readings per iteration. Raises MeasurementError where the clock stood still or went back."""
    walls, cpus, canaries = [], [], []
    for wall, cpu, readings in rows:
        if wall <= 0 or any(reading <= 0 for reading in readings):
            raise MeasurementError(
                f"The clock {'went back' if wall < 0 else 'stood still'} during a slice: a slice of "
                f"{iterations} iterations took {wall} ns."
            )
        walls.append(wall * _NS / iterations)
        cpus.append(max(cpu, 0) * _NS / iterations)
        canaries.append(readings)
    return SliceReadings(
        iterations=iterations,
        wall=tuple(walls),
        cpu=tuple(cpus),
        canaries={
            canary.name: tuple(row[index] * _NS / canary.iterations for row in canaries)
            for index, canary in enumerate(instrument.canaries)
        },
    )


@contextmanager
def garbage_collection(*, disabled: bool) -> Iterator[None]:
    """Off during the slices where the author asked for that, as pytest-benchmark does it."""
    was_enabled = gc.isenabled()
    if disabled:
        gc.disable()
    try:
        yield
    finally:
        if disabled and was_enabled:
            gc.enable()
