"""How often a rule of several looks ends with a finding, by simulation of the looks themselves.

A formula for one t-test would promise too much: a benchmark is given up between the looks, and too little: the later
looks bring more processes. The draws are common random numbers: the same for every size of a change, so that the
share that is caught rises with the size, and two settings differ by what they do and not by luck.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from msgspec import Struct

from pytest_perfgate.stats.process_level import process_level
from pytest_perfgate.stats.quantiles import Floats
from pytest_perfgate.stats.student import t_quantile

DRAWS = 2_000
_STEPS = 12
# A change beyond e^3, twenty times as slow, needs no gate.
_LARGEST = 3.0


class LookRule(Struct, frozen=True):
    """When a look finds a change, and when it gives up; all on the log scale.

    `critical`: standard errors that a finding needs; `bound`: the smallest change that counts; `promising`,
    `too_wide`: shares of it, the estimate above the first or the upper bound above the second deserves a look.
    `half`: standard errors from the estimate to that upper bound.
    """

    critical: float
    half: float
    bound: float
    promising: float
    too_wide: float


def look_rule(
    *, p_value: float, df: float, bound: float, promising: float, too_wide: float, one_sided: float = 0.05
) -> LookRule:
    """The rule of a t-test. `p_value`: two-sided, that one row must reach; `one_sided`: error of the upper bound."""
    critical, half = -float(t_quantile(p_value / 2, df)), -float(t_quantile(one_sided, df))
    return LookRule(critical, half, bound, promising, too_wide)


class LookDraws(Struct, frozen=True):
    """Noise of many candidates, in units of one process's standard deviation.

    `changes`: (draws, looks) of a level that did not change; `scales`: (draws,) how far the deviation is misjudged;
    `errors`: (looks,) standard error that the test takes where it is not.
    """

    changes: Floats
    scales: Floats
    errors: Floats


def draw_changes(
    *, processes: int, looks: int, runs: int, baseline_processes: int, mood: float, seed: int, draws: int = DRAWS
) -> Floats:
    """Changes of level where nothing changed, (draws, looks), after `processes` more with each look.

    `mood`: share of the variance that the processes of one run have in common; the candidate's looks are one run.
    """
    dice = np.random.default_rng(seed)
    shared, own = np.sqrt(mood), np.sqrt(1 - mood)
    ours = shared * dice.standard_normal((draws, 1)) + own * dice.standard_normal((draws, processes * looks))
    per_run = max(1, round(baseline_processes / runs))
    theirs = shared * dice.standard_normal((draws, runs, 1)) + own * dice.standard_normal((draws, runs, per_run))
    base = process_level(theirs.reshape(draws, -1).T)
    levels = [process_level(ours[:, : processes * (look + 1)].T) for look in range(looks)]
    return np.stack([level - base for level in levels], axis=1)


def draw_scales(df: float, *, seed: int, draws: int = DRAWS) -> Floats:
    """Estimated over true standard deviation with `df` degrees of freedom, (draws,)."""
    scales: Floats = np.sqrt(np.random.default_rng(seed).chisquare(df, draws) / df)
    return scales


def share_found(change: float, deviation: float, noise: LookDraws, rule: LookRule) -> tuple[float, float]:
    """Share of the candidates with this change that end as found, and the looks that they take on average.

    `change`: true change, log scale; `deviation`: of one process.
    """
    found, worth = _looks(change, deviation, noise, rule)
    goes_on = np.cumprod(found | worth, axis=1).astype(bool)
    looks = np.minimum(1 + goes_on.sum(axis=1), goes_on.shape[1])
    return float(np.mean(found[np.arange(len(looks)), looks - 1])), float(np.mean(looks))


def share_doubted(change: float, deviation: float, noise: LookDraws, rule: LookRule) -> float:
    """Share of the candidates with this change that the first look finds, or finds worth another look."""
    found, worth = _looks(change, deviation, noise, rule)
    return float(np.mean((found | worth)[:, 0]))


def _looks(change: float, deviation: float, noise: LookDraws, rule: LookRule) -> tuple[np.ndarray, np.ndarray]:
    """Per candidate and look: whether it finds a change, and whether it deserves a further look."""
    estimates = change + deviation * noise.changes
    errors = deviation * noise.scales[:, None] * noise.errors
    upper = estimates + rule.half * errors
    found = (estimates >= rule.bound) & (estimates >= rule.critical * errors)
    worth = (upper >= rule.bound) & ((estimates > rule.promising * rule.bound) | (upper > rule.too_wide * rule.bound))
    return found, worth


def change_found(power: float, deviation: float, noise: LookDraws, rule: LookRule) -> float | None:
    """The smallest change that is found with this power, log scale; None where it is beyond twentyfold."""
    return _smallest(power, lambda change: share_found(change, deviation, noise, rule)[0], max(rule.bound, deviation))


def change_doubted(power: float, deviation: float, noise: LookDraws, rule: LookRule) -> float | None:
    """The smallest change that the first look leaves in doubt, or finds, with this probability; likewise."""
    return _smallest(power, lambda change: share_doubted(change, deviation, noise, rule), max(rule.bound, deviation))


def _smallest(power: float, share: Callable[[float], float], high: float) -> float | None:
    if share(0.0) >= power:
        return 0.0
    low = 0.0
    while share(high) < power:
        low, high = high, 2 * high
        if low > _LARGEST:
            return None
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if share(middle) >= power else (middle, high)
    return high if high <= _LARGEST else None
