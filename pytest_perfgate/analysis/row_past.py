"""What the recorded runs say of a row that got worse: since when, and whether the level moved before this run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from msgspec.structs import replace

from pytest_perfgate.analysis.adjust import FEWEST_RUNS, columns_at_one_speed
from pytest_perfgate.analysis.change_points import FEWEST_POINTS, SMALLEST_SCATTER
from pytest_perfgate.analysis.columns import Columns, badness, is_absolute
from pytest_perfgate.analysis.compare import Baseline
from pytest_perfgate.model import Judgement, Verdict
from pytest_perfgate.stats.level_shifts import level_shifts
from pytest_perfgate.stats.process_level import process_level
from pytest_perfgate.stats.quantiles import Floats

_ALPHA = 0.01
_REVISION = 12


def with_past(rows: Iterable[Judgement], baseline: Baseline) -> tuple[Judgement, ...]:
    """The rows, those that fail or are in doubt with a few more words in their reason.

    A level that moved before this run widens the window's spread, so that such a row is often inconclusive.
    """
    found = tuple(rows)
    levels = {
        name: _levels(columns)
        for name, columns in baseline.columns.items()
        if any(_needs_it(row) and row.metric.name == name for row in found)
    }
    return tuple(
        _with_words(row, baseline, levels[row.metric.name]) if _needs_it(row) and row.metric.name in levels else row
        for row in found
    )


def _needs_it(row: Judgement) -> bool:
    return row.fails or row.verdict is Verdict.INCONCLUSIVE


def _with_words(row: Judgement, baseline: Baseline, levels: Floats) -> Judgement:
    columns = baseline.columns[row.metric.name]
    evidence = row.comparison
    if evidence is None or evidence.candidate is None or row.benchmark not in columns.benchmarks:
        return row
    column = levels[:, columns.benchmarks.index(row.benchmark)]
    measured = np.flatnonzero(np.isfinite(column))
    revisions = [baseline.commits.get(columns.run_ids[place], "") for place in measured]
    candidate = badness(row.metric) * evidence.candidate.value
    words = _moved(column[measured], revisions, row)
    if not words and row.fails and evidence.method != "paired":  # a pair's levels are those of its minutes
        words = _worst_since(column[measured], revisions, candidate)
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
    values = levels if is_absolute(row.metric) else badness(row.metric) * np.log(levels * badness(row.metric))
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
