"""Evidence from pairs: base and candidate measured in lockstep, one estimate of the change per pair."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.analysis.columns import is_absolute
from pytest_perfgate.analysis.compare import corrected, is_judged, judged_metrics
from pytest_perfgate.model import (
    BenchmarkId,
    Comparison,
    ConfidenceInterval,
    Estimate,
    Metric,
    Pair,
    Policy,
    Run,
    Sample,
)
from pytest_perfgate.model.policy import FEWEST_PAIRS
from pytest_perfgate.stats.paired_change import PairedChanges, paired_changes
from pytest_perfgate.stats.quantiles import Floats
from pytest_perfgate.stats.sequential import nominal_levels, spend_evenly, spend_late
from pytest_perfgate.stats.student import t_quantile, t_survival

_POWER = 0.80
_EQUIVALENCE = 0.05


class Looks(Struct, frozen=True):
    """A look after every pair from FEWEST_PAIRS on, up to `most_pairs`; `last`: no further pair will come."""

    most_pairs: int
    last: bool = False

    def level(self, alpha: float, pairs: int, *, late: bool) -> float:
        """Nominal two-sided level of the look after so many pairs, for an error of `alpha` over all looks."""
        spend = spend_late if late else spend_evenly
        most = max(self.most_pairs, pairs, FEWEST_PAIRS)
        fractions = [count / most for count in range(FEWEST_PAIRS, most + 1)]
        look = max(pairs, FEWEST_PAIRS) - FEWEST_PAIRS
        if self.last:
            fractions = [*fractions[:look], 1.0]
        spent = tuple(spend(alpha, fraction) for fraction in fractions)
        return max(nominal_levels(spent, tuple(fractions))[look], 1e-300)


def compare_pairs(pairs: Sequence[Pair], candidate: Run, policy: Policy, looks: Looks) -> tuple[Comparison, ...]:
    """Every judged metric of every benchmark that both sides measured, corrected for suite and looks.

    `candidate`: the run of all candidate samples, for the facts of its benchmarks.
    """
    rows: list[Comparison] = []
    for metric in judged_metrics(candidate, policy).values():
        matrix = _estimates(pairs, metric, candidate, policy)
        if matrix.names:
            rows += _rows(matrix, policy, looks, tests=max(len(candidate.benchmarks), 1))
    return corrected(rows, policy)


class _Matrix(Struct, frozen=True):
    """`changes`: (pairs, benchmarks), log scale or the unit of an absolute metric; `base`: the base's locations."""

    metric: Metric
    names: tuple[BenchmarkId, ...]
    changes: Floats
    base: Floats


def _estimates(pairs: Sequence[Pair], metric: Metric, candidate: Run, policy: Policy) -> _Matrix:
    both = [(_by_name(pair.base.samples, metric), _by_name(pair.candidate.samples, metric)) for pair in pairs]
    found = dict.fromkeys(name for ours in both for name in ours[1] if name in ours[0])
    names = tuple(name for name in found if is_judged(name, metric, candidate, policy))
    changes = np.full((len(pairs), len(names)), np.nan)
    base = np.full_like(changes, np.nan)
    for row, (theirs, ours) in enumerate(both):
        for place, name in enumerate(names):
            if name in theirs and name in ours:
                changes[row, place] = change_of_pair(theirs[name], ours[name])
                base[row, place] = theirs[name].location
    return _Matrix(metric, names, changes, base)


def _by_name(samples: Sequence[Sample], metric: Metric) -> Mapping[BenchmarkId, Sample]:
    return {sample.benchmark: sample for sample in samples if sample.metric.name == metric.name}


def change_of_pair(base: Sample, candidate: Sample) -> float:
    """One pair's estimate, from where the slices of each side lie; NaN where no logarithm can be taken."""
    if is_absolute(base.metric):
        return candidate.location - base.location
    if base.location == candidate.location == 0:
        return 0.0
    if not (base.location > 0 and candidate.location > 0):
        return math.nan
    return math.log(candidate.location / base.location)


def _rows(matrix: _Matrix, policy: Policy, looks: Looks, *, tests: int) -> list[Comparison]:
    found = paired_changes(matrix.changes)
    numbers = _numbers(found, policy, looks, tests=tests, newest=len(matrix.changes))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a column without any value has no median
        base = np.nanmedian(matrix.base, axis=0)
    return [
        _row(matrix, place, int(found.pairs[place]), float(base[place]), policy, numbers)
        for place in range(len(matrix.names))
    ]


class _Numbers(Struct, frozen=True):
    """(benchmarks,) each; `half`: of the interval; `level`: of the two one-sided tests."""

    change: Floats
    error: Floats
    df: Floats
    half: Floats
    p_value: Floats
    level: Floats
    detectable: Floats


def _numbers(found: PairedChanges, policy: Policy, looks: Looks, *, tests: int, newest: int) -> _Numbers:
    per_test = policy.alpha / tests
    designs = {
        pairs: replace(looks, last=looks.last and pairs == newest) for pairs in {int(pairs) for pairs in found.pairs}
    }

    def levels(alpha: float, *, late: bool) -> Floats:
        by_pairs = {pairs: design.level(alpha, pairs, late=late) for pairs, design in designs.items()}
        return np.array([by_pairs[int(pairs)] for pairs in found.pairs])

    late, wide = levels(per_test, late=True), levels(1 - policy.interval_level, late=False)
    with np.errstate(invalid="ignore", divide="ignore"):
        p_value = 2 * t_survival(np.abs(found.change) / found.error, found.df)
    return _Numbers(
        change=found.change,
        error=found.error,
        df=found.df,
        half=t_quantile(1 - wide / 2, found.df) * found.error,
        # What the looks cost is in the p-value: it falls below alpha when this look's own level is met.
        p_value=np.minimum(1.0, p_value * per_test / late),
        level=levels(2 * _EQUIVALENCE, late=False) / 2,
        detectable=(t_quantile(1 - late / 2, found.df) + t_quantile(_POWER, found.df)) * found.error,
    )


def _row(matrix: _Matrix, place: int, pairs: int, base: float, policy: Policy, numbers: _Numbers) -> Comparison:
    facts = Comparison(
        benchmark=matrix.names[place],
        metric=matrix.metric,
        method="paired",
        baseline_runs=pairs,
        baseline_processes=pairs,
        candidate_processes=pairs,
        looks=max(1, pairs - FEWEST_PAIRS + 1),
    )
    change, half = float(numbers.change[place]), float(numbers.half[place])
    if not pairs or not math.isfinite(change):
        return replace(facts, warnings=("no pair has a value of both sides of which a change can be taken",))
    absolute = is_absolute(matrix.metric)
    return replace(
        facts,
        baseline=Estimate(base),
        candidate=Estimate(base + change if absolute else base * math.exp(change)),
        relative_change=_relative(change, absolute=absolute),
        interval=ConfidenceInterval(
            policy.interval_level,
            _relative(change - half, absolute=absolute),
            _relative(change + half, absolute=absolute),
        ),
        log_change=change,
        standard_error=float(numbers.error[place]),
        degrees_of_freedom=float(numbers.df[place]),
        p_value=float(numbers.p_value[place]),
        equivalence_level=float(numbers.level[place]),
        smallest_detectable_change=_relative(float(numbers.detectable[place]), absolute=absolute),
    )


def _relative(change: float, *, absolute: bool) -> float:
    return change if absolute else math.expm1(min(change, 700.0))
