"""What the gate makes of a doubt that was measured in turns."""

from datetime import timedelta

from builders import START, history, make_run
from msgspec.structs import replace

from pytest_perfgate.analysis.budgets import judge_budgets
from pytest_perfgate.model import Benchmark, Comparison, Estimate, Judgement, Outcome, Policy, Severity, Verdict
from pytest_perfgate.model.metric import EXECUTION_TIME
from pytest_perfgate.storage.memory import MemoryBaselines
from pytest_perfgate.workflows.gate import gate
from pytest_perfgate.workflows.looks import Confirmation
from pytest_perfgate.workflows.reference import History, Window

COSTS = {"a": 1e-3, "b": 2e-3, "c": 5e-6, "d": 7e-5}


def cleared(benchmark):
    """What pairs say of code that did not change."""
    seen = Comparison(
        benchmark,
        EXECUTION_TIME,
        "paired",
        Estimate(1e-3),
        Estimate(1e-3),
        relative_change=0.0,
        baseline_runs=8,
        baseline_processes=8,
    )
    return Judgement(benchmark, EXECUTION_TIME, Verdict.UNCHANGED, Severity.NONE, "no change", seen)


def judged(limit):
    store = MemoryBaselines()
    for run in history(10):
        store.save_run(run)
    candidate = make_run(100, {**COSTS, "a": 1.4e-3}, processes=9, machine=1.0)
    promised = Benchmark("a", budget={"execution_time": limit})
    candidate = replace(
        candidate, started_at=START + timedelta(days=1), benchmarks={**candidate.benchmarks, "a": promised}
    )
    return gate(
        candidate,
        store=store,
        policy=Policy(metrics=("execution_time",)),
        window=Window(),
        history=History(),
        acceptances=[],
        now=START + timedelta(days=2),
        confirm=lambda _doubt, _revision: Confirmation((cleared("a"), *judge_budgets(candidate))),
    )


def test_pairs_clear_the_change_and_not_the_budget():
    report = judged(limit=1.2e-3)
    change, budget = (row for row in report.judgements if row.benchmark == "a")
    assert (change.verdict, budget.verdict) == (Verdict.UNCHANGED, Verdict.REGRESSED)
    assert change.screening.relative_change > 0.3
    assert budget.screening is None
    assert report.outcome is Outcome.REGRESSED


def test_a_kept_budget_lets_a_cleared_change_pass():
    assert judged(limit=5e-3).outcome is Outcome.PASSED
