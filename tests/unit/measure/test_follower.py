from collections import deque

import pytest
from fakes import FakeClock, fake_instrument

from pytest_perfgate.measure.follower import Follower
from pytest_perfgate.measure.protocol import Arrived, Calibrate, Calibrated, Release, Slice, Timed
from pytest_perfgate.measure.slices import SlicePlan
from pytest_perfgate.measure.timing import NotHere


class Line:
    """A coordinator that has said everything beforehand."""

    def __init__(self, *orders):
        self.orders, self.said = deque(orders), []

    def receive(self):
        return self.orders.popleft()

    def send(self, message):
        self.said.append(message)


@pytest.fixture
def clock():
    return FakeClock()


def spender(clock, seconds):
    calls = []

    def run(times):
        calls.append(times)
        clock.spend(seconds * times)

    run.calls = calls
    return run


def test_it_times_as_many_iterations_as_it_is_told(clock):
    line = Line(Calibrate(0.005), Slice(40), Slice(40), Release())
    run = spender(clock, 1e-4)
    readings = Follower(line).slices("a", run, fake_instrument(clock), SlicePlan(), disable_gc=False)
    assert readings.wall == pytest.approx((1e-4, 1e-4))
    assert readings.iterations == 40
    assert line.said == [Arrived("a"), Calibrated(50, pytest.approx(0.005)), Timed(4_000_000), Timed(4_000_000)]


def test_a_slice_starts_warm_unless_one_iteration_fills_it(clock):
    run = spender(clock, 1e-4)
    Follower(Line(Slice(40), Release())).slices("a", run, fake_instrument(clock), SlicePlan(), disable_gc=False)
    assert run.calls == [1, 40]
    run.calls.clear()
    Follower(Line(Slice(1), Release())).slices("a", run, fake_instrument(clock), SlicePlan(), disable_gc=False)
    assert run.calls == [1]


@pytest.mark.parametrize("canaries", [False, True])
def test_canaries_are_read_only_for_a_run_that_is_recorded(clock, canaries):
    follower = Follower(Line(Slice(10), Release()))
    follower.canaries = canaries
    readings = follower.slices("a", spender(clock, 1e-4), fake_instrument(clock), SlicePlan(), disable_gc=False)
    assert bool(readings.canaries) is canaries


def test_a_benchmark_that_is_released_at_once_was_not_measured(clock):
    run = spender(clock, 1e-4)
    assert Follower(Line(Release())).slices("a", run, fake_instrument(clock), SlicePlan(), disable_gc=False) is None
    assert run.calls == []


def test_rounds_are_run_at_each_order(clock):
    line = Line(Slice(1), Slice(1), Release())

    def one_round(instrument):
        clock.spend(0.25)
        return 250_000_000, 200_000_000

    readings = Follower(line).rounds("a", one_round, fake_instrument(clock), rounds=2, iterations=5)
    assert readings.wall == pytest.approx((0.05, 0.05))
    assert line.said == [Arrived("a", 2), Timed(250_000_000), Timed(250_000_000)]


def test_at_least_one_round_is_run_since_its_result_is_the_tests(clock):
    ran = []
    readings = Follower(Line(Release())).rounds(
        "a", lambda _instrument: ran.append(1) or (1, 1), fake_instrument(clock), rounds=3, iterations=1
    )
    assert readings is None
    assert ran == [1]


def test_a_whole_test_waits_for_its_turn(clock):
    line = Line(Slice(1), Release())
    stopwatch = Follower(line).start("a", fake_instrument(clock))
    clock.spend(2.0)
    assert stopwatch.stop().wall == pytest.approx((2.0,))
    assert line.said == [Arrived("a", 1), Timed(2_000_000_000)]


def test_a_whole_test_without_a_turn_does_not_count(clock):
    stopwatch = Follower(Line(Release())).start("a", fake_instrument(clock))
    clock.spend(2.0)
    assert stopwatch.stop() is None


def test_the_main_process_of_a_paired_run_measures_nothing(clock):
    run = spender(clock, 1e-4)
    assert NotHere().slices("a", run, fake_instrument(clock), SlicePlan(), disable_gc=False) is None
    assert NotHere().start("a", fake_instrument(clock)).stop() is None
    assert run.calls == []
