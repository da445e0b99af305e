"""The few words that the recorded runs add to a row that got worse."""

import math
from datetime import timedelta

import pytest
from builders import START, make_run
from msgspec.structs import replace

from pytest_perfgate.analysis.budgets import judge_budgets
from pytest_perfgate.analysis.compare import compare, read_baseline
from pytest_perfgate.analysis.judge import judge_all
from pytest_perfgate.analysis.row_past import with_past
from pytest_perfgate.model import Policy, Verdict
from pytest_perfgate.model.metric import EXECUTION_TIME, THROUGHPUT_BYTES

POLICY = Policy(metrics=("execution_time",))
COSTS = {"a": 1e-3, "b": 2e-3, "c": 5e-6, "d": 7e-5}


def rows_of(recorded, slower, *, metric=None):
    """`recorded`: factor of benchmark `a` in each recorded run."""
    options = {} if metric is None else {"metric": metric}
    runs = [make_run(n, {**COSTS, "a": 1e-3 * factor}, **options) for n, factor in enumerate(recorded)]
    candidate = make_run(100, {**COSTS, "a": 1e-3 * slower}, processes=9, **options)
    policy = POLICY if metric is None else Policy(metrics=(metric.name,))
    baseline = read_baseline(runs, candidate, policy)
    rows = judge_all(compare(candidate, baseline, policy), candidate.benchmarks, policy)
    return rows, {row.benchmark: row for row in with_past(rows, baseline, alpha=POLICY.alpha)}


def test_a_first_slowdown_is_worse_than_all_that_was_recorded():
    before, after = rows_of([1.0] * 10, 1.3)
    assert after["a"].reason.endswith("; worse than each of the 10 recorded runs")
    assert [row.reason for row in before if row.benchmark != "a"] == [after[name].reason for name in "bcd"]


def test_a_run_that_was_as_bad_is_named():
    _, after = rows_of([1.0, 1.0, 1.5, *[1.0] * 7], 1.3)
    assert after["a"].reason.endswith(f"; the worst since {2:040x}"[:-28])


def test_a_level_that_moved_before_this_run_is_said_with_its_commit_and_size():
    """The window still remembers the old level, so this run can't be cleared, though it did nothing."""
    _, after = rows_of([1.0] * 12 + [1.25] * 4, 1.25)
    assert after["a"].verdict is Verdict.INCONCLUSIVE
    assert "its level moved 25" in after["a"].reason
    assert after["a"].reason.endswith(f"that way at {'0' * 12} already, 4 recorded runs ago")


def test_rows_that_do_not_fail_keep_their_reason():
    before, after = rows_of([1.0] * 10, 1.0)
    assert [row.reason for row in before] == [row.reason for row in after.values()]


def test_a_pair_is_not_compared_with_levels_of_other_days():
    runs = [make_run(n) for n in range(10)]
    candidate = make_run(100, {**COSTS, "a": 1.3e-3}, processes=9)
    baseline = read_baseline(runs, candidate, POLICY)
    rows = judge_all(compare(candidate, baseline, POLICY), candidate.benchmarks, POLICY)
    paired = [replace(row, comparison=replace(row.comparison, method="paired")) for row in rows]
    assert [row.reason for row in with_past(paired, baseline, alpha=POLICY.alpha)] == [row.reason for row in paired]


@pytest.mark.parametrize("count", [3, 5])
def test_few_recorded_runs_say_only_which_was_as_bad(count):
    _, after = rows_of([1.0] * count, 1.5)
    assert "moved" not in after["a"].reason
    assert after["a"].reason.endswith(f"each of the {count} recorded runs")


def test_a_row_that_fails_or_is_in_doubt_shows_its_levels_and_no_other_does():
    _, after = rows_of([*[1.0] * 9, math.nan], 1.3)
    levels = after["a"].past.levels
    assert len(levels) == 10
    assert levels[-1] is None
    assert levels[:-1] == pytest.approx([1e-3] * 9, rel=0.1)
    assert [after[name].past for name in "bcd"] == [None] * 3


def test_levels_of_throughput_are_in_its_own_unit():
    _, after = rows_of([1.0] * 10, 0.7, metric=THROUGHPUT_BYTES)
    assert after["a"].verdict is Verdict.REGRESSED
    assert min(after["a"].past.levels) > 0


def budget_row(recorded, limit, *, every=timedelta(days=1), metric=EXECUTION_TIME):
    """The row of benchmark `a`'s budget, `recorded` being its factor in each recorded run."""
    runs = [make_run(n, {**COSTS, "a": 1e-3 * factor}, metric=metric) for n, factor in enumerate(recorded)]
    runs = [replace(run, started_at=START + n * every) for n, run in enumerate(runs)]
    candidate = make_run(100, {**COSTS, "a": 1e-3 * recorded[-1]}, processes=9, machine=1.0, metric=metric)
    promised = replace(candidate.benchmarks["a"], budget={metric.name: limit})
    candidate = replace(candidate, benchmarks={**candidate.benchmarks, "a": promised})
    rows = tuple(judge_budgets(candidate))
    (found,) = with_past(rows, read_baseline(runs, candidate, POLICY), alpha=POLICY.alpha)
    return found


def rising(count, per_run=0.01):
    return [math.exp(per_run * n) for n in range(count)]


def test_a_kept_budget_that_the_trend_breaks_has_its_day():
    row = budget_row(rising(30), 1.6e-3)
    assert row.verdict is Verdict.UNCHANGED
    assert row.past.budget == 1.6e-3
    due = START + timedelta(days=math.log(1.6) / 0.01)
    assert abs(row.past.breaks_on - due) < timedelta(days=8)
    assert row.past.breaks_from <= row.past.breaks_on <= row.past.breaks_until


def test_a_falling_throughput_breaks_its_budget_too():
    row = budget_row(rising(30, -0.01), 0.5e-3, metric=THROUGHPUT_BYTES)
    assert row.past.breaks_on is not None


@pytest.mark.parametrize(
    ("recorded", "limit", "every"),
    [
        ([1.0] * 30, 1.1e-3, timedelta(days=1)),
        (rising(30, -0.01), 1.6e-3, timedelta(days=1)),
        (rising(30), 1e-3, timedelta(days=1)),
        (rising(6), 1.6e-3, timedelta(days=1)),
        (rising(30), 1e-1, timedelta(days=1)),
        (rising(30), 1.6e-3, timedelta(0)),
    ],
    ids=["steady", "getting better", "broken already", "too few runs", "in more than a year", "all at one time"],
)
def test_no_other_budget_has_a_day(recorded, limit, every):
    row = budget_row(recorded, limit, every=every)
    assert row.past.breaks_on is None
    assert row.past.budget is None
    assert len(row.past.levels) == len(recorded)
