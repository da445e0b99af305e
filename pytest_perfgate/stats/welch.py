"""The textbook: Welch's unequal-variance t-test on pooled values."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from pytest_perfgate.stats.quantiles import Floats
from pytest_perfgate.stats.student import t_survival


class WelchTest(Struct, frozen=True):
    """`difference` of the means (candidate minus baseline), its standard error, t, df and two-sided p-value."""

    difference: float
    standard_error: float
    statistic: float
    degrees_of_freedom: float
    p_value: float


def welch_test(baseline: Floats, candidate: Floats) -> WelchTest:
    """Welch 1947 (doi 10.1093/biomet/34.1-2.28) with Satterthwaite's degrees of freedom; at least two values each."""
    parts = [np.var(values, ddof=1) / len(values) for values in (candidate, baseline)]
    difference = float(np.mean(candidate) - np.mean(baseline))
    error = float(np.sqrt(sum(parts)))
    if error == 0:
        same = difference == 0
        return WelchTest(difference, 0.0, 0.0 if same else np.inf, np.inf, 1.0 if same else 0.0)
    df = sum(parts) ** 2 / sum(
        part**2 / (len(values) - 1) for part, values in zip(parts, (candidate, baseline), strict=True)
    )
    statistic = difference / error
    return WelchTest(difference, error, statistic, float(df), float(2 * t_survival(abs(statistic), df)))
