"""Absolute budgets: promises that are judged by the confidence bound, with or without a baseline."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from pytest_perfgate.analysis.judge import severity_of
from pytest_perfgate.model import (
    Benchmark,
    Comparison,
    ConfidenceInterval,
    Direction,
    Estimate,
    Judgement,
    Metric,
    Run,
    Severity,
    Verdict,
)
from pytest_perfgate.stats.student import t_quantile

_LEVEL = 0.95


def judge_budgets(candidate: Run) -> Iterator[Judgement]:
    """One row per budget: broken when the whole confidence interval is beyond it, kept when all of it is inside."""
    for benchmark in candidate.benchmarks.values():
        for name, limit in benchmark.budget.items():
            samples = [s for s in candidate.samples if s.benchmark == benchmark.id and s.metric.name == name]
            if samples and not benchmark.skip:
                values = [sample.location for sample in samples]
                yield _judge(benchmark, samples[0].metric, limit, values)


def _judge(benchmark: Benchmark, metric: Metric, limit: float, values: list[float]) -> Judgement:
    estimate = _estimate(values)
    evidence = Comparison(
        benchmark=benchmark.id,
        metric=metric,
        method="budget",
        baseline=Estimate(limit),
        candidate=estimate,
        relative_change=estimate.value / limit - 1 if limit else None,
        candidate_processes=len(values),
    )
    verdict = _verdict(metric, limit, estimate)
    words = {
        Verdict.REGRESSED: "over its budget",
        Verdict.UNCHANGED: "within its budget",
        Verdict.INCONCLUSIVE: "too near to its budget to tell",
    }
    over = verdict is Verdict.REGRESSED
    return Judgement(
        benchmark=benchmark.id,
        metric=metric,
        verdict=verdict,
        severity=severity_of(evidence.relative_change) if over else Severity.NONE,
        reason=f"{words[verdict]} of {limit:.6g} {metric.unit}",
        comparison=evidence,
    )


def _verdict(metric: Metric, limit: float, estimate: Estimate) -> Verdict:
    if estimate.interval is None:
        return Verdict.INCONCLUSIVE
    low, high = estimate.interval.lower, estimate.interval.upper
    if metric.direction is Direction.HIGHER_IS_BETTER:
        low, high, limit = -high, -low, -limit
    if low > limit:
        return Verdict.REGRESSED
    return Verdict.UNCHANGED if high <= limit else Verdict.INCONCLUSIVE


def _estimate(values: list[float]) -> Estimate:
    """Mean over processes with Student's interval; on the log scale where all values are positive."""
    array = np.asarray(values, dtype=np.float64)
    logs = bool(np.all(array > 0))
    scaled = np.log(array) if logs else array
    if not np.isfinite(scaled).all():
        return Estimate(float("nan") if not np.isfinite(array).all() else float(np.mean(array)))
    mean = float(np.mean(scaled))
    back = math.exp if logs else float
    if len(values) == 1:
        return Estimate(back(mean))
    half = float(t_quantile(0.5 + _LEVEL / 2, len(values) - 1)) * float(np.std(scaled, ddof=1)) / math.sqrt(len(values))
    return Estimate(back(mean), ConfidenceInterval(_LEVEL, back(mean - half), back(mean + half)))
