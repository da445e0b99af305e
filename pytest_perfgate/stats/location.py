"""Where the slices of one process lie."""

from __future__ import annotations

import math
from collections.abc import Sequence

SLICE_QUANTILE = 0.10


def location(values: Sequence[float]) -> float:
    """The 10 % quantile of a process's slices, in their unit, linear between order statistics; NaN when there is none.

    A neighbour that takes the core only ever adds time, and the median gives way once half of the slices are
    hit. Measured spread between runs beside a noisy neighbour: median 0.10, 10 % quantile 0.06
    (`benchmarks/accuracy`).
    """
    if not values:
        return float("nan")
    if any(map(math.isnan, values)):
        return float("nan")
    ordered = sorted(values)
    place = SLICE_QUANTILE * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
