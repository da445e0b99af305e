"""The cheapest way to cut a series into pieces that are flat, or straight lines."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from pytest_perfgate.stats.quantiles import Floats

# Up to so many points every place is tried; of longer series the places where some pair of windows differs.
_TRY_ALL = 120
_MOST_PLACES = 800
_SHORTEST_LINE = 12


class Piece(Struct, frozen=True):
    """Points `start` to `stop` (exclusive); a line where `is_line`, else flat."""

    start: int
    stop: int
    is_line: bool


class Sums:
    """Running sums of a series, so that the cost of any piece is a matter of three subtractions."""

    def __init__(self, values: Floats) -> None:
        centred = values - np.median(values) if len(values) else values
        place = np.arange(len(values), dtype=np.float64) - len(values) / 2
        self._x, self._xx, self._tx = (
            np.concatenate([[0.0], np.cumsum(part)]) for part in (centred, centred**2, place * centred)
        )
        self._n = len(values)

    def flat(self, start: np.ndarray, stop: np.ndarray) -> Floats:
        """Squared errors around the mean."""
        count = np.maximum(stop - start, 1)
        total = self._x[stop] - self._x[start]
        cost: Floats = np.maximum(self._xx[stop] - self._xx[start] - total**2 / count, 0.0)
        return cost

    def explained(self, start: np.ndarray, stop: np.ndarray) -> Floats:
        """How much less they are around a straight line."""
        count = np.maximum(stop - start, 1).astype(np.float64)
        total = self._x[stop] - self._x[start]
        centre = (start + stop - 1) / 2 - self._n / 2
        moment = self._tx[stop] - self._tx[start] - centre * total
        spread = np.maximum(count * (count**2 - 1) / 12, 1.0)
        gained: Floats = moment**2 / spread
        return gained

    def mean(self, start: np.ndarray, stop: np.ndarray) -> Floats:
        """The mean, less the series' median."""
        mean: Floats = (self._x[stop] - self._x[start]) / np.maximum(stop - start, 1)
        return mean


def partition(sums: Sums, count: int, *, variance: float, price: float, shortest: int) -> list[Piece]:
    """The pieces of least cost: squared errors / `variance`, `price` for each piece, and again for each that is a line.

    Exact over the places that are tried (optimal partitioning, Jackson et al. 2005, doi 10.1109/LSP.2001.838216; with
    the places chosen first by windows on several scales, as MOSUM does: Eichinger and Kirch 2018,
    doi 10.3150/16-BEJ887, so that time grows with the points and not with their square). `count`: of points;
    `shortest`: piece that can be.
    """
    places = _places(sums, count, variance, price, shortest)
    edges = np.concatenate([[0], places, [count]])
    start, stop = edges[:, None], edges[None, :]
    length = stop - start
    costs = sums.flat(start, stop) / variance
    lines = costs - sums.explained(start, stop) / variance + price
    as_line = (length >= _SHORTEST_LINE) & (lines < costs)
    costs = np.where(as_line, lines, costs)
    costs = np.where(length >= min(shortest, count), costs + price, np.inf)
    best, before = np.zeros(len(edges)), np.zeros(len(edges), np.intp)
    for index in range(1, len(edges)):
        totals = best[:index] + costs[:index, index]
        before[index] = np.argmin(totals)
        best[index] = totals[before[index]]
    pieces, index = [], len(edges) - 1
    while index:
        previous = int(before[index])
        pieces.append(Piece(int(edges[previous]), int(edges[index]), bool(as_line[previous, index])))
        index = previous
    return pieces[::-1]


def _places(sums: Sums, count: int, variance: float, price: float, shortest: int) -> np.ndarray:
    """Where a piece may end."""
    from scipy.ndimage import maximum_filter1d

    places = np.arange(shortest, max(count - shortest + 1, shortest))
    if count <= _TRY_ALL or not len(places):
        return places
    # What a split saves must pay its price sooner or later; alone it may fall somewhat short of it.
    enough = 0.5 * price * variance
    score = np.zeros(len(places))
    found = np.zeros(len(places), bool)
    widths = [width for width in 4 * 2 ** np.arange(30) if width < 2 * count]
    for left in widths:
        start = np.maximum(places - left, 0)
        before, ahead = sums.mean(start, places), places - start
        for right in widths:
            stop = np.minimum(places + right, count)
            after = stop - places
            saved = (sums.mean(places, stop) - before) ** 2 * ahead * after / (ahead + after)
            # One place per half window: beside a plain shift each wiggle of the noise would be one.
            peak = (saved > enough) & (saved == maximum_filter1d(saved, min(left, right) // 2 + 1))
            found |= peak
            np.maximum(score, np.where(peak, saved, 0.0), out=score)
    chosen = np.flatnonzero(found)
    if len(chosen) > _MOST_PLACES:
        chosen = np.sort(chosen[np.argsort(score[chosen])[-_MOST_PLACES:]])
    return places[chosen]
