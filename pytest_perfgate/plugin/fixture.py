"""The `benchmark` fixture while the gate measures: pytest-benchmark's API, timed in our slices."""

from __future__ import annotations

import cProfile
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace
from pytest_benchmark.fixture import BenchmarkFixture

from pytest_perfgate.errors import MeasurementError
from pytest_perfgate.measure.calls import make_async_loop, make_loop
from pytest_perfgate.measure.interference import exit_guard
from pytest_perfgate.measure.resources import allocated_peak
from pytest_perfgate.measure.slices import SlicePlan, SliceReadings, measure, measure_pedantic
from pytest_perfgate.plugin.measuring import Measuring, is_coroutine_function

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class FixturePlugin:
    """Registered while the gate measures; its `benchmark` receives pytest-benchmark's own and extends it."""

    def __init__(self, measuring: Measuring) -> None:
        self._measuring = measuring

    @pytest.fixture
    def benchmark(self, benchmark: BenchmarkFixture, request: pytest.FixtureRequest) -> Iterator[BenchmarkFixture]:
        """Measure a function: pytest-benchmark's fixture, timed in slices with canaries between them."""
        fixture = PerfgateBenchmark.extend(benchmark, self._measuring, request.node)
        yield fixture
        fixture.finish()


class PerfgateBenchmark(BenchmarkFixture):  # type: ignore[misc] # pytest-benchmark has no types
    """pytest-benchmark's fixture whose timing is ours.

    Calls, pedantic mode, weave, stats, extra_info and the JSON file stay pytest-benchmark's: the instance shares
    the state of the original one. Only `_raw` and `_raw_pedantic`, which do the timing, are replaced.
    """

    _measuring: Measuring
    _item: pytest.Item

    @classmethod
    def extend(cls, original: BenchmarkFixture, measuring: Measuring, item: pytest.Item) -> PerfgateBenchmark:
        """An instance that shares the state of `original`."""
        fixture = cls.__new__(cls)
        fixture.__dict__ = original.__dict__
        fixture._measuring = measuring  # noqa: SLF001 - ours
        fixture._item = item  # noqa: SLF001 - ours
        return fixture

    def finish(self) -> None:
        """Keep the facts once the test is over: extra_info may be set after the call."""
        if self.stats is not None and not self.has_error:
            self._measuring.add_benchmark(self._item, group=self.group or "", extra_info=self.extra_info)

    def _raw(self, function_to_benchmark: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        if self.disabled:
            return _call(function_to_benchmark, args, kwargs)
        if is_coroutine_function(function_to_benchmark):
            with make_async_loop(function_to_benchmark, args, kwargs) as loop:
                return self._measure(loop, loop.call)
        loop = make_loop(function_to_benchmark, args, kwargs)
        return self._measure(loop, lambda: function_to_benchmark(*args, **kwargs))

    def _measure(self, loop: Callable[[int], object], call: Callable[[], Any]) -> Any:  # noqa: ANN401
        with self._guarded(), self._measuring.resources(self._item):
            readings = measure(loop, self._instrument(), self._plan(), disable_gc=self._disable_gc)
        self._keep(readings)
        return self._last_call(call)

    def _raw_pedantic(self, target: Callable[..., Any], **options: Any) -> Any:  # noqa: ANN401
        if self.disabled or self.cprofile:
            return super()._raw_pedantic(target, **options)
        with self._guarded(), self._measuring.resources(self._item):
            readings, result = measure_pedantic(
                target, self._instrument(), disable_gc=self._disable_gc, asynchronous=is_coroutine_function(target), **options
            )
        self._keep(readings)
        return result
