"""The method "welch": Welch's t-test on all values pooled; for quiet bare metal, or for comparison."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from pytest_perfgate.model import BenchmarkId, Comparison, ConfidenceInterval, Estimate, Metric, Run
from pytest_perfgate.stats.quantiles import Floats
from pytest_perfgate.stats.student import t_quantile
from pytest_perfgate.stats.welch import WelchTest, welch_test

_POWER = 0.80
_LEAST_VALUES = 2


def textbook_comparisons(
    candidate: Run, baseline: Iterable[Run], metrics: Mapping[str, Metric], level: float
) -> Iterator[Comparison]:
    """Compare pooled values; runs must have been loaded with their slices."""
    theirs = _pooled(baseline, metrics)
    for (benchmark, name), ours in _pooled([candidate], metrics).items():
        before = theirs.get((benchmark, name), np.empty(0))
        if len(before):
            yield _comparison(benchmark, metrics[name], before, ours, level)


def _pooled(runs: Iterable[Run], metrics: Mapping[str, Metric]) -> dict[tuple[BenchmarkId, str], Floats]:
    pooled: dict[tuple[BenchmarkId, str], list[float]] = {}
    for run in runs:
        for sample in run.samples:
            if sample.metric.name in metrics:
                values = sample.values or (sample.location,)
                pooled.setdefault((sample.benchmark, sample.metric.name), []).extend(values)
    return {key: np.asarray(values) for key, values in pooled.items()}


def _comparison(benchmark: BenchmarkId, metric: Metric, before: Floats, after: Floats, level: float) -> Comparison:
    facts = Comparison(benchmark=benchmark, metric=metric, method="welch")
    usable = len(before) >= _LEAST_VALUES and len(after) >= _LEAST_VALUES
    if not usable or not np.isfinite(before).all() or not np.isfinite(after).all() or np.mean(before) <= 0:
        return _replace(facts, warnings=("too few values, or values that are no positive numbers",))
    return _replace(facts, **_numbers(welch_test(before, after), before, after, level))


def _numbers(test: WelchTest, before: Floats, after: Floats, level: float) -> dict[str, object]:
    mean = float(np.mean(before))
    df = test.degrees_of_freedom if np.isfinite(test.degrees_of_freedom) else 1e9
    half = float(t_quantile(0.5 + level / 2, df)) * test.standard_error
    error = test.standard_error / mean
    detectable = (t_quantile(0.5 + level / 2, df) + t_quantile(_POWER, df)) * error
    return {
        "baseline": Estimate(mean),
        "candidate": Estimate(float(np.mean(after))),
        "relative_change": test.difference / mean,
        "interval": ConfidenceInterval(level, (test.difference - half) / mean, (test.difference + half) / mean),
        "log_change": float(np.log1p(max(test.difference / mean, -0.999999))),
        "standard_error": error,
        "degrees_of_freedom": df,
        "p_value": test.p_value,
        "smallest_detectable_change": float(detectable),
    }


def _replace(facts: Comparison, **numbers: object) -> Comparison:
    from msgspec.structs import replace

    return replace(facts, **numbers)
