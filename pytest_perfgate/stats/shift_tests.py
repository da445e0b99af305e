"""Whether a series' level shifts at the border between two pieces of it: the tests, and what they are of."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.stats.partition import Piece, Sums
from pytest_perfgate.stats.quantiles import Floats
from pytest_perfgate.stats.series_noise import SeriesNoise

# A level that holds for fewer points is a stray one, not a level.
SHORTEST = 3
# A level's own scatter counts as if so many further points showed the whole series' scatter.
_LENT = 8.0
_MOST_DEGREES_OF_FREEDOM = 60.0
_RANGE = 0.95
_CLIP = 2.5
# So many points around a level tell how they scatter there.
_AROUND = 30
_QUIETEST = 0.8


class LevelShift(Struct, frozen=True):
    """The level is another one from point `place` on; with 95 % it shifted at one of `earliest` to `latest`.

    From level `before` it moved by `change`, with standard `error` and `df` degrees of freedom. `p_value`: that
    unchanged noise shows as much somewhere in these two levels; `p_here`: that it does at this very place.
    """

    place: int
    earliest: int
    latest: int
    before: float
    change: float
    error: float
    df: float
    p_value: float
    p_here: float


class Slope(Struct, frozen=True):
    """Points `start` to `stop` (exclusive) drift by `per_point` up to level `end`; `error`: standard, with `df`."""

    start: int
    stop: int
    end: float
    per_point: float
    error: float
    df: float
    p_value: float


class BorderJudge:
    """Tests the borders between pieces."""

    def __init__(
        self, values: Floats, clipped: Floats, noise: SeriesNoise, variance: float, known: Mapping[int, float]
    ) -> None:
        self._values, self._clipped, self._sums = values, clipped, Sums(clipped)
        self._noise, self._variance = noise, variance
        self._known = known
        self._ends: dict[tuple[Piece, bool], tuple[float, float, float]] = {}

    def shift(self, before: Piece, after: Piece) -> LevelShift:
        """Welch's test of the levels on both sides of the border (doi 10.1093/biomet/34.1-2.28)."""
        one, two = self._end(before, last=True), self._end(after, last=False)
        change = two[0] - one[0]
        squared = one[1] + two[1]
        df = squared**2 / (one[1] ** 2 / one[2] + two[1] ** 2 / two[2])
        df = min(df, _MOST_DEGREES_OF_FREEDOM)
        error = float(np.sqrt(squared))
        here = two_sided(change / error, df)
        if not (self._holds(before, one[0], two[0]) and self._holds(after, two[0], one[0])):
            here = 1.0
        searched = p_of_the_largest(here, after.stop - before.start, SHORTEST)
        prices = [price for place, price in self._known.items() if abs(after.start - place) <= 1]
        p_value = min([searched, *(here * price for price in prices)])
        return LevelShift(after.start, after.start, after.start, one[0], change, error, df, p_value, here)

    def _holds(self, piece: Piece, level: float, other: float) -> bool:
        """Whether a level is more than one or two stray runs: enough points are nearer to it than to the other."""
        if piece.stop - piece.start >= 2 * SHORTEST:
            return True
        values = self._values[piece.start : piece.stop]
        return int(np.sum(np.abs(values - level) < np.abs(values - other))) >= SHORTEST

    def _end(self, piece: Piece, *, last: bool) -> tuple[float, float, float]:
        """Level at one end of a piece, its variance and degrees of freedom."""
        key = (piece, last and piece.is_line)
        if key not in self._ends:
            self._ends[key] = self._measured_end(piece, last=last)
        return self._ends[key]

    def _measured_end(self, piece: Piece, *, last: bool) -> tuple[float, float, float]:
        values = self._values[piece.start : piece.stop]
        count = len(values)
        slope = self._raw_slope(values) if piece.is_line else 0.0
        anchor = count - 1 if last else 0
        values = values - slope * (np.arange(count) - anchor)
        middle = float(np.median(values))
        scale = self._scale_around(piece)
        spread = max(1.4826 * float(np.median(np.abs(values - middle))), scale)
        kept = np.clip(values, middle - _CLIP * spread, middle + _CLIP * spread)
        used = 2 if piece.is_line else 1
        own = float(np.sum((kept - np.mean(kept)) ** 2))
        variance = (own + _LENT * scale**2) / (count - used + _LENT)
        # The end of a line is four times as uncertain as the middle of a level.
        effective = count / self._noise.inflation / (4 if piece.is_line else 1)
        return float(np.mean(kept)), variance / max(effective, 1.0), (count - used) / self._noise.inflation + _LENT

    def _scale_around(self, piece: Piece) -> float:
        """The scatter here, where a series is long enough to have another one elsewhere."""
        missing = max(_AROUND - (piece.stop - piece.start), 0)
        start, stop = max(piece.start - missing // 2, 0), piece.stop + missing // 2
        if len(self._values) < 2 * _AROUND:
            return self._noise.scale
        steps = np.abs(np.diff(self._values[start:stop]))
        here = 1.4826 * float(np.median(steps)) / float(np.sqrt(2 * (1 - self._noise.correlation)))
        return max(here, _QUIETEST * self._noise.scale)

    @staticmethod
    def _raw_slope(values: Floats) -> float:
        place = np.arange(len(values)) - (len(values) - 1) / 2
        return float(place @ values / (place @ place))

    def slope(self, piece: Piece) -> Slope:
        """Least squares over the piece, outliers clipped."""
        values = self._clipped[piece.start : piece.stop]
        place = np.arange(len(values)) - (len(values) - 1) / 2
        per_point = self._raw_slope(values)
        rest = values - np.mean(values) - per_point * place
        df = max((len(values) - 2) / self._noise.inflation, 1.0)
        error = float(np.sqrt(rest @ rest / max(len(values) - 2, 1) * self._noise.inflation / (place @ place)))
        error = max(error, self._noise.scale / len(values) ** 1.5)
        end = float(np.mean(values) + per_point * place[-1])
        return Slope(piece.start, piece.stop, end, per_point, error, df, two_sided(per_point / error, df))

    def is_bend(self, before: Piece, after: Piece, price: float) -> bool:
        """Whether the border is where a slope begins or ends: no shift, and yet one piece would not do."""
        if not (before.is_line or after.is_line):
            return False
        apart = self._cost(before) + self._cost(after)
        return self._cost(self.merged(before, after, price)) - apart > 2 * price

    def _cost(self, piece: Piece) -> float:
        start, stop = np.array([piece.start]), np.array([piece.stop])
        cost = self._sums.flat(start, stop) - (self._sums.explained(start, stop) if piece.is_line else 0.0)
        return float(cost[0]) / self._variance

    def merged(self, before: Piece, after: Piece, price: float) -> Piece:
        """Both as one, a line where that pays its price."""
        flat = Piece(before.start, after.stop, False)
        line = Piece(before.start, after.stop, True)
        return line if self._cost(line) + price < self._cost(flat) else flat

    def placed(self, shift: LevelShift, before: Piece, after: Piece) -> LevelShift:
        """The shift with the range of places that the data allow: the likelihood of each, all equally likely before."""
        if before.is_line or after.is_line:
            return shift
        places = np.arange(before.start + 1, after.stop)
        start, stop = np.full_like(places, before.start), np.full_like(places, after.stop)
        costs = (self._sums.flat(start, places) + self._sums.flat(places, stop)) / self._variance
        weights = np.exp(-(costs - costs.min()) / 2)
        weights /= weights.sum()
        likely = np.argsort(weights)[::-1]
        kept = places[likely[: int(np.searchsorted(np.cumsum(weights[likely]), _RANGE)) + 1]]
        earliest, latest = min(int(kept.min()), shift.place), max(int(kept.max()), shift.place)
        return replace(shift, earliest=earliest, latest=latest)


def two_sided(statistic: float, df: float) -> float:
    """Student's two-sided p-value."""
    from scipy.special import stdtr

    return float(2 * stdtr(df, -abs(statistic)))


def p_of_the_largest(p_value: float, count: int, shortest: int) -> float:
    """p-value of the largest of all comparisons of a series' beginning with its end, from that of one.

    `count`: points, `shortest`: fewest on either side. James, James and Siegmund 1987, doi 10.1093/biomet/74.1.71
    (as in Csörgő and Horváth 1997, equation 1.3.26).
    """
    from scipy.special import ndtri

    if p_value <= 0 or count <= 2 * shortest:
        return min(p_value, 1.0)
    level = -float(ndtri(p_value / 2))
    if level < 1.5:  # noqa: PLR2004 - the approximation holds in the tail
        return 1.0
    density = np.exp(-(level**2) / 2) / np.sqrt(2 * np.pi)
    ways = 2 * np.log((count - shortest) / shortest)
    tail = level * density * (ways * (1 - 1 / level**2) + 4 / level**2)
    return float(min(max(tail, p_value), 1.0))
