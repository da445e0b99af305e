"""The expected range of a series' next value, calibrated on how far its earlier forecasts were off."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from pytest_perfgate.stats.quantiles import Floats

# A level is the median of so many values: more lag behind a drift, fewer follow a stray one.
WINDOW = 5
# Fewer misses say nothing of one in ten.
FEWEST_MISSES = 10
# Older ones tell of a machine that has changed since.
_MOST_MISSES = 100
# The level is moved by this after each of the last ranges; a larger step follows faster and wanders more.
_STEP = 0.05
_REPLAYED = 50


class NextValue(Struct, frozen=True):
    """`expected` with its range; `misses`: number of earlier forecasts that it is calibrated on."""

    expected: float
    lower: float
    upper: float
    misses: int


def next_value(values: Floats, *, level: float = 0.9, restarts: tuple[int, ...] = ()) -> NextValue | None:
    """The range that holds the next value with probability `level`; None with fewer than ten earlier forecasts.

    `values`: oldest first, finite, on a scale on which differences add up; `restarts`: places at which the level
    shifted: no forecast looks back beyond one, and the value at one was no forecast's fault. The forecast is the median
    of the last five values. The range is conformal (Vovk, Gammerman and Shafer 2005, doi 10.1007/b106715): the misses
    of earlier forecasts, the last hundred, themselves hold the next one with the probability asked for, whatever their
    distribution, as long as it stays the same. It does not quite, so the probability asked for is moved by how often
    the last ranges missed (Gibbs and Candes 2021, arXiv 2106.00170). Each side is cut at its own quantile, since times
    are skewed.
    """
    misses = past_misses(values, restarts)
    if len(misses) < FEWEST_MISSES:
        return None
    expected = _forecast(values, len(values), restarts)
    lower, upper = conformal_range(misses[-_MOST_MISSES:], adapted_level(misses, level))
    return NextValue(expected, expected + lower, expected + upper, min(len(misses), _MOST_MISSES))


def adapted_level(misses: Floats, level: float) -> float:
    """The level at which the last ranges would have held as often as they should."""
    asked = 1 - level
    for place in range(max(FEWEST_MISSES, len(misses) - _REPLAYED), len(misses)):
        lower, upper = conformal_range(misses[max(0, place - _MOST_MISSES) : place], 1 - asked)
        outside = not lower <= misses[place] <= upper
        asked = min(max(asked + _STEP * ((1 - level) - outside), 0.0), 1.0)
    return 1 - asked


def past_misses(values: Floats, restarts: tuple[int, ...] = ()) -> Floats:
    """Value minus forecast, for each value that had one."""
    skipped = {0, *restarts}
    return np.array(
        [values[place] - _forecast(values, place, restarts) for place in range(len(values)) if place not in skipped]
    )


def conformal_range(misses: Floats, level: float) -> tuple[float, float]:
    """Bounds between which the next miss lies with probability `level`: order statistics of n at p (n + 1).

    Between two of them by linear interpolation; beyond the last, which few misses ask for, the last is taken.
    """
    ordered = np.sort(misses)
    tail = (1 - level) / 2
    places = np.array([tail, 1 - tail]) * (len(ordered) + 1) - 1
    lower, upper = np.interp(places, np.arange(len(ordered)), ordered)
    return float(lower), float(upper)


def _forecast(values: Floats, place: int, restarts: tuple[int, ...]) -> float:
    """From the values before `place`, none older than the newest restart before it."""
    start = max((restart for restart in restarts if restart < place), default=0)
    return float(np.median(values[max(start, place - WINDOW) : place]))
