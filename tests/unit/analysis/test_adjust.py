"""Levels with the machine taken out."""

import math

import pytest
from builders import history, make_run
from msgspec.structs import replace

from pytest_perfgate.analysis.adjust import at_one_speed
from pytest_perfgate.model import Sample
from pytest_perfgate.model.metric import EXECUTION_TIME, THROUGHPUT_BYTES

COSTS = {"a": 1e-3, "b": 2e-3, "c": 5e-6, "d": 7e-5}


def spread(runs, metric="execution_time", benchmark="a"):
    logs = [
        math.log(s.location) for run in runs for s in run.samples if (s.benchmark, s.metric.name) == (benchmark, metric)
    ]
    return max(logs) - min(logs)


def runs_of_a_moody_machine(**options):
    return [make_run(number, COSTS, machine=1 + 0.3 * (number % 2), spread=0.002, **options) for number in range(6)]


def test_a_slow_machine_does_not_show_in_the_adjusted_levels():
    runs = runs_of_a_moody_machine()
    assert spread(runs) > 0.25
    assert spread(at_one_speed(runs)) < 0.02


def test_slower_code_does_show():
    runs = [make_run(n, {**COSTS, "a": 1e-3 * (1.2 if n > 8 else 1)}, spread=0.002) for n in range(12)]
    levels = [
        s.location
        for run in at_one_speed(runs)
        for s in run.samples
        if s.metric is EXECUTION_TIME and s.benchmark == "a"
    ]
    before, after = levels[:27], levels[27:]
    assert sum(after) / 9 / (sum(before) / 27) == pytest.approx(1.2, rel=0.02)


def test_the_average_speed_is_kept_so_that_units_stay():
    runs = history(6, COSTS, machine=1.0, spread=0.002)
    for ours, theirs in zip(at_one_speed(runs), runs, strict=True):
        measured = {(s.benchmark, s.metric.name, s.process): s.location for s in theirs.samples}
        for sample in ours.samples:
            assert sample.location == pytest.approx(
                measured[sample.benchmark, sample.metric.name, sample.process], rel=0.02
            )


def test_what_does_not_depend_on_the_machines_speed_is_left_out():
    names = {sample.metric.name for run in at_one_speed(history(3)) for sample in run.samples}
    assert names == {"execution_time", "cpu_time"}


def test_two_runs_teach_too_little():
    assert [run.samples for run in at_one_speed(history(2))] == [(), ()]


def test_a_run_without_a_benchmark_or_with_an_unusable_value_is_no_obstacle():
    runs = history(4, COSTS)
    without_a = replace(runs[1], samples=tuple(s for s in runs[1].samples if s.benchmark != "a"))
    zero = replace(
        runs[2], samples=tuple(replace(s, location=0.0) if s.benchmark == "b" else s for s in runs[2].samples)
    )
    adjusted = at_one_speed([runs[0], without_a, zero, runs[3]])
    assert {s.benchmark for s in adjusted[1].samples} == {"b", "c", "d"}
    assert {s.benchmark for s in adjusted[2].samples} == {"a", "c", "d"}
    assert all(math.isfinite(s.location) for run in adjusted for s in run.samples)


def test_throughput_is_adjusted_in_its_own_direction():
    def inverted(sample):
        return Sample(
            sample.benchmark,
            THROUGHPUT_BYTES,
            sample.process,
            1 / sample.location,
            canary_locations=sample.canary_locations,
        )

    runs = [
        replace(run, samples=tuple(inverted(s) for s in run.samples if s.metric is EXECUTION_TIME))
        for run in runs_of_a_moody_machine()
    ]
    assert spread(at_one_speed(runs), metric=THROUGHPUT_BYTES.name) < 0.02


def test_a_candidate_is_adjusted_by_what_the_recorded_runs_teach():
    runs = runs_of_a_moody_machine()
    slow = make_run(50, {**COSTS, "a": 2e-3}, machine=1.3, spread=0.002)
    *recorded, candidate = at_one_speed(runs, [slow])
    assert recorded == list(at_one_speed(runs))
    (level, *_) = (s.location for s in candidate.samples if (s.benchmark, s.metric.name) == ("a", "execution_time"))
    (before, *_) = (s.location for s in recorded[0].samples if (s.benchmark, s.metric.name) == ("a", "execution_time"))
    assert level / before == pytest.approx(2, rel=0.03)
