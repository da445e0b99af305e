"""Corrections for asking many questions at once."""

from __future__ import annotations

import numpy as np

from pytest_perfgate.stats.quantiles import Floats


def benjamini_hochberg(p_values: Floats) -> Floats:
    """Adjusted p-values that control the false discovery rate (doi 10.1111/j.2517-6161.1995.tb02031.x)."""
    count = len(p_values)
    order = np.argsort(p_values)[::-1]
    stepped = p_values[order] * count / np.arange(count, 0, -1)
    return _restore(np.minimum.accumulate(stepped), order)


def holm(p_values: Floats) -> Floats:
    """Adjusted p-values that control the family-wise error rate (Holm 1979, jstor 4615733)."""
    count = len(p_values)
    order = np.argsort(p_values)
    stepped = p_values[order] * np.arange(count, 0, -1)
    return _restore(np.maximum.accumulate(stepped), order)


def _restore(stepped: Floats, order: np.ndarray) -> Floats:
    adjusted = np.empty_like(stepped)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted
