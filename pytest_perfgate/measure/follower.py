"""The benchmark process's part of the lockstep: times a slice when it is told to, and waits without cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from pytest_perfgate.measure.protocol import Arrived, Calibrate, Calibrated, Release, Slice, Timed
from pytest_perfgate.measure.slices import (
    SlicePlan,
    SliceReadings,
    Stopwatch,
    calibrate,
    garbage_collection,
    readings_of,
    time_slice,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_perfgate.measure.channel import Channel
    from pytest_perfgate.measure.protocol import FromCoordinator
    from pytest_perfgate.measure.slices import Instrument
    from pytest_perfgate.measure.timing import RunningStopwatch
    from pytest_perfgate.model import BenchmarkId


class Follower:
    """Times what the coordinator orders; see `measure.timing.Timing`.

    `canaries`: read them before every slice, for a run that is to be recorded.
    """

    def __init__(self, channel: Channel[FromCoordinator]) -> None:
        self._channel = channel
        self.canaries = False

    def slices(
        self,
        benchmark: BenchmarkId,
        run: Callable[[int], object],
        instrument: Instrument,
        plan: SlicePlan,  # noqa: ARG002 - the coordinator's plan counts
        *,
        disable_gc: bool,
    ) -> SliceReadings | None:
        """Slices of as many iterations as the coordinator says, so that both sides run the same number."""
        instrument = self._armed(instrument)
        iterations = 1
        rows = []
        self._channel.send(Arrived(benchmark))
        with garbage_collection(disabled=disable_gc):
            while not isinstance(order := self._channel.receive(), Release):
                if isinstance(order, Calibrate):
                    count, seconds = calibrate(run, instrument.clock, order.slice_s)
                    self._channel.send(Calibrated(count, seconds))
                elif isinstance(order, Slice):
                    iterations = order.iterations
                    # Whole iterations of a slice's length need no warming, and would cost as much again.
                    rows.append(time_slice(run, instrument, iterations, warm=iterations > 1))
                    self._channel.send(Timed(rows[-1][0]))
        return readings_of(iter(rows), instrument, iterations) if rows else None

    def rounds(
        self,
        benchmark: BenchmarkId,
        one_round: Callable[[Instrument], tuple[int, int]],
        instrument: Instrument,
        *,
        rounds: int,
        iterations: int,
    ) -> SliceReadings | None:
        """One round at each order; setup and teardown lie outside of the timing, not outside of the turn."""
        instrument = self._armed(instrument)
        rows = []
        self._channel.send(Arrived(benchmark, rounds=rounds))
        while not isinstance(self._channel.receive(), Release):
            canaries = instrument.read_canaries()
            wall, cpu = one_round(instrument)
            rows.append((wall, cpu, canaries))
            self._channel.send(Timed(wall))
        if not rows:
            one_round(instrument)
            return None
        return readings_of(iter(rows), instrument, iterations)

    def start(self, benchmark: BenchmarkId, instrument: Instrument) -> RunningStopwatch:
        """Begin when the coordinator says so."""
        self._channel.send(Arrived(benchmark, rounds=1))
        counts = isinstance(self._channel.receive(), Slice)
        return _Turn(self._channel, self._armed(instrument), counts=counts)

    def _armed(self, instrument: Instrument) -> Instrument:
        return instrument if self.canaries else replace(instrument, canaries=())


class _Turn:
    """A whole test on its turn; the coordinator hears when it is over."""

    def __init__(self, channel: Channel[FromCoordinator], instrument: Instrument, *, counts: bool) -> None:
        self._channel, self._counts = channel, counts
        self._stopwatch = Stopwatch(instrument)

    def stop(self) -> SliceReadings | None:
        """The time since the start, or None where the other side did not measure it."""
        readings = self._stopwatch.stop()
        if not self._counts:
            return None
        self._channel.send(Timed(round(readings.wall[0] * 1e9)))
        self._channel.receive()
        return readings
