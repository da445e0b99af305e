from datetime import date

import pytest
from builders import make_run
from msgspec.structs import replace
from test_judge import comparison

from pytest_perfgate.analysis.acceptance import (
    apply_acceptances,
    in_force,
    matches,
    renamed,
    windows_by_acceptance,
)
from pytest_perfgate.analysis.budgets import judge_budgets
from pytest_perfgate.analysis.judge import judge
from pytest_perfgate.model import Acceptance, Judgement, Policy, Severity, Verdict
from pytest_perfgate.model.metric import EXECUTION_TIME, THROUGHPUT_BYTES


def with_budget(run, limit, name="execution_time"):
    marked = replace(run.benchmarks["a"], budget={name: limit})
    return replace(run, benchmarks={**run.benchmarks, "a": marked})


@pytest.mark.parametrize(
    ("limit", "verdict"),
    [(0.9e-3, Verdict.REGRESSED), (1.1e-3, Verdict.UNCHANGED), (1.008e-3, Verdict.INCONCLUSIVE)],
)
def test_a_budget_is_judged_by_the_confidence_bound(limit, verdict):
    run = with_budget(make_run(1, processes=6, machine=1.0), limit)
    (row,) = judge_budgets(run)
    assert row.verdict is verdict


def test_a_budget_needs_more_than_one_process():
    (row,) = judge_budgets(with_budget(make_run(1, processes=1, machine=1.0), 0.5e-3))
    assert row.verdict is Verdict.INCONCLUSIVE


def regressed(change=0.20):
    return judge(comparison(change), None, Policy())


def accept(**facts):
    return Acceptance(**{"benchmark": "a", "reason": "checks its input", "id": "x", "relative_change": 0.20, **facts})


def test_an_accepted_change_keeps_its_verdict_and_does_not_fail():
    (row,) = apply_acceptances([regressed()], [accept()], {}, 3)
    assert row.verdict is Verdict.REGRESSED
    assert row.accepted == "checks its input"
    assert not row.fails


def test_never_more_than_accepted():
    (row,) = apply_acceptances([regressed(0.40)], [accept()], {}, 3)
    assert row.fails


@pytest.mark.parametrize("amount", [0.2, -0.2])
@pytest.mark.parametrize(("change", "covered"), [(-0.2, True), (-0.4, False)])
def test_a_loss_of_throughput_is_covered_up_to_its_amount_whatever_the_sign(amount, change, covered):
    row = judge(comparison(change, metric=THROUGHPUT_BYTES), None, Policy())
    assert row.verdict is Verdict.REGRESSED
    (row,) = apply_acceptances([row], [accept(metric="throughput_bytes", relative_change=amount)], {}, 3)
    assert bool(row.accepted) is covered


def test_another_metric_is_not_covered():
    (row,) = apply_acceptances([regressed()], [accept(metric="allocated_peak")], {}, 3)
    assert row.fails


def test_once_the_new_level_is_recorded_the_acceptance_covers_nothing_more():
    (row,) = apply_acceptances([regressed()], [accept()], {"x": frozenset("123")}, 3)
    assert row.fails


def test_an_expired_acceptance_is_not_in_force():
    assert in_force([accept(until=date(2026, 1, 1))], date(2026, 1, 2)) == ()
    assert in_force([accept(until=date(2026, 1, 1))], date(2026, 1, 1)) != ()


def test_a_removal_is_accepted_by_an_acceptance_without_a_size():
    gone = Judgement("a", EXECUTION_TIME, Verdict.MISSING, Severity.NONE, "gone")
    (row,) = apply_acceptances([gone], [accept(relative_change=None)], {}, 3)
    assert row.accepted


@pytest.mark.parametrize(
    ("glob", "name", "expected"),
    [
        ("t.py::test_a", "t.py::test_a", True),
        ("t.py::*", "t.py::test_a[1]", True),
        ("t.py::a[1]", "t.py::a[1]", True),
        ("t.py::a[1]", "t.py::a1", False),
        ("*", "anything", True),
    ],
)
def test_globs_take_brackets_literally(glob, name, expected):
    assert matches(accept(benchmark=glob), name) is expected


def test_before_enough_runs_the_old_level_counts_and_after_them_the_new():
    everything = frozenset({"1", "2", "3", "4", "5"})
    few = windows_by_acceptance([accept()], {"x": frozenset({"5"})}, everything, ["a", "b"], 3)
    many = windows_by_acceptance([accept()], {"x": frozenset({"3", "4", "5"})}, everything, ["a", "b"], 3)
    assert few == {"a": frozenset({"1", "2", "3", "4"})}
    assert many == {"a": frozenset({"3", "4", "5"})}


def test_a_rename_keeps_its_history():
    assert renamed("a", [accept(relative_change=None, renamed_to="b"), accept(benchmark="b", renamed_to="c")]) == "c"
