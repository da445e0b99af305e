"""Moderated variances: each benchmark's variance is shrunk toward the suite's."""

from __future__ import annotations

import numpy as np

from pytest_perfgate.stats.quantiles import Floats

_NEWTON_STEPS = 50
_LARGEST_PRIOR = 1e6


def moderate(variances: Floats, degrees_of_freedom: Floats) -> tuple[Floats, Floats]:
    """Empirical Bayes variances and their degrees of freedom.

    `variances`, `degrees_of_freedom`: (benchmarks,), variances positive; entries with NaN or without degrees of
    freedom stay out of the prior. Returns both moderated, (benchmarks,). Smyth 2004,
    doi 10.2202/1544-6115.1027, sections 6.1 and 6.2.
    """
    from scipy.special import digamma, polygamma

    usable = np.isfinite(variances) & (variances > 0) & (degrees_of_freedom > 0)
    if np.sum(usable) < 3:  # noqa: PLR2004 - no spread can be estimated from two
        return variances, degrees_of_freedom
    half = degrees_of_freedom[usable] / 2
    centred = np.log(variances[usable]) - digamma(half) + np.log(half)
    excess = float(np.var(centred, ddof=1) - np.mean(polygamma(1, half)))
    if excess <= 0:
        prior_df, prior = _LARGEST_PRIOR, float(np.exp(np.mean(centred)))
    else:
        half_prior = _inverse_trigamma(excess)
        prior_df = 2 * half_prior
        prior = float(np.exp(np.mean(centred) + digamma(half_prior) - np.log(half_prior)))
    total = prior_df + np.where(usable, degrees_of_freedom, 0.0)
    own = np.where(usable, degrees_of_freedom * variances, 0.0)
    return (prior_df * prior + own) / total, total


def _inverse_trigamma(value: float) -> float:
    """Newton's iteration of Smyth's appendix; converges from below for every positive value."""
    from scipy.special import polygamma

    y = 0.5 + 1 / value
    for _ in range(_NEWTON_STEPS):
        trigamma = polygamma(1, y)
        step = trigamma * (1 - trigamma / value) / polygamma(2, y)
        y += step
        if -step / y < 1e-8:  # noqa: PLR2004 - relative precision
            break
    return float(y)
