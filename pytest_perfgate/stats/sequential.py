"""Repeated looks at growing data, paid for: group-sequential designs by alpha spending."""

from __future__ import annotations

import functools
import math

import numpy as np

_GRID = 1001
_WIDEST = 8.0


def spend_late(alpha: float, fraction: float) -> float:
    """Two-sided error spent up to an information fraction, O'Brien and Fleming's way: hardly any early.

    Lan and DeMets 1983, doi 10.1093/biomet/70.3.659. The last look keeps nearly the whole level.
    """
    from scipy.special import ndtr, ndtri

    if fraction <= 0:
        return 0.0
    return float(min(alpha, 4 * ndtr(ndtri(alpha / 4) / math.sqrt(min(fraction, 1.0)))))


def spend_evenly(alpha: float, fraction: float) -> float:
    """Two-sided error spent in proportion to the information (Kim and DeMets 1987, doi 10.1093/biomet/74.1.149)."""
    return alpha * min(max(fraction, 0.0), 1.0)


@functools.lru_cache(maxsize=256)
def nominal_levels(spent: tuple[float, ...], fractions: tuple[float, ...]) -> tuple[float, ...]:
    """Two-sided nominal level of each look, so that `spent[k]` is the error over the looks up to k.

    `fractions`: information at each look, increasing, in (0, 1]. The levels are those of a normal statistic
    with independent increments; a t-test uses them as they are: the significance-level approach (Jennison and
    Turnbull 2000, ISBN 0-8493-0316-8, section 4.4). The recursion is Armitage, McPherson and Rowe's (1969,
    doi 10.2307/2343787), on the scale of sums: z sqrt(fraction).
    """
    from scipy.special import ndtr

    levels: list[float] = []
    grid = np.linspace(-_WIDEST, _WIDEST, _GRID)
    density = None  # of the running sum, over the paths that were not stopped
    before, spent_before = 0.0, 0.0
    for target, fraction in zip(spent, fractions, strict=True):
        step = math.sqrt(fraction - before)
        increment = np.exp(-((grid / step) ** 2) / 2) / (step * math.sqrt(2 * math.pi))
        now = increment if density is None else np.convolve(density, increment, "same") * (grid[1] - grid[0])
        bound = _bound(grid, now, max(target - spent_before, 0.0))
        levels.append(float(2 * ndtr(-bound / math.sqrt(fraction))))
        density = np.where(np.abs(grid) < bound, now, 0.0)
        before, spent_before = fraction, target
    return tuple(levels)


def _bound(grid: np.ndarray, density: np.ndarray, error: float) -> float:
    """Where |sum| leaves `error` outside, by linear interpolation of the tail areas."""
    if error <= 0:
        return _WIDEST
    width = grid[1] - grid[0]
    half = grid >= 0
    tail = np.cumsum((density[half] * width)[::-1])[::-1] * 2
    tail -= density[half] * width  # the cell's own half belongs to the inside
    return float(np.interp(-error, -tail, grid[half]))
