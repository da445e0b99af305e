"""Where the slices of one process lie."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

SLICE_QUANTILE = 0.10


def location(values: Sequence[float]) -> float:
    """The 10 % quantile of a process's slices, in their unit; NaN when there is none.

    A neighbour that takes the core only ever adds time, and the median gives way once half of the slices are
    hit. Measured spread between runs beside a noisy neighbour: median 0.10, 10 % quantile 0.06
    (`benchmarks/accuracy`).
    """
    if not values:
        return float("nan")
    return float(np.quantile(np.asarray(values, dtype=np.float64), SLICE_QUANTILE))
