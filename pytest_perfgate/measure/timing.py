"""How the benchmarks of this process are timed: alone, in turns with another process, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pytest_perfgate.measure.slices import SlicePlan, SliceReadings, Stopwatch, measure, measure_rounds

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_perfgate.measure.slices import Instrument
    from pytest_perfgate.model import BenchmarkId


class RunningStopwatch(Protocol):
    """A whole test that is being timed."""

    def stop(self) -> SliceReadings | None:
        """The time since the start, or None where it does not count."""


class Timing(Protocol):
    """Times one benchmark after the other; None says that a benchmark was not to be measured here."""

    def slices(
        self,
        benchmark: BenchmarkId,
        run: Callable[[int], object],
        instrument: Instrument,
        plan: SlicePlan,
        *,
        disable_gc: bool,
    ) -> SliceReadings | None:
        """Time a benchmark in slices; `run(n)` executes it n times."""

    def rounds(
        self,
        benchmark: BenchmarkId,
        one_round: Callable[[Instrument], tuple[int, int]],
        instrument: Instrument,
        *,
        rounds: int,
        iterations: int,
    ) -> SliceReadings | None:
        """Time rounds that the author has laid out; at least one is run, whether it counts or not."""

    def start(self, benchmark: BenchmarkId, instrument: Instrument) -> RunningStopwatch:
        """Begin to time a whole test."""


class Alone:
    """Nobody else: as long and as often as the plan says."""

    def slices(
        self,
        benchmark: BenchmarkId,  # noqa: ARG002 - the protocol's
        run: Callable[[int], object],
        instrument: Instrument,
        plan: SlicePlan,
        *,
        disable_gc: bool,
    ) -> SliceReadings | None:
        """Calibrate, then time slices."""
        return measure(run, instrument, plan, disable_gc=disable_gc)

    def rounds(
        self,
        benchmark: BenchmarkId,  # noqa: ARG002 - the protocol's
        one_round: Callable[[Instrument], tuple[int, int]],
        instrument: Instrument,
        *,
        rounds: int,
        iterations: int,
    ) -> SliceReadings | None:
        """Time every round."""
        return measure_rounds(one_round, instrument, rounds=rounds, iterations=iterations)

    def start(self, benchmark: BenchmarkId, instrument: Instrument) -> RunningStopwatch:  # noqa: ARG002
        """Begin at once."""
        return Stopwatch(instrument)


class _StoppedStopwatch:
    def stop(self) -> SliceReadings | None:
        return None


class NotHere:
    """The main process of a paired run: benchmarks run once, as tests; others measure them."""

    def slices(
        self,
        benchmark: BenchmarkId,  # noqa: ARG002 - the protocol's
        run: Callable[[int], object],  # noqa: ARG002
        instrument: Instrument,  # noqa: ARG002
        plan: SlicePlan,  # noqa: ARG002
        *,
        disable_gc: bool,  # noqa: ARG002
    ) -> SliceReadings | None:
        """Nothing: the fixture calls the benchmark once."""
        return None

    def rounds(
        self,
        benchmark: BenchmarkId,  # noqa: ARG002 - the protocol's
        one_round: Callable[[Instrument], tuple[int, int]],
        instrument: Instrument,
        *,
        rounds: int,  # noqa: ARG002
        iterations: int,  # noqa: ARG002
    ) -> SliceReadings | None:
        """One round, untimed."""
        one_round(instrument)
        return None

    def start(self, benchmark: BenchmarkId, instrument: Instrument) -> RunningStopwatch:  # noqa: ARG002
        """A stopwatch that stands still."""
        return _StoppedStopwatch()
