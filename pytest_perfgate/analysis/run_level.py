"""The default method: processes as replicates, canaries taken out, variances moderated, runs' moods paid for."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from pytest_perfgate.analysis.columns import Columns, badness, comparable, is_absolute
from pytest_perfgate.analysis.spread import Spread, count_runs, spread_of
from pytest_perfgate.model import BenchmarkId, Comparison, ConfidenceInterval, Estimate, Metric
from pytest_perfgate.stats.canary_adjustment import fit_canaries
from pytest_perfgate.stats.process_level import process_level
from pytest_perfgate.stats.quantiles import Floats, column_quantile
from pytest_perfgate.stats.student import t_quantile, t_survival

_POWER = 0.80
# The ratchet looks at the oldest third of the window, where the window is long enough to have one.
RATCHET_MINIMUM_RUNS = 6


class LevelChange(Struct, frozen=True):
    """Change of level of one metric, as arrays over the benchmarks.

    `change`, `error`: natural log scale (the metric's unit for absolute metrics), positive is worse; `df`:
    degrees of freedom; `spread`: the noise behind them; `problem`: text per benchmark where nothing could be computed.
    """

    metric: Metric
    badness: float
    change: Floats
    error: Floats
    df: Floats
    p_value: Floats
    detectable: Floats
    quantile: Floats
    level: float
    machine_shift: Floats
    baseline_level: Floats
    baseline_runs: Floats
    baseline_processes: Floats
    candidate_processes: Floats
    spread: Spread
    problems: dict[int, str]

    def comparison(self, place: int, benchmark: BenchmarkId, *, looks: int) -> Comparison:
        """The evidence of one benchmark."""
        facts = Comparison(
            benchmark=benchmark,
            metric=self.metric,
            method="canary" if np.isfinite(self.machine_shift[place]) else "levels",
            baseline_runs=int(self.baseline_runs[place]),
            baseline_processes=int(self.baseline_processes[place]),
            candidate_processes=int(self.candidate_processes[place]),
            machine_shift=_finite(self.machine_shift[place]),
            looks=looks,
        )
        if place in self.problems:
            return _with(facts, warnings=(self.problems[place],))
        return _with(facts, **self._numbers(place))

    def _numbers(self, place: int) -> dict[str, object]:
        signed = float(self.badness * self.change[place])
        half = float(self.quantile[place] * self.error[place])
        base = float(self.baseline_level[place])
        absolute = is_absolute(self.metric)
        bounds = (signed - half, signed + half)
        return {
            "baseline": Estimate(base if absolute else float(np.exp(base))),
            "candidate": Estimate(base + signed if absolute else float(np.exp(base + signed))),
            "relative_change": _relative(signed, absolute=absolute),
            "interval": ConfidenceInterval(self.level, *(_relative(bound, absolute=absolute) for bound in bounds)),
            "log_change": signed,
            "standard_error": float(self.error[place]),
            "degrees_of_freedom": float(self.df[place]),
            "p_value": float(self.p_value[place]),
            "smallest_detectable_change": _relative(float(self.detectable[place]), absolute=absolute),
        }


def _relative(change: float, *, absolute: bool) -> float:
    return change if absolute else float(np.expm1(min(change, 700.0)))


def _with(facts: Comparison, **numbers: object) -> Comparison:
    from msgspec.structs import replace

    return replace(facts, **numbers)


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def oldest_runs(baseline: Columns, runs: int) -> np.ndarray | None:
    """Mask of the processes of the window's oldest third, or None where the window is too short for a ratchet."""
    if runs < RATCHET_MINIMUM_RUNS:
        return None
    mask: np.ndarray = baseline.runs < max(3, runs // 3)
    return mask


def level_changes(
    baseline: Columns,
    candidate: Columns,
    level: float,
    *,
    tests: int,
    alpha: float,
    reference: np.ndarray | None = None,
) -> LevelChange:
    """Change of every benchmark's level, worse is positive.

    `reference`: mask of the baseline's processes whose level counts (the ratchet); the canaries' coefficients
    and the spread come from all of them. `tests`, `alpha`: for the smallest detectable change.
    """
    theirs, ours = on_scale(baseline), on_scale(candidate)
    zero = _always_zero(baseline, candidate)
    theirs[:, zero], ours[:, zero] = 0.0, 0.0
    sign = badness(baseline.metric)
    # A run without canaries (a foreign tool's, beside 'perfgate run') can only be compared by its levels.
    both = bool(baseline.canary_names) and baseline.canary_names == candidate.canary_names
    adjustment = fit_canaries(theirs, baseline.canaries) if both else None
    if adjustment is not None:
        residuals = adjustment.residuals
        shifted = adjustment.apply(ours, candidate.canaries)
        added = adjustment.uncertainty(candidate.canaries)
        base = adjustment.level
    else:
        base = column_quantile(theirs, 0.5)
        residuals, shifted = theirs - base, ours - base
        added = np.zeros(len(baseline.benchmarks))
    kept = residuals if reference is None else residuals[reference]
    kept_runs = baseline.runs if reference is None else baseline.runs[reference]
    centre = process_level(kept)
    change = process_level(shifted) - centre
    fitted = 1 + (adjustment.parameters if adjustment is not None else np.zeros(len(baseline.benchmarks)))
    spread = spread_of(residuals, baseline.runs, fitted)
    runs, processes, ours_processes = count_runs(kept, kept_runs), _count(kept), _count(shifted)
    error, df = spread.error(ours_processes, processes, runs, added), spread.believed_df
    problems = _problems(baseline, candidate, change, error)
    error = np.where(np.isfinite(error), error, 1.0)
    df = np.where(np.isfinite(df) & (df > 0), df, 1.0)
    p_value = 2 * t_survival(np.abs(np.nan_to_num(change)) / error, df)
    per_test = alpha / max(tests, 1)
    return LevelChange(
        metric=baseline.metric,
        badness=sign,
        change=change,
        error=error,
        df=df,
        p_value=p_value,
        detectable=(t_quantile(1 - per_test / 2, df) + t_quantile(_POWER, df)) * error,
        quantile=t_quantile(0.5 + level / 2, df),
        level=level,
        machine_shift=_machine_shift(baseline, candidate),
        baseline_level=sign * (base + centre),
        baseline_runs=runs,
        baseline_processes=processes,
        candidate_processes=ours_processes,
        spread=spread,
        problems=problems,
    )


def _always_zero(baseline: Columns, candidate: Columns) -> np.ndarray:
    """Benchmarks whose every value on both sides is zero: no logarithm, and yet plainly no change."""
    nothing = [np.all((columns.values == 0) | np.isnan(columns.values), axis=0) for columns in (baseline, candidate)]
    measured = [np.any(columns.values == 0, axis=0) for columns in (baseline, candidate)]
    always: np.ndarray = np.logical_and.reduce([*nothing, *measured])
    return always


def on_scale(columns: Columns) -> Floats:
    """Values on the scale of comparison, worse is larger: logarithms, or as they are for absolute metrics."""
    values = comparable(columns.values, columns.metric)
    return badness(columns.metric) * np.where(np.isfinite(values), values, np.nan)


def _count(values: Floats) -> Floats:
    counts: Floats = np.sum(np.isfinite(values), axis=0).astype(np.float64)
    return counts


def _machine_shift(baseline: Columns, candidate: Columns) -> Floats:
    """How much slower the machine was by its canaries, (benchmarks,), a fraction; NaN where there are none."""
    if not baseline.canary_names or baseline.canary_names != candidate.canary_names:
        return np.full(len(baseline.benchmarks), np.nan)
    theirs, ours = (
        np.stack([column_quantile(columns.canaries[:, :, k], 0.5) for k in range(len(baseline.canary_names))])
        for columns in (baseline, candidate)
    )
    shift: Floats = np.expm1(np.mean(ours - theirs, axis=0))
    return shift


def _problems(baseline: Columns, candidate: Columns, change: Floats, error: Floats) -> dict[int, str]:
    problems: dict[int, str] = {}
    for place in np.flatnonzero(~np.isfinite(change) | ~np.isfinite(error)):
        theirs, ours = baseline.values[:, place], candidate.values[:, place]
        problems[int(place)] = _why_not(theirs, ours)
    return problems


def _why_not(theirs: Floats, ours: Floats) -> str:
    for side, values in (("the baseline", theirs), ("this run", ours)):
        measured = values[~np.isnan(values)]
        if not len(measured):
            return f"{side} has no value that is a number"
        if not np.any(np.isfinite(measured) & (measured > 0)):
            return f"{side} measured only {measured[0]:g}, of which no relative change can be taken"
    return "the values allow no estimate"
