"""Where along a line a level steps, from noisy differences between places of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from pytest_perfgate.stats.paired_change import paired_changes
from pytest_perfgate.stats.quantiles import Floats

_SIZES = 200
# How far beyond what was measured the step may lie, in standard errors.
_REACH = 6.0
# What the level does from place to place besides the step (standard deviation, log scale): small changes of no
# interest, and the layout of memory. By simulation (`benchmarks/bisect`): with none, a step of 3 % among changes of
# 0.3 % is put in the wrong place with certainty now and then; with more, small steps need many more estimates.
WANDER = 0.003


class Differences(Struct, frozen=True):
    """Level at `upper` minus level at `lower`, measured; places count from 0, differences on the log scale.

    `lower`, `upper`, `change`, `error`, `df`: (comparisons,).
    """

    lower: tuple[int, ...]
    upper: tuple[int, ...]
    change: Floats
    error: Floats
    df: Floats


def differences(estimates: Sequence[tuple[int, int, Sequence[float]]]) -> Differences:
    """One row per pair of places that were compared: (lower, upper, its estimates); variances are moderated."""
    longest = max(len(values) for _, _, values in estimates)
    matrix = np.full((longest, len(estimates)), np.nan)
    for column, (_, _, values) in enumerate(estimates):
        matrix[: len(values), column] = values
    found = paired_changes(matrix)
    lower, upper, _ = zip(*estimates, strict=True)
    return Differences(lower, upper, found.change, found.error, found.df)


def step_probabilities(measured: Differences, places: int) -> Floats:
    """Probability that the one step lies between place k and k + 1, for k from 0 to `places` - 2.

    Bayes' rule under one model: the level steps up once, anywhere with the same probability (uniform prior), by a
    size of which nothing is known (flat prior, averaged over); each difference is the step if it spans it, else 0,
    give or take WANDER and a Student t error. This is the posterior of noisy binary search (Horstein 1963, doi
    10.1109/TIT.1963.1057832; Burnashev and Zigangirov 1974) with the answers' strength measured, not assumed.
    """
    from scipy.stats import t as student

    scale = np.sqrt(measured.error**2 + WANDER**2)
    top = float(np.max(np.abs(measured.change) + _REACH * scale))
    sizes = np.linspace(0.0, top, _SIZES + 1)[1:]
    missed = student.logpdf(measured.change / scale, measured.df)
    spanned = student.logpdf((measured.change[:, None] - sizes) / scale[:, None], measured.df[:, None])
    gaps = np.arange(places - 1)
    spans = (np.asarray(measured.lower) <= gaps[:, None]) & (gaps[:, None] < np.asarray(measured.upper))
    # What does not span the step is the same for all sizes.
    evidence = (~spans) @ missed
    evidence = evidence[:, None] + spans.astype(float) @ spanned
    weights = np.exp(evidence - evidence.max()).sum(axis=1)
    probabilities: Floats = weights / weights.sum()
    return probabilities
