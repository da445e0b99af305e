"""The few words that the recorded runs add to a row that got worse."""

import pytest
from builders import make_run
from msgspec.structs import replace

from pytest_perfgate.analysis.compare import compare, read_baseline
from pytest_perfgate.analysis.judge import judge_all
from pytest_perfgate.analysis.row_past import with_past
from pytest_perfgate.model import Policy, Verdict

POLICY = Policy(metrics=("execution_time",))
COSTS = {"a": 1e-3, "b": 2e-3, "c": 5e-6, "d": 7e-5}


def rows_of(recorded, slower, *, metric=None):
    """`recorded`: factor of benchmark `a` in each recorded run."""
    options = {} if metric is None else {"metric": metric}
    runs = [make_run(n, {**COSTS, "a": 1e-3 * factor}, **options) for n, factor in enumerate(recorded)]
    candidate = make_run(100, {**COSTS, "a": 1e-3 * slower}, processes=9, **options)
    baseline = read_baseline(runs, candidate, POLICY)
    rows = judge_all(compare(candidate, baseline, POLICY), candidate.benchmarks, POLICY)
    return rows, {row.benchmark: row for row in with_past(rows, baseline)}


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
    assert [row.reason for row in with_past(paired, baseline)] == [row.reason for row in paired]


@pytest.mark.parametrize("count", [3, 5])
def test_few_recorded_runs_say_only_which_was_as_bad(count):
    _, after = rows_of([1.0] * count, 1.5)
    assert "moved" not in after["a"].reason
    assert after["a"].reason.endswith(f"each of the {count} recorded runs")
