"""What the recorded runs say of a row: since when it is so bad, whether its level moved before, where it leads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.analysis.adjust import FEWEST_RUNS, columns_at_one_speed
from pytest_perfgate.analysis.change_points import FEWEST_POINTS, SMALLEST_SCATTER
from pytest_perfgate.analysis.columns import Columns, badness, comparable, is_absolute
from pytest_perfgate.analysis.compare import Baseline
from pytest_perfgate.analysis.forecast import Recorded, budget_dates
from pytest_perfgate.model import Judgement, Metric, RowKey, RowPast, Verdict
from pytest_perfgate.model.forecast import Forecast
from pytest_perfgate.stats.level_shifts import level_shifts
from pytest_perfgate.stats.process_level import process_level
from pytest_perfgate.stats.quantiles import Floats

_ALPHA = 0.01
_REVISION = 12
# A date that is farther away asks nobody for anything today.
_SOON = timedelta(days=365)


class _Recorded(Struct, frozen=True):
    """The recorded runs of one row, oldest first.

    `levels`: larger is worse, NaN where not measured; `newest`: the last one as it was measured, in the metric's unit.
    """

    levels: Floats
    newest: float
    revisions: tuple[str, ...]
    times: tuple[datetime, ...]

    @property
    def measured(self) -> np.ndarray:
        """Places of the runs that have a level."""
        return np.flatnonzero(np.isfinite(self.levels))


def with_past(rows: Iterable[Judgement], baseline: Baseline, *, alpha: float) -> tuple[Judgement, ...]:
    """The rows; those that fail, are in doubt or have a budget with what was recorded of them.

    The first two get a few more words in their reason: a level that moved before this run widens the window's spread,
    so that such a row is often inconclusive. `alpha`: for a trend that leads to a budget.
    """
    found = tuple(rows)
    levels = {
        name: _levels(columns)
        for name, columns in baseline.columns.items()
        if any(_needs_it(row) and row.metric.name == name for row in found)
    }
    places = {name: {b: n for n, b in enumerate(baseline.columns[name].benchmarks)} for name in levels}
    recorded = {
        row.key: _recorded(baseline, row.metric, levels[row.metric.name], places[row.metric.name][row.benchmark])
        for row in found
        if _needs_it(row) and row.benchmark in places.get(row.metric.name, ())
    }
    dates = _dates([row for row in found if row.of_budget and row.key in recorded], recorded, alpha)
    return tuple(
        replace(_with_words(row, recorded[row.key]), past=_past(row, recorded[row.key], dates.get(row.key)))
        if row.key in recorded
        else row
        for row in found
    )


def _needs_it(row: Judgement) -> bool:
    return row.of_budget or _needs_words(row)


def _needs_words(row: Judgement) -> bool:
    return row.fails or row.verdict is Verdict.INCONCLUSIVE


def _recorded(baseline: Baseline, metric: Metric, levels: Floats, place: int) -> _Recorded:
    columns = baseline.columns[metric.name]
    known = np.flatnonzero(np.isfinite(levels[:, place]))
    newest = columns.values[columns.runs == known[-1], place] if len(known) else np.full(1, np.nan)
    sign = badness(metric)
    return _Recorded(
        levels=levels[:, place],
        newest=sign * float(process_level(sign * newest[:, None])[0]),
        revisions=tuple(baseline.commits[run] for run in columns.run_ids),
        times=tuple(baseline.started[run] for run in columns.run_ids),
    )


def _past(row: Judgement, recorded: _Recorded, date: Forecast | None) -> RowPast:
    levels = tuple(float(level) if np.isfinite(level) else None for level in badness(row.metric) * recorded.levels)
    if date is None:
        return RowPast(levels)
    return RowPast(levels, date.budget, date.breaks_on, date.breaks_from, date.breaks_until)


def _dates(rows: Sequence[Judgement], recorded: Mapping[RowKey, _Recorded], alpha: float) -> dict[RowKey, Forecast]:
    """The budgets, not broken yet, that a proven trend breaks within a year."""
    asked = {}
    for row in rows:
        past, limit = recorded[row.key], row.comparison.baseline if row.comparison is not None else None
        if limit is not None and len(past.measured):
            values = _values(past.levels[past.measured], row.metric)
            if row.verdict is not Verdict.REGRESSED and np.isfinite(values).all():
                times = tuple(past.times[place] for place in past.measured)
                asked[row.key] = Recorded(row.benchmark, row.metric, times, values, past.newest, limit.value)
    found = zip(asked, budget_dates(list(asked.values()), alpha), strict=True)
    return {key: each for key, each in found if each.breaks_on and each.breaks_on - each.newest_at <= _SOON}


def _values(levels: Floats, metric: Metric) -> Floats:
    """On the scale of comparison, and the metric's own direction."""
    return comparable(badness(metric) * levels, metric)


def _with_words(row: Judgement, recorded: _Recorded) -> Judgement:
    evidence = row.comparison
    if evidence is None or evidence.candidate is None or not _needs_words(row):
        return row
    levels, revisions = recorded.levels[recorded.measured], [recorded.revisions[place] for place in recorded.measured]
    candidate = badness(row.metric) * evidence.candidate.value
    words = _moved(levels, revisions, row)
    if not words and row.fails and evidence.method != "paired":  # a pair's levels are those of its minutes
        words = _worst_since(levels, revisions, candidate)
    return replace(row, reason=f"{row.reason}; {words}") if words else row


def _levels(columns: Columns) -> Floats:
    """(runs, benchmarks) of the window, larger is worse, the machine's speed taken out where that is known."""
    sign, runs = badness(columns.metric), len(columns.run_ids)
    values = columns.values
    if columns.canary_names and runs >= FEWEST_RUNS:
        values = columns_at_one_speed(columns, runs)
    values = sign * np.where(np.isfinite(values), values, np.nan)
    levels = np.full((runs, values.shape[1]), np.nan)
    for run in np.unique(columns.runs):
        levels[int(run)] = process_level(values[columns.runs == run])
    return levels


def _moved(levels: Floats, revisions: Sequence[str], row: Judgement) -> str:
    """Whether the level had moved the same way before this run: then it is not this run's doing alone."""
    if len(levels) < FEWEST_POINTS or (not is_absolute(row.metric) and not np.all(levels * badness(row.metric) > 0)):
        return ""
    values = badness(row.metric) * _values(levels, row.metric)
    found = level_shifts(values, alpha=_ALPHA, smallest=SMALLEST_SCATTER).shifts
    if not found or found[-1].change <= 0:
        return ""
    at, ago = revisions[found[-1].place][:_REVISION], len(levels) - found[-1].place
    size = (
        f"{100 * found[-1].change:.1f} points"
        if is_absolute(row.metric)
        else f"{100 * np.expm1(found[-1].change):.1f} %"
    )
    return f"its level moved {size} that way at {at or 'a run'} already, {ago} recorded runs ago"


def _worst_since(levels: Floats, revisions: Sequence[str], candidate: float) -> str:
    """Which recorded run was as bad."""
    as_bad = np.flatnonzero(levels >= candidate)
    if len(levels) < FEWEST_RUNS:
        return ""
    if not len(as_bad):
        return f"worse than each of the {len(levels)} recorded runs"
    at = revisions[as_bad[-1]][:_REVISION]
    return f"the worst since {at}" if at and as_bad[-1] < len(levels) - 1 else ""
