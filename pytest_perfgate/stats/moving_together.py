"""Which series move together, or one after another."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from msgspec import Struct

from pytest_perfgate.stats.quantiles import Floats

FEWEST_STEPS = 20
_LAGS_OF_INFLATION = 3


class PairedMoves(Struct, frozen=True):
    """`first`, `second`: places of the series; `second` follows `first` by `lag` rows. Each array is (pairs,).

    `correlation`: Spearman's of the steps from row to row; `p_value` two-sided, uncorrected, NaN where too few.
    """

    first: np.ndarray
    second: np.ndarray
    lag: np.ndarray
    correlation: Floats
    p_value: Floats


def paired_moves(values: Floats, *, most_lag: int = 2) -> PairedMoves:
    """Every pair of columns, at every lag up to `most_lag` rows, both ways. `values`: (rows, series), NaN: missing.

    Steps of a level with noise swing back (their neighbours correlate by -1/2), which makes two of them look related:
    the variance grows by 1 + 2 times the sum of the products of both autocorrelations (Bartlett 1946, doi
    10.2307/2983611).
    """
    steps = np.diff(values, axis=0)
    ranks = np.column_stack([_ranks(column) for column in steps.T]) if steps.size else steps
    count = values.shape[1]
    memory = np.stack([_autocorrelations(column) for column in ranks.T]) if count else np.empty((0, 0))
    firsts, seconds = np.triu_indices(count, k=1)
    found = [_at_lag(ranks, memory, firsts, seconds, lag) for lag in range(most_lag + 1)]
    found += [_at_lag(ranks, memory, seconds, firsts, lag) for lag in range(1, most_lag + 1)]
    return PairedMoves(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _ranks(column: Floats) -> Floats:
    """Centred ranks of unit variance; what is missing stays NaN, what never moves has none."""
    from scipy.stats import rankdata

    ranks = np.full(len(column), np.nan)
    known = np.isfinite(column)
    if known.sum() >= FEWEST_STEPS and np.ptp(column[known]) > 0:
        places = rankdata(column[known])
        ranks[known] = (places - places.mean()) / places.std()
    return ranks


def _autocorrelations(ranks: Floats) -> Floats:
    filled = np.nan_to_num(ranks)
    known = np.isfinite(ranks)
    lags = range(1, _LAGS_OF_INFLATION + 1)
    counts = [max(int(np.sum(known[lag:] & known[:-lag])), 1) for lag in lags]
    return np.array([float(np.sum(filled[lag:] * filled[:-lag])) / n for lag, n in zip(lags, counts, strict=True)])


def _at_lag(
    ranks: Floats, memory: Floats, first: np.ndarray, second: np.ndarray, lag: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Floats, Floats]:
    from scipy.stats import norm

    stop = len(ranks) - lag
    known = np.isfinite(ranks).astype(np.float64)
    filled = np.nan_to_num(ranks)
    counts = (known[:stop].T @ known[lag:])[first, second]
    sums = (filled[:stop].T @ filled[lag:])[first, second]
    r = np.clip(sums / np.maximum(counts, 1), -1 + 1e-12, 1 - 1e-12)
    inflation = np.maximum(1 + 2 * np.sum(memory[first] * memory[second], axis=1), 1.0)
    effective = counts / inflation
    enough = counts >= FEWEST_STEPS
    # Fisher's transformation; 1.06 is the variance that ranks add (Fieller, Hartley and Pearson 1957).
    statistic = np.arctanh(r) * np.sqrt(np.maximum(effective - 3, 0) / 1.06)
    p_value = np.where(enough, 2 * norm.sf(np.abs(statistic)), np.nan)
    return first, second, np.full(len(first), lag), r, p_value


def groups_of(pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """What hangs together by pairs, the largest group first."""
    home: dict[int, set[int]] = {}
    for one, other in pairs:
        joined = home.get(one, {one}) | home.get(other, {other})
        home.update(dict.fromkeys(joined, joined))
    unique = {id(group): sorted(group) for group in home.values()}
    return sorted(unique.values(), key=lambda group: (-len(group), group))
