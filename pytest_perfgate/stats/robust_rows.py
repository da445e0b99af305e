"""Rows of features on one scale: changes against the recent past, in robust standard deviations."""

from __future__ import annotations

import numpy as np

from pytest_perfgate.stats.quantiles import Floats, column_quantile

_MAD_TO_DEVIATION = 1.4826
# A feature that is ten deviations off is as odd as one that is a hundred off: one must not drown the others.
_LARGEST = 10.0
_FEWEST_BEFORE = 3


def changes(levels: Floats, *, back: int) -> Floats:
    """(rows, columns): each level minus the median of the at most `back` rows before it.

    A level that moved and stays is odd for a few rows only. The first three rows are held against their neighbours.
    """
    rows = range(len(levels))
    before = [
        levels[max(0, row - back) : row]
        if row >= _FEWEST_BEFORE
        else np.delete(levels[: _FEWEST_BEFORE + 1], row, axis=0)
        for row in rows
    ]
    if not before:
        return levels
    return np.stack([levels[row] - column_quantile(before[row], 0.5) for row in rows])


def deviations(values: Floats, floors: Floats) -> tuple[Floats, Floats]:
    """Centre (median) and scale (1.4826 MAD, at least the floor) of columns with gaps, each (columns,)."""
    centre = column_quantile(values, 0.5)
    scale = _MAD_TO_DEVIATION * column_quantile(np.abs(values - centre), 0.5)
    return np.nan_to_num(centre), np.maximum(np.nan_to_num(scale), floors)


def distances(rows: Floats) -> Floats:
    """(...,): root mean square over the last axis of robust deviations, each counted up to ten; NaN where all are."""
    present = ~np.isnan(rows)
    squares = np.where(present, np.minimum(np.abs(np.nan_to_num(rows)), _LARGEST) ** 2, 0.0)
    count = present.sum(axis=-1)
    means: Floats = np.where(count > 0, np.sqrt(squares.sum(axis=-1) / np.maximum(count, 1)), np.nan)
    return means


def distance_shares(row: Floats) -> Floats:
    """(features,): each feature's share of a row's squared distance; they add up to 1, or all are 0."""
    squares = np.minimum(np.abs(row), _LARGEST) ** 2
    total = float(squares.sum())
    return squares / total if total > 0 else squares


def both(distance: Floats, forest: Floats) -> Floats:
    """The geometric mean of two oddnesses; nothing is odd where either finds it usual.

    A distance sees one feature that is far off and is easily wrong where tails are heavy; a forest hardly sees one
    feature among many and is seldom wrong. Measured in `benchmarks/anomalies`.
    """
    geometric: Floats = np.sqrt(np.maximum(distance, 0.0) * np.maximum(forest, 0.0))
    return geometric


def oddness(scores: Floats, history: Floats) -> Floats:
    """By how many robust standard deviations scores lie above the history's median."""
    known = history[~np.isnan(history)]
    middle = float(np.median(known))
    scale = _MAD_TO_DEVIATION * float(np.median(np.abs(known - middle)))
    above: Floats = (scores - middle) / max(scale, 1e-9)
    return above
