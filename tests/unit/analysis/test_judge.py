import pytest
from msgspec.structs import replace

from pytest_perfgate.analysis.judge import in_doubt, judge, judge_all, min_change_of, severity_of
from pytest_perfgate.model import (
    Benchmark,
    Comparison,
    ConfidenceInterval,
    Estimate,
    Policy,
    Severity,
    Verdict,
)
from pytest_perfgate.model.metric import ALLOCATED_PEAK, CPU_UTILIZATION, EXECUTION_TIME, RSS, THROUGHPUT_BYTES
from pytest_perfgate.model.policy import WIDE_MIN_CHANGE

POLICY = Policy()


def comparison(change=0.0, error=0.005, p_value=None, *, metric=EXECUTION_TIME, runs=10, **facts):
    import math

    log_change = math.log1p(change)
    return Comparison(
        benchmark="a",
        metric=metric,
        method="canary",
        baseline=Estimate(1e-3),
        candidate=Estimate(1e-3 * (1 + change)),
        relative_change=change,
        interval=ConfidenceInterval(0.95, change - 2 * error, change + 2 * error),
        log_change=log_change,
        standard_error=error,
        degrees_of_freedom=20.0,
        p_value=(0.0001 if abs(log_change) > 4 * error else 0.5) if p_value is None else p_value,
        smallest_detectable_change=4.5 * error,
        baseline_runs=runs,
        baseline_processes=3 * runs,
        candidate_processes=15,
        **facts,
    )


def verdict(*arguments, benchmark=None, policy=POLICY, **options):
    return judge(comparison(*arguments, **options), benchmark, policy).verdict


def test_significant_and_large_is_regressed():
    assert verdict(0.08) is Verdict.REGRESSED


def test_significant_but_small_is_not_regressed():
    assert verdict(0.03, 0.003) is Verdict.UNCHANGED


def test_large_but_not_significant_is_inconclusive():
    assert verdict(0.08, 0.05) is Verdict.INCONCLUSIVE


def test_faster_is_improved():
    assert verdict(-0.20) is Verdict.IMPROVED


def test_unchanged_needs_proof():
    assert verdict(0.0, 0.005) is Verdict.UNCHANGED
    assert verdict(0.0, 0.04) is Verdict.INCONCLUSIVE


def test_few_recorded_runs_are_inconclusive_whatever_they_show():
    row = judge(comparison(0.5, runs=2), None, POLICY)
    assert row.verdict is Verdict.INCONCLUSIVE
    assert "2 recorded runs" in row.reason


@pytest.mark.parametrize("change", [0.0, 0.08, 2.0, -0.5])
@pytest.mark.parametrize("metric", [EXECUTION_TIME, THROUGHPUT_BYTES])
@pytest.mark.parametrize("method", ["canary", "levels"])
def test_one_process_alone_is_inconclusive_whatever_it_shows(change, metric, method):
    alone = replace(comparison(change, 0.001, metric=metric), candidate_processes=1, method=method)
    row = judge(alone, None, POLICY)
    assert row.verdict is Verdict.INCONCLUSIVE
    assert "one process alone" in row.reason
    assert judge(replace(alone, candidate_processes=2), None, POLICY).verdict is not Verdict.INCONCLUSIVE


def test_what_is_counted_needs_only_one_process():
    counted = replace(comparison(0.2, 0.001, metric=ALLOCATED_PEAK), candidate_processes=1)
    assert judge(counted, None, POLICY).verdict is Verdict.REGRESSED


def test_one_process_alone_is_looked_at_again_however_good_it_looks():
    alone = judge(replace(comparison(-0.2, 0.001), candidate_processes=1), None, POLICY)
    assert in_doubt([alone], {}, POLICY) == {"a"}


def test_doubt_says_the_smallest_change_that_it_could_see():
    assert "18.0 %" in judge(comparison(0.0, 0.04), None, POLICY).reason


def test_the_corrected_p_value_decides():
    assert judge(comparison(0.08, adjusted_p_value=0.2), None, POLICY).verdict is Verdict.INCONCLUSIVE


def test_higher_is_better_turns_the_verdict():
    assert verdict(-0.10, metric=THROUGHPUT_BYTES) is Verdict.REGRESSED
    assert verdict(0.10, metric=THROUGHPUT_BYTES) is Verdict.IMPROVED


def test_five_percent_slower_is_the_same_bound_for_time_and_for_throughput():
    assert verdict(0.051, 0.001) is Verdict.REGRESSED
    assert verdict(1 / 1.051 - 1, 0.001, metric=THROUGHPUT_BYTES) is Verdict.REGRESSED
    assert verdict(1 / 1.049 - 1, 0.0001, metric=THROUGHPUT_BYTES) is Verdict.UNCHANGED


def test_a_marks_minimum_and_alpha_win():
    assert verdict(0.08, benchmark=Benchmark("a", min_change=0.10), error=0.004) is Verdict.UNCHANGED
    assert verdict(0.08, p_value=0.0005, benchmark=Benchmark("a", alpha=0.0001)) is Verdict.INCONCLUSIVE


def test_no_estimate_is_inconclusive_with_its_warning():
    row = judge(Comparison("a", EXECUTION_TIME, "canary", warnings=("measured only 0",)), None, POLICY)
    assert row.verdict is Verdict.INCONCLUSIVE
    assert row.reason == "measured only 0"


def test_a_regression_since_an_old_commit_says_so():
    assert "since abc123" in judge(comparison(0.12, since="abc123"), None, POLICY).reason


@pytest.mark.parametrize(
    ("change", "severity"),
    [
        (0.049, Severity.NONE),
        (0.05, Severity.LOW),
        (0.10, Severity.MEDIUM),
        (0.25, Severity.HIGH),
        (0.5, Severity.CRITICAL),
        (-0.3, Severity.HIGH),
        (None, Severity.NONE),
    ],
)
def test_severity_by_size(change, severity):
    assert severity_of(change) is severity


def test_minimum_changes_by_kind_name_and_preset():
    assert min_change_of(EXECUTION_TIME, None, POLICY) == 0.05
    assert min_change_of(RSS, None, POLICY) == 0.15
    assert min_change_of(CPU_UTILIZATION, None, POLICY) == 0.20
    named = Policy(min_change={**POLICY.min_change, "rss": 0.30})
    assert min_change_of(RSS, None, named) == 0.30
    assert [WIDE_MIN_CHANGE[kind] for kind in ("execution_time", "memory_usage", "throughput", "cpu_utilization")] == [
        0.10,
        0.15,
        0.10,
        0.20,
    ]


def test_whatever_is_not_proven_unchanged_deserves_another_look():
    rows = [judge(comparison(change, error), None, POLICY) for change, error in ((0.0, 0.005), (0.0, 0.07))]
    assert in_doubt(rows[:1], {}, POLICY) == frozenset()
    assert in_doubt(rows, {}, POLICY) == {"a"}


@pytest.mark.parametrize(
    ("change", "error", "looks"),
    [
        (0.030, 0.015, True),  # above half of the minimum change, not ruled out
        (0.015, 0.025, False),  # hardly ever ends as regressed
        (0.015, 0.060, True),  # too uncertain to say
    ],
)
def test_a_look_is_spent_where_a_regression_can_still_be_found(change, error, looks):
    rows = [judge(comparison(change, error), None, POLICY)]
    assert bool(in_doubt(rows, {}, POLICY)) is looks


def test_what_can_only_be_faster_needs_no_further_look():
    assert in_doubt([judge(comparison(-0.06, 0.03), None, POLICY)], {}, POLICY) == frozenset()


def test_a_marked_skip_is_measured_but_not_judged():
    assert judge_all([comparison(0.5)], {"a": Benchmark("a", skip="flaky disk")}, POLICY) == ()
