import math

import pytest
from builders import history, make_run
from msgspec.structs import replace

from pytest_perfgate.analysis.compare import compare, compare_pooled, read_baseline
from pytest_perfgate.model import Direction, Metric, MetricKind, Policy
from pytest_perfgate.model.metric import ALLOCATED_PEAK, ERROR_RATE, EXECUTION_TIME

COSTS = {"a": 1e-3, "b": 2e-3, "c": 5e-6, "d": 7e-5}
POLICY = Policy()


def evidence(candidate, baseline, policy=POLICY, **options):
    rows = compare(candidate, read_baseline(baseline, candidate, policy), policy, **options)
    return {(row.benchmark, row.metric.name): row for row in rows}


def time_of(rows, name="a"):
    return rows[name, "execution_time"]


def test_unchanged_code_shows_no_change():
    row = time_of(evidence(make_run(100, processes=15), history()))
    assert abs(row.relative_change) < 0.02
    assert row.p_value > 0.05


@pytest.mark.parametrize("slowdown", [0.05, 0.10, 0.50, -0.20])
def test_a_change_of_code_is_found_at_its_size(slowdown):
    slow = make_run(100, {**COSTS, "a": COSTS["a"] * (1 + slowdown)}, processes=15)
    rows = evidence(slow, history())
    assert time_of(rows).relative_change == pytest.approx(slowdown, abs=0.02)
    assert time_of(rows).adjusted_p_value < 0.01
    assert time_of(rows, "b").adjusted_p_value > 0.01


def test_a_slow_machine_is_no_slow_code_and_is_said():
    row = time_of(evidence(make_run(100, processes=9, machine=1.22), history()))
    assert abs(row.relative_change) < 0.03
    assert row.machine_shift == pytest.approx(0.22, abs=0.05)
    assert row.method == "canary"


def test_few_runs_have_wide_intervals():
    few = time_of(evidence(make_run(100), history(3)))
    many = time_of(evidence(make_run(100), history(20)))
    width = lambda row: row.interval.upper - row.interval.lower
    assert width(few) > 1.2 * width(many)


def test_the_interval_holds_the_change_and_the_detectable_change_is_positive():
    row = time_of(evidence(make_run(100), history()))
    assert row.interval.lower < row.relative_change < row.interval.upper
    assert row.smallest_detectable_change > 0


def test_counts_of_runs_and_processes_are_kept():
    row = time_of(evidence(make_run(100, processes=6, looks=1), history(10)))
    assert (row.baseline_runs, row.baseline_processes, row.candidate_processes, row.looks) == (10, 30, 6, 2)


def test_a_deterministic_metric_that_is_equal_has_no_change_at_all():
    row = evidence(make_run(100), history())["a", ALLOCATED_PEAK.name]
    assert row.relative_change == 0
    assert row.p_value == 1
    assert row.method == "levels"


def test_a_deterministic_metric_is_sharp():
    candidate = make_run(100)
    more = tuple(
        replace(s, location=1100.0) if s.metric is ALLOCATED_PEAK and s.benchmark == "a" else s
        for s in candidate.samples
    )
    row = evidence(replace(candidate, samples=more), history())["a", ALLOCATED_PEAK.name]
    assert row.relative_change == pytest.approx(76 / 1024)
    assert row.adjusted_p_value < 1e-6


def test_what_is_always_zero_is_unchanged():
    metric = replace(ALLOCATED_PEAK)
    baseline = [make_run(n, {"a": 0.0, "b": 1.0, "c": 2.0}, metric=metric, spread=0) for n in range(5)]
    row = evidence(make_run(99, {"a": 0.0, "b": 1.0, "c": 2.0}, metric=metric, spread=0), baseline)["a", metric.name]
    assert row.relative_change == 0
    assert row.warnings == ()


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf, -math.inf])
def test_values_without_a_logarithm_are_named_and_never_an_error(value):
    candidate = make_run(100)
    odd = tuple(replace(s, location=value) if s.benchmark == "a" else s for s in candidate.samples)
    row = time_of(evidence(replace(candidate, samples=odd), history()))
    assert row.p_value is None
    assert "this run" in row.warnings[0]
    assert time_of(evidence(replace(candidate, samples=odd), history()), "b").p_value is not None


def test_an_error_rate_is_compared_by_its_difference():
    costs = {"a": 0.0, "b": 0.0, "c": 0.0}
    baseline = [make_run(n, costs, metric=ERROR_RATE, spread=0) for n in range(5)]
    failing = make_run(9, {**costs, "a": 0.4}, metric=ERROR_RATE, spread=0, machine=1.0)
    row = evidence(failing, baseline)["a", "error_rate"]
    assert row.relative_change == pytest.approx(0.4)
    assert row.adjusted_p_value < 0.01


def test_a_users_own_metric_is_judged_without_being_asked_for():
    rows_per_s = Metric("rows", "1/s", Direction.HIGHER_IS_BETTER, MetricKind.CUSTOM)
    baseline = [make_run(n, metric=rows_per_s, machine=1.0) for n in range(8)]
    assert ("a", "rows") in evidence(make_run(50, metric=rows_per_s, machine=1.0), baseline)


def test_a_recorded_but_unjudged_metric_has_no_row():
    assert ("a", "cpu_time") not in evidence(make_run(100), history())


def test_a_mark_chooses_its_metrics():
    candidate = make_run(100)
    marked = replace(candidate.benchmarks["a"], metrics=("cpu_time",))
    rows = evidence(replace(candidate, benchmarks={**candidate.benchmarks, "a": marked}), history())
    assert ("a", "cpu_time") in rows
    assert ("a", "execution_time") not in rows
    assert ("b", "cpu_time") not in rows


def test_a_benchmark_without_history_has_no_comparison():
    candidate = make_run(100, {**COSTS, "new": 1e-3})
    assert ("new", "execution_time") not in evidence(candidate, history())


def test_an_accepted_change_narrows_the_window():
    old, new = history(6), [make_run(n, {**COSTS, "a": 2e-3}) for n in range(10, 16)]
    candidate = make_run(100, {**COSTS, "a": 2e-3}, processes=9)
    window = {"a": frozenset(run.id for run in new)}
    assert time_of(evidence(candidate, [*old, *new], windows=window)).relative_change == pytest.approx(0, abs=0.03)


def test_creep_is_found_against_the_oldest_level():
    """Each step is 2 %, below every threshold; together they are 18 %."""
    baseline = [
        make_run(n, {**COSTS, "a": COSTS["a"] * 1.02 ** (n // 2)}, machine=1.0, spread=0.004) for n in range(18)
    ]
    row = time_of(
        evidence(
            make_run(100, {**COSTS, "a": COSTS["a"] * 1.18}, processes=15, machine=1.0, spread=0.004),
            baseline,
        )
    )
    assert row.since == baseline[0].commit.revision[:12]
    assert row.relative_change > 0.10


def test_a_steady_window_has_no_creep():
    row = time_of(evidence(make_run(100, processes=9), history(18)))
    assert row.since == "" or row.adjusted_p_value > 0.01


@pytest.mark.parametrize(("correction", "factor"), [("none", 1), ("holm", 4)])
def test_corrections_are_selectable(correction, factor):
    policy = Policy(correction=correction, metrics=("execution_time",))
    rows = evidence(make_run(100), history(5), policy).values()
    smallest = min(rows, key=lambda row: row.p_value)
    assert smallest.adjusted_p_value == pytest.approx(min(1.0, factor * smallest.p_value))


def test_pooled_values_give_the_textbook_test():
    import numpy as np
    from scipy.stats import ttest_ind

    baseline = [make_run(n, slices=12) for n in range(3)]
    candidate = make_run(9, slices=12)
    row = next(r for r in compare_pooled(candidate, baseline, Policy(method="welch")) if r.benchmark == "a")
    pooled = lambda runs: [
        v for r in runs for s in r.samples if s.benchmark == "a" and s.metric == EXECUTION_TIME for v in s.values
    ]
    expected = ttest_ind(pooled([candidate]), pooled(baseline), equal_var=False)
    assert row.p_value == pytest.approx(expected.pvalue, rel=1e-12)
    assert row.relative_change == pytest.approx(np.mean(pooled([candidate])) / np.mean(pooled(baseline)) - 1)


@pytest.mark.parametrize("bare", ["candidate", "baseline", "both"])
def test_runs_without_canaries_are_compared_by_their_levels(bare):
    """A foreign tool's runs have none; mixed with runs that have some they must be no crash either."""

    def without(run):
        return replace(run, samples=tuple(replace(s, canary_locations={}) for s in run.samples))

    slow = make_run(100, {**COSTS, "a": COSTS["a"] * 1.3}, processes=9, machine=1.0)
    baseline = history(machine=1.0)
    if bare != "baseline":
        slow = without(slow)
    if bare != "candidate":
        baseline = [without(run) for run in baseline]
    row = time_of(evidence(slow, baseline))
    assert row.method == "levels"
    assert row.machine_shift is None
    assert row.relative_change == pytest.approx(0.3, abs=0.02)
