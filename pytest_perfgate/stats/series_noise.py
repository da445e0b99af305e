"""How far the points of a series scatter around its level, whatever the level does."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from pytest_perfgate.stats.quantiles import Floats

# The median of a normal's absolute value is its standard deviation divided by this.
_MAD_TO_DEVIATION = 1.4826
_NORMAL_90 = 1.645
# Where more than half of the points are equal the median sees no noise, yet there is some: then the upper tail decides
# alone, else it has a say only when it is far wider than a normal's.
_TAIL_SHARE = 0.6
_BLIND = 1 / 3
_CLIP = 3.0
_WINDOW = 5
_MOST_CORRELATION = 0.8
_BY_CHANCE = 2.0


class SeriesNoise(Struct, frozen=True):
    """`scale`: standard deviation of one point; `correlation`: of a point with the one before it, 0 to 0.8."""

    scale: float
    correlation: float

    @property
    def inflation(self) -> float:
        """How many times larger the variance of a mean is than that of as many independent points."""
        return (1 + self.correlation) / (1 - self.correlation)


def series_noise(values: Floats, smallest: float) -> SeriesNoise:
    """From the differences of neighbours, which a change of level touches once; at least `smallest`.

    Robust scale of the differences (Hampel 1974, doi 10.1080/01621459.1974.10482962); the correlation from how much
    wider differences over two steps are than over one (Tecuapetla-Gómez and Munk 2017, doi 10.1111/sjos.12256), less
    what chance alone would show.
    """
    if len(values) < 3:  # noqa: PLR2004 - nothing to take a spread of
        return SeriesNoise(smallest, 0.0)
    one, two = (_deviation(values[lag:] - values[:-lag]) for lag in (1, 2))
    scale = one / np.sqrt(2)
    if one <= smallest:
        return SeriesNoise(max(scale, smallest), 0.0)
    wider = _variance(values[2:] - values[:-2], two) / _variance(values[1:] - values[:-1], one)
    correlation = wider - 1 - _BY_CHANCE / np.sqrt(len(values))
    correlation = float(np.clip(correlation, 0.0, _MOST_CORRELATION))
    return SeriesNoise(max(scale / np.sqrt(1 - correlation), smallest), correlation)


def _variance(differences: Floats, deviation: float) -> float:
    """Clipped at three deviations: a median would be as robust, and twice as uncertain."""
    centred = differences - np.median(differences)
    return float(np.mean(np.clip(centred, -_CLIP * deviation, _CLIP * deviation) ** 2))


def _deviation(differences: Floats) -> float:
    # A drift moves all differences alike.
    sizes = np.abs(differences - np.median(differences))
    middle, upper = np.quantile(sizes, (0.5, 0.9))
    by_middle, by_tail = _MAD_TO_DEVIATION * float(middle), float(upper) / _NORMAL_90
    return by_tail if by_middle < _BLIND * by_tail else max(by_middle, _TAIL_SHARE * by_tail)


def without_outliers(values: Floats, scale: float) -> Floats:
    """Each point at most three scales away from the median of its five neighbours.

    One or two odd runs in a row can't move a mean by much; a level that stays for three passes untouched.
    """
    if len(values) < _WINDOW:
        return values
    half = _WINDOW // 2
    padded = np.pad(values, half, mode="reflect")
    middle = np.median(np.lib.stride_tricks.sliding_window_view(padded, _WINDOW), axis=1)
    clipped: Floats = np.clip(values, middle - _CLIP * scale, middle + _CLIP * scale)
    return clipped
