"""The `benchmark` fixture while the gate measures: pytest-benchmark's API, timed in our slices."""

from __future__ import annotations

import cProfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from msgspec.structs import replace
from pytest_benchmark.fixture import BenchmarkFixture

from pytest_perfgate.measure.calls import AsyncLoop, make_async_loop, make_loop
from pytest_perfgate.measure.clock import SystemClock, TimerClock
from pytest_perfgate.measure.interference import same_folder, uninstrumented
from pytest_perfgate.measure.resources import LONGEST_TRACED_CALL_S, allocated_peak
from pytest_perfgate.measure.slices import MOST_SLICES, Instrument, SlicePlan, SliceReadings
from pytest_perfgate.model import BenchmarkId
from pytest_perfgate.plugin.measuring import Measuring, is_coroutine_function
from pytest_perfgate.plugin.pedantic import measure_pedantic

_SYSTEM_TIMERS = {"perf_counter", "default_timer"}


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


class PerfgateBenchmark(BenchmarkFixture):
    """pytest-benchmark's fixture whose timing is ours.

    Calls, pedantic mode, weave, stats, extra_info and the JSON file stay pytest-benchmark's: the instance shares
    the state of the original one. Only `_raw` and `_raw_pedantic`, which do the timing, are replaced.
    """

    _perfgate: Measuring
    _item: pytest.Item
    _readings: SliceReadings | None

    @classmethod
    def extend(cls, original: BenchmarkFixture, measuring: Measuring, item: pytest.Item) -> PerfgateBenchmark:
        """An instance that shares the state of `original`."""
        fixture = cls.__new__(cls)
        fixture.__dict__ = original.__dict__
        fixture._perfgate, fixture._item, fixture._readings = measuring, item, None  # noqa: SLF001 - ours
        return fixture

    def finish(self) -> None:
        """Keep samples and facts once the test is over: extra_info, and with it throughput, may come last."""
        if self._readings is None or self.has_error:
            return
        work = {**self._amounts(), **self._perfgate.marker(self._item).work}
        self._perfgate.add_slices(self._item, self._readings, work=work)
        self._perfgate.add_benchmark(self._item, group=self.group or "", extra_info=self.extra_info)

    def _amounts(self) -> Mapping[str, float]:
        given = ((name, self.extra_info.get(name)) for name in ("bytes", "elements"))
        return {name: float(value) for name, value in given if isinstance(value, (int, float)) and value > 0}

    def _raw(self, function_to_benchmark: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        if self.disabled:
            return function_to_benchmark(*args, **kwargs)
        if is_coroutine_function(function_to_benchmark):
            with make_async_loop(function_to_benchmark, args, kwargs) as loop:
                return self._time(loop, loop.call)
        return self._time(
            make_loop(function_to_benchmark, args, kwargs), lambda: function_to_benchmark(*args, **kwargs)
        )

    def _time(self, loop: Callable[[int], object], call: Callable[[], Any]) -> Any:  # noqa: ANN401
        with self._guarded():
            readings = self._perfgate.timing.slices(
                BenchmarkId(self._item.nodeid), loop, self._instrument(), self._plan(), disable_gc=self._disable_gc
            )
        if readings is None:
            return call()
        self._keep(readings)
        if self.cprofile:
            return self._profiled(call)
        if min(readings.wall) > LONGEST_TRACED_CALL_S:
            return call()
        peak, result = allocated_peak(call)
        # An event loop's own garbage moves the peak by a few bytes each time; it is not the benchmark's.
        self._perfgate.add_allocations(self._item, None if isinstance(loop, AsyncLoop) else peak)
        return result

    def _raw_pedantic(
        self,
        target: Callable[..., Any],
        args: Any = (),  # noqa: ANN401
        kwargs: Any = None,  # noqa: ANN401
        setup: Callable[[], Any] | None = None,
        teardown: Callable[..., Any] | None = None,
        rounds: int = 1,
        warmup_rounds: int = 0,
        iterations: int = 1,
    ) -> Any:  # noqa: ANN401
        if self.disabled or self.cprofile:
            plain = {"setup": setup, "rounds": rounds, "warmup_rounds": warmup_rounds, "iterations": iterations}
            newer = {} if teardown is None else {"teardown": teardown}  # pytest-benchmark 5.0 has none
            return super()._raw_pedantic(target, args, kwargs, **plain, **newer)
        with self._guarded():
            readings, result = measure_pedantic(
                target,
                args,
                kwargs,
                lambda one_round, **layout: self._perfgate.timing.rounds(
                    BenchmarkId(self._item.nodeid), one_round, self._instrument(), **layout
                ),
                warm_up=self._instrument(),
                setup=setup,
                teardown=teardown,
                rounds=rounds,
                warmup_rounds=warmup_rounds,
                iterations=iterations,
                disable_gc=self._disable_gc,
            )
        if readings is not None:
            self._keep(readings)
        return result

    def _keep(self, readings: SliceReadings) -> None:
        """Fill pytest-benchmark's own statistics, which the table and --benchmark-json show."""
        stats = self._make_stats(readings.iterations)
        for seconds in readings.wall:
            stats.update(seconds * readings.iterations)
        self._readings = readings

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        with same_folder(), uninstrumented(), self._perfgate.resources(self._item):
            yield

    def _instrument(self) -> Instrument:
        """The session's, or one with the clock that --benchmark-timer names."""
        instrument = self._perfgate.instrument
        named = getattr(self._timer, "__name__", "") not in _SYSTEM_TIMERS
        if named and isinstance(instrument.clock, SystemClock):
            return replace(instrument, clock=TimerClock(self._timer))
        return instrument

    def _plan(self) -> SlicePlan:
        """The session's plan, with what the mark @pytest.mark.benchmark(...) asks for."""
        plan = self._perfgate.plan
        mark = self._item.get_closest_marker("benchmark")
        asked = mark.kwargs if mark else {}
        if "max_time" in asked:
            plan = replace(plan, budget_s=float(asked["max_time"]) / self._perfgate.processes)
        if "min_time" in asked:
            plan = replace(plan, slice_s=max(plan.slice_s, float(asked["min_time"])))
        if "min_rounds" in asked:
            plan = replace(plan, least=min(MOST_SLICES, int(asked["min_rounds"])))
        return plan

    def _profiled(self, call: Callable[[], Any]) -> Any:  # noqa: ANN401
        """--benchmark-cprofile: one profiled call, as pytest-benchmark makes it."""
        profile = cProfile.Profile()
        with uninstrumented():
            result = profile.runcall(call)
        self._save_cprofile(profile)
        return result
