"""From slices measured in turns to one estimate per pair, and from pairs to a change with its error."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from pytest_perfgate.stats.moderation import moderate
from pytest_perfgate.stats.quantiles import Floats

# Below this the clock and rounding are all that is left.
SMALLEST_ERROR = 5e-4


class PairedChanges(Struct, frozen=True):
    """`change`, `error` (standard error), `df`: (benchmarks,), on the scale of the estimates; `pairs`: how many."""

    change: Floats
    error: Floats
    df: Floats
    pairs: Floats


def slice_change(base: Floats, candidate: Floats) -> float:
    """Change of one pair, natural log scale: the median over the pairs of slices; `base`, `candidate`: (slices,)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.log(candidate / base)
    usable = ratios[np.isfinite(ratios)]
    return float(np.median(usable)) if len(usable) else float("nan")


def paired_changes(estimates: Floats) -> PairedChanges:
    """Mean over pairs with a moderated variance; `estimates`: (pairs, benchmarks), NaN where a pair has none."""
    present = np.isfinite(estimates)
    count = np.sum(present, axis=0).astype(np.float64)
    filled = np.where(present, estimates, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        change = np.where(count > 0, np.sum(filled, axis=0) / count, np.nan)
        squares = np.sum(np.where(present, (filled - change) ** 2, 0.0), axis=0)
        own = squares / np.maximum(count - 1, 1)
    variance, df = moderate(np.maximum(own, SMALLEST_ERROR**2), np.maximum(count - 1, 0.0))
    error = np.sqrt(variance / np.maximum(count, 1.0))
    return PairedChanges(change, error, np.maximum(df, 1.0), count)
