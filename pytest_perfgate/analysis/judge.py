"""Opinion: what the evidence means under a Policy."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from pytest_perfgate.model import (
    Benchmark,
    BenchmarkId,
    Comparison,
    Direction,
    Judgement,
    Metric,
    MetricKind,
    Policy,
    Severity,
    Verdict,
)
from pytest_perfgate.model.metric import DETERMINISTIC_KINDS
from pytest_perfgate.stats.student import t_quantile

_SEVERITIES = (
    (0.50, Severity.CRITICAL),
    (0.25, Severity.HIGH),
    (0.10, Severity.MEDIUM),
    (0.05, Severity.LOW),
)

# Shares of the minimum change: an estimate above the first, or an upper bound above the second, is looked at again.
PROMISING = 0.5
TOO_WIDE = 2.0
_ALONE = (
    "one process alone: its values resemble each other, and whole processes are slow by chance; measure it in several"
)


def severity_of(relative_change: float | None) -> Severity:
    """Low from 5 %, medium from 10 %, high from 25 %, critical from 50 %."""
    size = abs(relative_change or 0.0)
    return next((severity for least, severity in _SEVERITIES if size >= least), Severity.NONE)


def min_change_of(metric: Metric, benchmark: Benchmark | None, policy: Policy) -> float:
    """The smallest relative change that matters: the mark's, else by the metric's name, else by its kind."""
    if benchmark is not None and benchmark.min_change is not None:
        return benchmark.min_change
    by_kind = policy.min_change.get(metric.kind.value, policy.min_change["custom"])
    return policy.min_change.get(metric.name, by_kind)


def judge(comparison: Comparison, benchmark: Benchmark | None, policy: Policy) -> Judgement:
    """One row's verdict.

    REGRESSED and IMPROVED need significance after the correction and a change beyond the minimum; UNCHANGED
    needs the confidence interval of two one-sided tests inside it (Schuirmann 1987, doi 10.1007/BF01068419).
    Everything else is INCONCLUSIVE.
    """
    if comparison.p_value is None or comparison.relative_change is None:
        return _row(comparison, Verdict.INCONCLUSIVE, "; ".join(comparison.warnings) or "no estimate")
    if comparison.baseline_runs < policy.minimum_runs and comparison.method != "welch":
        what = "pairs of processes" if comparison.method == "paired" else "recorded runs"
        few = f"only {comparison.baseline_runs} {what}, {policy.minimum_runs} are needed"
        return _row(comparison, Verdict.INCONCLUSIVE, few)
    if too_few_processes(comparison, policy):
        return _row(comparison, Verdict.INCONCLUSIVE, _ALONE)
    least = min_change_of(comparison.metric, benchmark, policy)
    alpha = benchmark.alpha if benchmark is not None and benchmark.alpha is not None else policy.alpha
    return _by_evidence(comparison, least, alpha, policy.least_estimate)


def too_few_processes(comparison: Comparison, policy: Policy) -> bool:
    """Whether what was timed was timed in too few processes; pairs are counted elsewhere, the textbook counts none."""
    return (
        comparison.method in {"canary", "levels"}
        and comparison.metric.kind not in DETERMINISTIC_KINDS
        and comparison.candidate_processes < policy.minimum_processes
    )


def _by_evidence(comparison: Comparison, least: float, alpha: float, share: float) -> Judgement:
    change = comparison.relative_change or 0.0
    p_value = comparison.adjusted_p_value if comparison.adjusted_p_value is not None else comparison.p_value
    significant = p_value is not None and p_value < alpha
    worse = _worseness(comparison.metric, change) >= _bound(comparison.metric, share * least, worse=True)
    better = -_worseness(comparison.metric, change) >= _bound(comparison.metric, share * least, worse=False)
    if significant and worse:
        since = f", compared with the level since {comparison.since}" if comparison.since else ""
        return _row(comparison, Verdict.REGRESSED, f"{_words(comparison)}{since}")
    if significant and better:
        return _row(comparison, Verdict.IMPROVED, _words(comparison))
    if _proven_unchanged(comparison, least):
        return _row(comparison, Verdict.UNCHANGED, f"no change of {least * 100:.3g} % or more")
    return _row(comparison, Verdict.INCONCLUSIVE, _doubt(comparison, least))


def _worseness(metric: Metric, change: float) -> float:
    return change if metric.direction is Direction.LOWER_IS_BETTER else -change


def _bound(metric: Metric, least: float, *, worse: bool) -> float:
    """The minimum in the metric's own direction: 5 % slower is 1/1.05 of the throughput, as it is of the speed."""
    shrinks = (metric.direction is Direction.HIGHER_IS_BETTER) == worse
    return 1 - 1 / (1 + least) if shrinks else least


def _range(comparison: Comparison, least: float) -> tuple[float, float, float] | None:
    """How much worse, give or take how much (one-sided), and the minimum change, all on one scale."""
    change, error, df = comparison.log_change, comparison.standard_error, comparison.degrees_of_freedom
    if change is None or error is None or df is None:
        return None
    bound = least if comparison.metric.kind is MetricKind.ERROR_RATE else math.log1p(least)
    return (
        _worseness(comparison.metric, change),
        float(t_quantile(1 - comparison.equivalence_level, df)) * error,
        bound,
    )


def _proven_unchanged(comparison: Comparison, least: float) -> bool:
    """Two one-sided tests at 5 % each: the 90 % interval lies inside the minimum change."""
    seen = _range(comparison, least)
    if seen is None:
        return False
    worse, half, bound = seen
    return worse + half < bound and worse - half > -bound


def _words(comparison: Comparison) -> str:
    change = comparison.relative_change or 0.0
    unit = comparison.metric.unit
    if unit == "s" or unit.endswith("/s"):
        word = "slower" if (change > 0) == (unit == "s") else "faster"
    else:
        word = "more" if change > 0 else "less"
    return f"{abs(change) * 100:.1f} % {word}"


def _doubt(comparison: Comparison, least: float) -> str:
    seen = comparison.smallest_detectable_change
    could = f"the smallest change it could see is {seen * 100:.1f} %" if seen is not None else "too noisy to tell"
    return f"neither a change nor the absence of one of {least * 100:.3g} % is proven; {could}"


def _row(comparison: Comparison, verdict: Verdict, reason: str) -> Judgement:
    moved = verdict in {Verdict.REGRESSED, Verdict.IMPROVED}
    return Judgement(
        benchmark=comparison.benchmark,
        metric=comparison.metric,
        verdict=verdict,
        severity=severity_of(comparison.relative_change) if moved else Severity.NONE,
        reason=reason,
        comparison=comparison,
    )


def judge_all(
    comparisons: Iterable[Comparison], benchmarks: dict[BenchmarkId, Benchmark], policy: Policy
) -> tuple[Judgement, ...]:
    """All rows; a benchmark whose mark says `skip` is measured but not judged."""
    return tuple(
        judge(row, benchmarks.get(row.benchmark), policy)
        for row in comparisons
        if not _is_skipped(benchmarks.get(row.benchmark))
    )


def _is_skipped(benchmark: Benchmark | None) -> bool:
    return benchmark is not None and bool(benchmark.skip)


def in_doubt(
    judgements: Sequence[Judgement], benchmarks: Mapping[BenchmarkId, Benchmark], policy: Policy
) -> frozenset[BenchmarkId]:
    """Benchmarks that deserve another look: what could still turn out to be a change for the worse.

    That is: not ruled out, and the estimate above half of the minimum change, or so uncertain that it says little.
    (Measured in benchmarks/accuracy: half as many further processes, the same share caught.)

    Looks end early only on the side that passes (UNCHANGED); a build fails on the evidence of all looks
    together. Stopping for futility alone cannot raise the rate of false alarms, so the final test is made at the
    full alpha and nothing is spent on the way (Lan, Simon and Halperin 1982, doi 10.1080/07474948208836014).
    """
    return frozenset(
        row.benchmark for row in judgements if _deserves_a_look(row, benchmarks.get(row.benchmark), policy)
    )


def _deserves_a_look(row: Judgement, benchmark: Benchmark | None, policy: Policy) -> bool:
    if row.comparison is None or row.comparison.candidate is None or row.verdict is Verdict.UNCHANGED:
        return False
    if row.comparison.method == "budget" or row.verdict is Verdict.REGRESSED:
        return True
    seen = _range(row.comparison, min_change_of(row.metric, benchmark, policy))
    if seen is None or too_few_processes(row.comparison, policy):
        return True
    worse, half, bound = seen
    if worse + half < bound:
        return False
    return worse > PROMISING * bound or worse + half > TOO_WIDE * bound
