"""Measures benchmarks in this process and keeps their samples."""

from __future__ import annotations

import contextlib
import inspect
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from pytest_perfgate.config import MarkerOptions, parse_marker
from pytest_perfgate.errors import ConfigError, MeasurementError
from pytest_perfgate.measure.interference import interference
from pytest_perfgate.measure.resources import ResourceMeter
from pytest_perfgate.measure.timing import Alone
from pytest_perfgate.model import Benchmark, BenchmarkId, Direction, Metric, Sample
from pytest_perfgate.model.metric import (
    ALLOCATED_PEAK,
    BUILT_IN_METRICS,
    CPU_TIME,
    EXECUTION_TIME,
    THROUGHPUT_BYTES,
    THROUGHPUT_ELEMENTS,
)
from pytest_perfgate.plugin.recorder import RECORDERS
from pytest_perfgate.stats.location import location

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pytest_perfgate.measure.slices import Instrument, SlicePlan, SliceReadings
    from pytest_perfgate.measure.timing import Timing


class Measuring:
    """The samples of one process.

    `instrument`, `plan`, `timing`: how they are taken; `processes`: how many share a benchmark's time. Process and
    look are stamped on the samples at the end.
    """

    def __init__(
        self,
        config: pytest.Config,
        *,
        instrument: Instrument,
        plan: SlicePlan,
        processes: int,
        timing: Timing | None = None,
    ) -> None:
        self.config = config
        self.processes = processes
        self.instrument = instrument
        self.plan = plan
        self.timing: Timing = timing or Alone()
        self.samples: list[Sample] = []
        self.benchmarks: dict[BenchmarkId, Benchmark] = {}
        self.untrusted = interference()
        self.markers: dict[str, MarkerOptions] = {}
        config.stash[RECORDERS] = {}

    def read_markers(self, items: Iterable[pytest.Item]) -> None:
        """Parse the `perfgate` marks of all items; every problem of every item is shown at once."""
        problems: list[str] = []
        for item in items:
            try:
                self.markers[item.nodeid] = parse_marker(_marker_arguments(item), item.nodeid)
            except ConfigError as error:
                problems.extend(error.problems)
        if problems:
            raise pytest.UsageError("\n".join(problems))

    def marker(self, item: pytest.Item) -> MarkerOptions:
        """What the item's author asked for."""
        return self.markers.get(item.nodeid) or parse_marker({}, item.nodeid)

    @contextlib.contextmanager
    def resources(self, item: pytest.Item) -> Iterator[None]:
        """Measure what the enclosed part uses of CPU, memory and I/O."""
        meter = ResourceMeter()
        meter.start()
        try:
            yield
        finally:
            for metric, value in meter.stop():
                self.add_value(item, metric, value)

    def add_slices(self, item: pytest.Item, readings: SliceReadings, *, work: Mapping[str, float]) -> None:
        """Keep the timings of a benchmark; `work`: bytes and elements handled per iteration, for throughput."""
        self._check_interference()
        wall = self._timed(item, EXECUTION_TIME, readings.wall, readings)
        self.samples += [wall, self._timed(item, CPU_TIME, readings.cpu, readings)]
        for key, metric in (("bytes", THROUGHPUT_BYTES), ("elements", THROUGHPUT_ELEMENTS)):
            if amount := work.get(key):
                self.samples.append(_throughput(wall, metric, amount))

    def _timed(self, item: pytest.Item, metric: Metric, values: tuple[float, ...], readings: SliceReadings) -> Sample:
        return Sample(
            benchmark=BenchmarkId(item.nodeid),
            metric=metric,
            process=0,
            location=location(values),
            iterations=readings.iterations,
            values=values,
            canary_locations={name: location(canary) for name, canary in readings.canaries.items()},
            canaries=dict(readings.canaries),
        )

    def add_value(self, item: pytest.Item, metric: Metric, *values: float) -> None:
        """Keep a metric that has one or a few values per process; their median is its location."""
        middle = sorted(values)[len(values) // 2]
        self.samples.append(
            Sample(benchmark=BenchmarkId(item.nodeid), metric=metric, process=0, location=middle, values=values)
        )

    def add_allocations(self, item: pytest.Item, peak: int | None) -> None:
        """Keep the peak of Python's allocations, where it could be had."""
        if peak is not None:
            self.add_value(item, ALLOCATED_PEAK, float(peak))

    def add_benchmark(
        self, item: pytest.Item, *, group: str = "", extra_info: Mapping[str, object] | None = None
    ) -> None:
        """Keep the facts of a benchmark, and the values of its author's own metrics."""
        marker = self.marker(item)
        path, line, _ = item.location
        self._add_own_metrics(item)
        self.benchmarks[BenchmarkId(item.nodeid)] = Benchmark(
            id=BenchmarkId(item.nodeid),
            file=path.replace("\\", "/"),
            line=(line or 0) + 1,
            group=group,
            extra_info={str(key): _short(value) for key, value in (extra_info or {}).items()},
            min_change=marker.min_change,
            alpha=marker.alpha,
            metrics=marker.metrics,
            budget=dict(marker.budget),
            skip=marker.skip,
        )

    def _add_own_metrics(self, item: pytest.Item) -> None:
        recorder = self.config.stash[RECORDERS].get(item.nodeid)
        for name, values in (recorder.values if recorder else {}).items():
            _, unit, direction = values[0]
            metric = BUILT_IN_METRICS.get(name) or Metric(name, unit, Direction(direction))
            self.add_value(item, metric, *(value for value, _, _ in values))

    def _check_interference(self) -> None:
        self.untrusted = self.untrusted or interference()

    def stamped(self, *, process: int, look: int) -> tuple[Sample, ...]:
        """The samples as those of process `process` in look `look`."""
        return tuple(replace(sample, process=process, look=look) for sample in self.samples)


def uses_benchmark(item: pytest.Item) -> bool:
    """Whether the item measures something: by the fixture, in whole-test mode, or by a metric of its own."""
    names = getattr(item, "fixturenames", ())
    return "benchmark" in names or "perfgate" in names or is_whole_test(item)


def is_whole_test(item: pytest.Item) -> bool:
    """Whether the item is measured as a whole, without the fixture."""
    return bool(_marker_arguments(item).get("whole_test")) and "benchmark" not in getattr(item, "fixturenames", ())


def is_coroutine_function(function: object) -> bool:
    """Whether calling `function` makes a coroutine (an object with an async `__call__` counts)."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)


def _marker_arguments(item: pytest.Item) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for mark in reversed(list(item.iter_markers("perfgate"))):
        if mark.args:
            merged["(positional)"] = mark.args
        merged.update(mark.kwargs)
    return merged


def _throughput(wall: Sample, metric: Metric, amount: float) -> Sample:
    if not wall.location > 0:
        msg = f"'{wall.benchmark}': no throughput from an execution time of {wall.location} s"
        raise MeasurementError(msg)
    return replace(
        wall,
        metric=metric,
        location=amount / wall.location,
        values=tuple(amount / value if value else 0.0 for value in wall.values),
    )


def _short(value: object, limit: int = 200) -> str:
    text = str(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
