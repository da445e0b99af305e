"""Where a benchmark lies over its processes, and how far that estimate is off.

Processes are the replicates, and their errors have one heavy tail: now and then a whole process is 5 to 40 %
slower (memory layout, hash seed, a neighbour), hardly ever faster. A mean keeps half of every such accident, a
median fails once half of the processes are hit; the lower third survives both and moves in full with the code.
"""

from __future__ import annotations

import numpy as np

from pytest_perfgate.stats.quantiles import Floats, column_quantile

PROCESS_QUANTILE = 1 / 3
# p (1 - p) / density(quantile)^2 of the standard normal at p = 1/3: variance of the sample quantile times n / scale^2
# (Mosteller 1946, doi 10.1214/aoms/1177730881).
QUANTILE_VARIANCE = 1.68
# Half of the distance between these quantiles is one standard deviation of a normal distribution.
_SCALE_QUANTILES = (0.1587, 0.8413)
# Where there is nothing to estimate it from, and the least that is always assumed; measured on a shared machine:
# 0.04 by itself, 0.10 beside a noisy neighbour.
DEFAULT_SHARED_MOOD = 0.2
SMALLEST_SHARED_MOOD = 0.02
# Below this the clock, and the rounding of stored values, are all that is left.
SMALLEST_SCALE = 5e-4


def process_level(values: Floats) -> Floats:
    """Lower third of each column's processes; `values`: (processes, benchmarks), log scale; slow is positive."""
    return column_quantile(values, PROCESS_QUANTILE)


def process_scale(values: Floats) -> Floats:
    """Spread of each column's processes: geometric mean of the standard deviation and the 68 % half-range.

    The standard deviation follows the accidents that the level ignores and is too large; the half-range does
    not see them at all and is too small for the tails that remain. Between them the error of the level is met
    best (`benchmarks/accuracy`). `values`: (processes, benchmarks); returns (benchmarks,).
    """
    low, high = (column_quantile(values, probability) for probability in _SCALE_QUANTILES)
    half_range = np.maximum((high - low) / 2, SMALLEST_SCALE)
    counts = np.sum(~np.isnan(values), axis=0)
    mean = np.nansum(values, axis=0) / np.maximum(counts, 1)
    squares = np.nansum((values - mean) ** 2, axis=0) / np.maximum(counts - 1, 1)
    deviation = np.maximum(np.sqrt(squares), SMALLEST_SCALE)
    scale: Floats = np.sqrt(deviation * half_range)
    return scale


def shared_mood(values: Floats, runs: Floats, scale: Floats) -> float:
    """Share of the variance that the processes of one run have in common: intraclass correlation, 0 to 1.

    One number for the suite (a benchmark has too few runs for its own): one-way analysis of variance of the
    residuals, clipped at three scales so that single accidents do not decide (Shrout and Fleiss 1979,
    doi 10.1037/0033-2909.86.2.420). `values`: (processes, benchmarks); `runs`: (processes,) run index.
    """
    clipped = np.clip(values / scale, -3, 3)
    clipped = clipped - np.nansum(clipped, axis=0) / np.maximum(np.sum(~np.isnan(clipped), axis=0), 1)
    names, index = np.unique(runs, return_inverse=True)
    present = ~np.isnan(clipped)
    filled = np.where(present, clipped, 0.0)
    counts = np.zeros((len(names), values.shape[1]))
    sums = np.zeros_like(counts)
    np.add.at(counts, index, present)
    np.add.at(sums, index, filled)
    means = sums / np.maximum(counts, 1)
    within_df = np.sum(np.maximum(counts - 1, 0))
    between_df = np.sum(counts > 0) - values.shape[1]
    if within_df <= 0 or between_df <= 0:
        return DEFAULT_SHARED_MOOD
    within = np.sum(np.where(present, (filled - means[index]) ** 2, 0.0)) / within_df
    between = np.sum(counts * means**2) / between_df
    size = np.sum(counts) / np.sum(counts > 0)
    total = between + (size - 1) * within
    if size <= 1 or total <= 0:
        return DEFAULT_SHARED_MOOD
    return float(np.clip((between - within) / total, SMALLEST_SHARED_MOOD, 0.9))
