"""Whether a series rises or falls, and how fast: by ranks and medians, which stray points do not bend."""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct

from pytest_perfgate.stats.quantiles import Floats

FEWEST_POINTS = 8
# All pairs of so many points are two million slopes; of more, evenly spread ones are taken.
_MOST_POINTS = 2_000
_MOST_CORRELATED = 0.9


class TrendLine(Struct, frozen=True):
    """`slope` per unit of time with its interval `lower` to `upper`, `p_value` two-sided for "no trend"."""

    slope: float
    lower: float
    upper: float
    p_value: float


def trend_line(times: Floats, values: Floats, *, level: float = 0.95) -> TrendLine | None:
    """Theil and Sen's slope (Sen 1968, doi 10.1080/01621459.1968.10480934) with Mann and Kendall's test.

    Neighbouring values that resemble each other make both look surer than they are: the test's variance grows by
    (1 + r)/(1 - r), r being the correlation of neighbouring residuals (as Hamed and Rao 1998, doi
    10.1016/S0022-1694(97)00125-X, with the first lag), and the interval by its root. None where there are fewer than
    eight points, or all at one time. `times`, `values`: (points,), finite, in the order of time.
    """
    from scipy.stats import kendalltau, norm, theilslopes

    if len(values) < FEWEST_POINTS or np.ptp(times) <= 0:
        return None
    if len(values) > _MOST_POINTS:
        chosen = np.linspace(0, len(values) - 1, _MOST_POINTS).astype(np.intp)
        times, values = times[chosen], values[chosen]
    if np.ptp(values) == 0:
        return TrendLine(0.0, 0.0, 0.0, 1.0)
    slope, intercept, lower, upper = theilslopes(values, times, alpha=level)
    wider = math.sqrt(_inflation(values - intercept - slope * times))
    p_value = float(kendalltau(times, values).pvalue)
    if not math.isfinite(p_value):
        return None
    statistic = float(norm.isf(max(p_value, 1e-300) / 2)) / wider
    return TrendLine(
        slope=float(slope),
        lower=float(slope - (slope - lower) * wider),
        upper=float(slope + (upper - slope) * wider),
        p_value=float(2 * norm.sf(statistic)),
    )


def trend_score(values: Floats) -> float:
    """Mann and Kendall's statistic in standard deviations, positive where the series rises; 0 for too few points.

    By the normal approximation with ties (Kendall 1975, Rank Correlation Methods), quickly. `values`: in order of time.
    """
    if len(values) > _MOST_POINTS:
        values = values[np.linspace(0, len(values) - 1, _MOST_POINTS).astype(np.intp)]
    count = len(values)
    if count < FEWEST_POINTS:
        return 0.0
    total = float(np.sum(np.tril(np.sign(values[:, None] - values))))
    ties = np.unique(values, return_counts=True)[1].astype(np.float64)
    variance = (count * (count - 1) * (2 * count + 5) - float(np.sum(ties * (ties - 1) * (2 * ties + 5)))) / 18
    return total / math.sqrt(variance) if variance > 0 else 0.0


def _inflation(residuals: Floats) -> float:
    middle = residuals - np.median(residuals)
    scale = 1.4826 * float(np.median(np.abs(middle)))
    if scale == 0:
        return 1.0
    clipped = np.clip(middle, -3 * scale, 3 * scale)
    total = float(np.sum(clipped**2))
    r = float(np.sum(clipped[1:] * clipped[:-1])) / total if total > 0 else 0.0
    r = min(max(r, 0.0), _MOST_CORRELATED)
    return (1 + r) / (1 - r)


def group_differences(values: Floats, groups: Floats, *, fewest: int = 5) -> tuple[float, dict[int, float]] | None:
    """Kruskal and Wallis' p-value for "the groups are alike", and each group's median minus that of all.

    Groups of fewer than `fewest` values are left out; None where fewer than two are left, or nothing varies.
    Source: doi 10.1080/01621459.1952.10483441.
    """
    from scipy.stats import kruskal

    parts = {int(g): values[groups == g] for g in np.unique(groups)}
    parts = {group: part for group, part in parts.items() if len(part) >= fewest}
    if len(parts) < 2 or np.ptp(np.concatenate(list(parts.values()))) == 0:  # noqa: PLR2004 - to compare
        return None
    middle = float(np.median(np.concatenate(list(parts.values()))))
    p_value = float(kruskal(*parts.values()).pvalue)
    return p_value, {group: float(np.median(part)) - middle for group, part in parts.items()}
