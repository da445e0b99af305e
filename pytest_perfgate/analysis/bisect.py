"""Evidence on one benchmark along a line of commits: whether it changed at all, and where."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from enum import Enum

import numpy as np

from pytest_perfgate.analysis.paired import Looks
from pytest_perfgate.model import ConfidenceInterval
from pytest_perfgate.model.bisect import Change
from pytest_perfgate.model.policy import FEWEST_PAIRS, PAIRED_LEAST_ESTIMATE
from pytest_perfgate.stats.paired_change import paired_changes
from pytest_perfgate.stats.step_place import differences, step_probabilities
from pytest_perfgate.stats.student import t_quantile, t_survival

_INTERVAL_LEVEL = 0.95
_EQUIVALENCE = 0.05

# (place of the base, place of the candidate) -> one estimate per pair, log scale, positive in the sought direction.
Estimates = Mapping[tuple[int, int], Sequence[float]]


class Total(Enum):
    """What is known of the change from good to bad."""

    CHANGED = "changed"
    OTHER_WAY = "changed the other way"
    UNCHANGED = "unchanged"
    OPEN = "open"


@functools.lru_cache(maxsize=1024)
def judge_total(estimates: tuple[float, ...], *, min_change: float, alpha: float, most_pairs: int, last: bool) -> Total:
    """As the paired gate judges: the first look that decides counts, and the looks are paid for.

    Evenly, since a change is expected here, and what is taken for one is put to the test at the end. `last`: no further
    pair will come.
    """
    for count in range(FEWEST_PAIRS, len(estimates) + 1):
        looks = Looks(most_pairs, last=last and count == len(estimates))
        found = _judge_look(estimates[:count], min_change, alpha, looks)
        if found is not Total.OPEN:
            return found
    return Total.OPEN


def _judge_look(estimates: Sequence[float], min_change: float, alpha: float, looks: Looks) -> Total:
    change, error, df = _level(estimates)
    least = math.log1p(min_change)
    p_value = float(2 * t_survival(abs(change) / error, df))
    if p_value < looks.level(alpha, len(estimates), late=False) and abs(change) >= PAIRED_LEAST_ESTIMATE * least:
        return Total.CHANGED if change > 0 else Total.OTHER_WAY
    level = looks.level(2 * _EQUIVALENCE, len(estimates), late=False) / 2
    half = float(t_quantile(1 - level, df)) * error
    return Total.UNCHANGED if abs(change) + half < least else Total.OPEN


def change_of(estimates: Sequence[float], *, improvement: bool) -> Change:
    """The relative change with its 95 % interval; `improvement`: the estimates are of a search for one."""
    change, error, df = _level(estimates)
    half = float(t_quantile((1 + _INTERVAL_LEVEL) / 2, df)) * error
    sign = -1.0 if improvement else 1.0
    lower, upper = sorted((math.expm1(sign * (change - half)), math.expm1(sign * (change + half))))
    return Change(math.expm1(sign * change), ConfidenceInterval(_INTERVAL_LEVEL, lower, upper), len(estimates))


def where_it_changed(estimates: Estimates, places: int) -> list[float]:
    """Probability of each place from 1 on (0 is good) to be the first with the change."""
    measured = [(lower, upper, values) for (lower, upper), values in estimates.items() if values]
    return [float(each) for each in step_probabilities(differences(measured), places)]


def _level(estimates: Sequence[float]) -> tuple[float, float, float]:
    found = paired_changes(np.asarray(estimates, dtype=np.float64)[:, None])
    return float(found.change[0]), float(found.error[0]), float(found.df[0])
