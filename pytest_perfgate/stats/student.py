"""Student's t distribution, and the normal one that it ends in, by scipy.special.

Every gate asks for them, and scipy.stats would take several times as long to import.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pytest_perfgate.stats.quantiles import Floats


def t_survival(value: Any, df: Any) -> Floats:  # noqa: ANN401 - numbers or arrays of one shape
    """Share of the distribution with `df` degrees of freedom (infinite: normal) above `value`; NaN where either is."""
    from scipy.special import ndtr, stdtr

    value, df = np.asarray(value, dtype=np.float64), np.asarray(df, dtype=np.float64)
    found: Floats = np.where(np.isposinf(df), ndtr(-value), stdtr(np.where(np.isposinf(df), 1.0, df), -value))
    return found


def t_quantile(share: Any, df: Any) -> Floats:  # noqa: ANN401 - numbers or arrays of one shape
    """What the share `share` of the distribution with `df` degrees of freedom (infinite: normal) lies below."""
    from scipy.special import ndtri, stdtrit

    share, df = np.asarray(share, dtype=np.float64), np.asarray(df, dtype=np.float64)
    found: Floats = np.where(np.isposinf(df), ndtri(share), stdtrit(np.where(np.isposinf(df), 1.0, df), share))
    return found
