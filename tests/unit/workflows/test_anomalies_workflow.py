"""What an unusual run means for the gate: advice, a second measurement, or no pass."""

from datetime import timedelta

import pytest
from builders import START, history, make_run, with_resources
from msgspec.structs import replace

from pytest_perfgate.analysis.anomalies import AnomalyRule
from pytest_perfgate.model import ExitCode, Outcome, Policy, Verdict
from pytest_perfgate.model.metric import CONTEXT_SWITCHES_INVOLUNTARY
from pytest_perfgate.report.anomaly import anomaly_line
from pytest_perfgate.storage.memory import MemoryBaselines
from pytest_perfgate.workflows.anomalies import check_against_recorded, detect
from pytest_perfgate.workflows.gate import gate
from pytest_perfgate.workflows.reference import History, Window

COSTS = {f"t.py::{letter}": cost for letter, cost in zip("abcdef", (1e-3, 2e-3, 5e-6, 7e-5, 3e-4, 4e-6), strict=True)}
RULE = AnomalyRule()
BUSY = {"used": {CONTEXT_SWITCHES_INVOLUNTARY: 500.0}, "load": 9.0}


@pytest.fixture(scope="module")
def store():
    store = MemoryBaselines()
    for run in history(60, COSTS):
        store.save_run(with_resources(run))
    return store


def busy(**costs):
    return with_resources(make_run(60, {**COSTS, **costs}, machine=1.5), **BUSY)


def judged(store, candidate, anomaly="advise", look_again=None, **facts):
    return gate(
        candidate,
        store=store,
        policy=Policy(anomaly=anomaly, max_looks=1, **facts),
        window=Window(),
        history=History(),
        acceptances=[],
        now=START + timedelta(days=4),
        look_again=look_again,
        watch=lambda run: check_against_recorded(run, store, RULE),
    )


def again(calm, *, asked):
    def look(benchmarks, number):
        asked.append((set(benchmarks), number))
        fresh = with_resources(make_run(61, COSTS)) if calm else busy()
        return tuple(replace(s, process=s.process + 3, look=number) for s in fresh.samples)

    return look


def test_advice_is_a_line_and_nothing_more(store):
    ordinary = judged(store, with_resources(make_run(60, COSTS)))
    report = judged(store, busy())
    assert report.anomaly.unusual
    assert anomaly_line(report).startswith("This run is unusual (the oddest of 61): ")
    assert report.outcome is ordinary.outcome is Outcome.PASSED
    assert anomaly_line(ordinary) == ""


def test_fail_lets_no_unusual_run_pass(store):
    report = judged(store, busy(), "fail")
    assert report.outcome is Outcome.UNUSUAL_RUN
    assert report.exit_code is ExitCode.CANNOT_JUDGE
    assert judged(store, with_resources(make_run(60, COSTS)), "fail").outcome is Outcome.PASSED


def test_fail_does_not_hide_a_regression(store):
    slower = busy(**{"t.py::a": 2e-3})
    assert judged(store, slower, "fail").outcome is Outcome.REGRESSED


def test_retry_measures_everything_again_and_trusts_a_calm_second_look(store):
    asked = []
    report = judged(store, busy(), "retry", again(calm=True, asked=asked))
    assert asked == [(set(COSTS), 1)]
    assert report.outcome is Outcome.PASSED
    assert report.candidate.samples[-1].process == 5
    assert not any(row.verdict is Verdict.INCONCLUSIVE for row in report.judgements)


def test_retry_trusts_nothing_when_the_second_look_is_no_better(store):
    report = judged(store, busy(**{"t.py::a": 2e-3}), "retry", again(calm=False, asked=[]))
    assert {row.verdict for row in report.judgements} == {Verdict.INCONCLUSIVE}
    assert "the run is unusual" in report.judgements[0].reason
    assert report.outcome is Outcome.NOTHING_CONCLUSIVE
    assert report.exit_code is ExitCode.CANNOT_JUDGE


def test_retry_without_a_second_look_trusts_nothing(store):
    assert judged(store, busy(), "retry").outcome is Outcome.NOTHING_CONCLUSIVE


def test_retry_leaves_an_ordinary_run_alone(store):
    asked = []
    report = judged(store, with_resources(make_run(60, COSTS)), "retry", again(calm=True, asked=asked))
    assert asked == []
    assert report.outcome is Outcome.PASSED


def test_a_slower_code_base_is_not_the_machines_fault(store):
    slow = {name: cost * 1.5 for name, cost in COSTS.items()}
    report = judged(store, with_resources(make_run(60, slow)), "retry")
    assert report.outcome is Outcome.REGRESSED


@pytest.mark.parametrize("anomaly", ["advise", "retry", "fail"])
def test_who_relies_on_anomalies_is_told_that_the_history_is_short(anomaly):
    store = MemoryBaselines()
    for run in history(10, COSTS):
        store.save_run(with_resources(run))
    report = judged(store, busy(), anomaly)
    assert report.anomaly.missing == 40
    told = any("40 more recorded runs are needed" in warning for warning in report.warnings)
    assert told == (anomaly != "advise")


def test_only_earlier_trusted_runs_of_the_suite_count(store):
    candidate = with_resources(make_run(30, COSTS))
    assert check_against_recorded(candidate, store, RULE).rows == 30
    other = with_resources(make_run(60, COSTS, suite="slow"))
    assert check_against_recorded(other, store, RULE).rows == 0


def test_detecting_goes_from_the_oldest_to_the_newest_and_says_how_far_it_is():
    runs = [*(with_resources(run) for run in history(60, COSTS)), busy()]
    shares = []
    found = list(detect(runs, RULE, since=runs[52].started_at, progress=shares.append))
    assert [run.id for run, _ in found] == [run.id for run in runs[52:]]
    assert found[-1][1].unusual
    assert found[0][1].rows == 52
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
