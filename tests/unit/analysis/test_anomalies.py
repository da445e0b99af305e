"""Stray runs are found by what made them so, and an ordinary run is let alone."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from builders import history, make_run, with_resources
from msgspec.structs import replace

from pytest_perfgate.analysis.anomalies import AnomalyRule, check_run, check_with, train
from pytest_perfgate.analysis.run_features import HOURS, LOAD, read_features, run_rows
from pytest_perfgate.model import Benchmark
from pytest_perfgate.model.metric import CONTEXT_SWITCHES_INVOLUNTARY, EXECUTION_TIME, PAGE_FAULTS_MAJOR, RSS

COSTS = {
    f"t.py::{letter}": cost for letter, cost in zip("abcdefg", (1e-3, 2e-3, 5e-6, 7e-5, 3e-4, 4e-6, 9e-5), strict=True)
}
BEFORE = [with_resources(run) for run in history(60, COSTS)]
RULE = AnomalyRule()


def a_run(number=60, **facts):
    machine = facts.pop("machine", None)
    return with_resources(make_run(number, COSTS, machine=machine), **facts)


def names(found, share=0.05):
    return {feature.name for feature in found.features if feature.share >= share}


def test_ordinary_runs_are_let_alone():
    checks = [check_run(a_run(number), BEFORE, RULE) for number in range(60, 90)]
    assert sum(check.unusual for check in checks) <= 1
    assert all(check.rows == 60 for check in checks)


def test_too_little_history_says_how_much_is_missing():
    check = check_run(a_run(), BEFORE[:20], RULE)
    assert (check.rows, check.missing, check.whole, check.benchmarks) == (20, 30, None, ())


@pytest.mark.parametrize(
    ("facts", "by"),
    [
        ({"machine": 1.6, "used": {CONTEXT_SWITCHES_INVOLUNTARY: 400.0}, "load": 6.0}, "involuntary context switches"),
        ({"used": {PAGE_FAULTS_MAJOR: 3_000.0, RSS: 95e6}, "load": 2.5}, "major page faults"),
        ({"load": 40.0, "used": {CONTEXT_SWITCHES_INVOLUNTARY: 90.0}}, LOAD),
    ],
    ids=["contention", "memory pressure", "load"],
)
def test_a_planted_fault_is_found_and_named(facts, by):
    check = check_run(a_run(**facts), BEFORE, RULE)
    assert check.unusual
    assert by in names(check.whole)
    assert check.whole.machine_share > 0.5
    assert check.whole.rank <= 3
    assert sum(feature.share for feature in check.whole.features) <= 1 + 1e-9


def test_one_slower_benchmark_is_no_unusual_run_but_a_stray_benchmark():
    slow = a_run()
    slow = replace(
        slow,
        samples=tuple(
            replace(s, location=s.location * 1.8) if s.benchmark == "t.py::c" and s.metric == EXECUTION_TIME else s
            for s in slow.samples
        ),
    )
    check = check_run(slow, BEFORE, RULE)
    assert not check.unusual
    assert check.benchmarks[0].benchmark == "t.py::c"
    assert check.benchmarks[0].features[0].name == "time"
    assert check.benchmarks[0].features[0].share > 0.8


def test_nothing_is_fitted_on_the_run_that_is_judged():
    benchmarks = tuple(COSTS)
    calm = run_rows(read_features((*BEFORE, a_run()), benchmarks))
    wild = run_rows(read_features((*BEFORE, a_run(machine=5.0, load=50.0)), benchmarks))
    assert np.array_equal(calm.history, wild.history)
    assert np.array_equal(calm.scale, wild.scale)
    assert not np.array_equal(calm.last, wild.last)


def test_the_same_question_has_the_same_answer():
    wild = a_run(machine=1.5, load=9.0)
    assert check_run(wild, BEFORE, RULE) == check_run(wild, BEFORE, RULE)


def test_features_that_a_platform_lacks_are_left_out():
    bare = history(60, COSTS)
    check = check_run(replace(make_run(60, COSTS, machine=1.6)), bare, RULE, ask=True)
    assert check.whole is not None
    assert not {"memory", "system load"} & names(check.whole, 0.0)


def test_gaps_and_nonsense_are_no_numbers():
    holes = [
        replace(run, samples=tuple(s for s in run.samples if (n + k) % 9)) if n % 2 else run
        for n, run in enumerate(BEFORE)
        for k in [n]
    ]
    odd = a_run()
    odd = replace(
        odd,
        samples=tuple(
            replace(s, location=value) if k < 3 else s
            for k, (s, value) in enumerate(
                zip(odd.samples, [float("nan"), float("inf"), -1.0] * len(odd.samples), strict=False)
            )
        ),
        environment=replace(odd.environment, facts={"load": "a lot"}),
    )
    check = check_run(odd, holes, RULE, ask=True)
    assert np.isfinite(check.whole.oddness)


def test_a_run_without_any_number_is_not_scored():
    empty = replace(a_run(), samples=(), benchmarks={"t.py::a": Benchmark("t.py::a")})
    check = check_run(empty, BEFORE, RULE, ask=True)
    assert check.benchmarks == ()
    assert not check.unusual


def test_constant_history_makes_any_change_visible_and_no_warning():
    steady = [make_run(number, COSTS, machine=1.0, spread=0.0) for number in range(60)]
    assert not check_run(make_run(60, COSTS, machine=1.0, spread=0.0), steady, RULE, ask=True).unusual
    assert check_run(make_run(60, COSTS, machine=1.3, spread=0.0), steady, RULE).unusual


def test_a_machine_that_became_slower_is_usual_after_a_while():
    slower = [with_resources(make_run(number, COSTS, machine=1.0 if number < 60 else 1.4)) for number in range(100)]
    assert check_run(slower[60], slower[:60], RULE).unusual
    assert not check_run(slower[90], slower[:90], RULE).unusual


def test_the_hour_is_a_circle():
    late = replace(a_run(), started_at=a_run().started_at.replace(hour=23, minute=59))
    early = replace(a_run(), started_at=a_run().started_at.replace(hour=0, minute=0))
    table = read_features((late, early), tuple(COSTS))
    hours = [table.machine_names.index(name) for name in HOURS[:2]]
    assert np.allclose(table.machine[0, hours], table.machine[1, hours], atol=0.01)


def test_a_trained_model_scores_as_it_would_anew():
    model = train(BEFORE, RULE)
    assert train(BEFORE[:10], RULE) is None
    wild = a_run(machine=1.6, used={CONTEXT_SWITCHES_INVOLUNTARY: 400.0}, load=6.0)
    found = check_with(model, wild, BEFORE[-10:])
    assert found.unusual
    assert "involuntary context switches" in names(found)
    assert not check_with(model, a_run(), BEFORE[-10:]).unusual


def test_a_model_does_not_mind_a_feature_that_is_gone():
    model = train(BEFORE, RULE)
    bare = make_run(60, COSTS)
    assert not check_with(model, bare, history(10, COSTS)).unusual


def test_times_that_repeat_or_lie_in_the_future_are_times_like_others():
    runs = [replace(run, started_at=BEFORE[0].started_at + timedelta(days=4_000)) for run in BEFORE]
    assert check_run(a_run(), runs, RULE).rows == 60


def test_an_ordinary_run_does_not_load_scikit_learn():
    code = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "from test_anomalies import BEFORE, RULE, a_run, check_run\n"
        "assert check_run(a_run(), BEFORE, RULE).whole is None\n"
        "assert 'sklearn' not in sys.modules\n"
    )
    here = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", code, str(here), str(here.parents[1])], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
