import gc

import pytest
from fakes import FakeClock, fake_instrument

from pytest_perfgate.errors import MeasurementError
from pytest_perfgate.measure.calls import make_async_loop, make_loop
from pytest_perfgate.measure.slices import MOST_SLICES, SlicePlan, Stopwatch, measure, measure_rounds, thinned

PLAN = SlicePlan(budget_s=0.15, slice_s=0.0025)


@pytest.fixture
def clock():
    return FakeClock()


def loop(clock, seconds, *, cpu=None):
    def run(times):
        clock.spend(seconds * times, cpu=None if cpu is None else cpu * times)

    return run


@pytest.mark.parametrize("cost", [50e-9, 1e-6, 1e-4, 2e-3, 0.02, 1.0])
def test_the_cost_of_one_iteration_is_measured_exactly(clock, cost):
    readings = measure(loop(clock, cost), fake_instrument(clock), PLAN)
    assert readings.wall == pytest.approx([cost] * len(readings.wall), rel=1e-3)
    assert readings.cpu == pytest.approx([cost] * len(readings.wall), rel=1e-3)


@pytest.mark.parametrize(
    ("cost", "slices", "iterations"),
    [(1e-6, MOST_SLICES, 2500), (2e-3, MOST_SLICES, 1), (0.02, 7, 1), (0.04, 5, 1), (1.0, 2, 1)],
)
def test_slices_fit_the_budget(clock, cost, slices, iterations):
    readings = measure(loop(clock, cost), fake_instrument(clock), PLAN)
    assert (len(readings.wall), readings.iterations) == (slices, iterations)


def test_canaries_are_read_before_every_slice_and_cost_little(clock):
    readings = measure(loop(clock, 1e-5), fake_instrument(clock), PLAN)
    assert set(readings.canaries) == {"arithmetic", "comparison", "vector"}
    assert all(len(values) == len(readings.wall) for values in readings.canaries.values())
    share = sum(sum(values) * 10 for values in readings.canaries.values())
    assert share < 0.3 * sum(readings.wall) * readings.iterations


def test_waiting_shows_in_wall_but_not_in_cpu_time(clock):
    readings = measure(loop(clock, 1e-3, cpu=1e-5), fake_instrument(clock), PLAN)
    assert readings.wall[0] == pytest.approx(1e-3)
    assert readings.cpu[0] == pytest.approx(1e-5)


def test_a_clock_that_stands_still_is_an_error(clock):
    with pytest.raises(MeasurementError, match="stands still"):
        measure(lambda _times: None, fake_instrument(clock), PLAN)


def test_a_clock_that_goes_back_is_an_error(clock):
    with pytest.raises(MeasurementError, match="went back"):
        measure(loop(clock, -1e-3), fake_instrument(clock), PLAN)


def test_a_clock_that_goes_back_in_a_slice_is_an_error(clock):
    calls = []

    def run(times):
        calls.append(times)
        clock.spend(1e-3 * times if len(calls) < 6 else -1.0)

    with pytest.raises(MeasurementError, match="went back"):
        measure(run, fake_instrument(clock), PLAN)


def test_garbage_collection_is_off_only_when_asked_for_and_only_meanwhile(clock):
    seen = set()

    def run(times):
        seen.add(gc.isenabled())
        clock.spend(1e-3 * times)

    measure(run, fake_instrument(clock), PLAN, disable_gc=True)
    assert seen == {False}
    assert gc.isenabled()
    seen.clear()
    measure(run, fake_instrument(clock), PLAN)
    assert seen == {True}


@pytest.mark.parametrize(("rounds", "kept"), [(1, 1), (10, 10), (24, 24), (25, 24), (1000, 24)])
def test_pedantic_rounds_are_all_run_and_thinned_evenly(clock, rounds, kept):
    ran = []

    def one(instrument):
        ran.append(1)
        return 2_000, 1_000

    readings = measure_rounds(one, fake_instrument(clock), rounds=rounds, iterations=2)
    assert len(ran) == rounds
    assert readings.wall == pytest.approx([1e-6] * kept)


def test_thinned_rounds_span_the_whole():
    chosen = list(thinned(240))
    assert chosen[0] == 0
    assert chosen[-1] == 230


def test_a_stopwatch_times_one_stretch(clock):
    watch = Stopwatch(fake_instrument(clock))
    clock.spend(0.5)
    assert watch.stop().wall == (0.5,)


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ((), {}),
        ((1,), {}),
        ((1, 2), {"c": 3}),
        (tuple(range(20)), {}),
        ((), {"class": 1}),
        ((), {"not an identifier": 1}),
    ],
)
def test_loops_call_with_all_arguments_as_often_as_asked(args, kwargs):
    calls = []
    make_loop(lambda *a, **k: calls.append((a, k)), args, kwargs)(3)
    assert calls == [(args, kwargs)] * 3


def test_async_loops_await_as_often_as_asked():
    calls = []

    async def work(x):
        calls.append(x)
        return x

    with make_async_loop(work, (7,), {}) as repeat:
        repeat(3)
        assert repeat.call() == 7
    assert calls == [7] * 4
