"""What a shift or a slope of one series means: commits, sizes, what undid it, when a budget breaks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.analysis.columns import as_measured, badness, is_absolute
from pytest_perfgate.analysis.series_table import SeriesTable
from pytest_perfgate.model import ConfidenceInterval, Metric
from pytest_perfgate.model.change_point import ChangePoint, Creep, change_id
from pytest_perfgate.stats.level_shifts import Levels
from pytest_perfgate.stats.quantiles import Floats
from pytest_perfgate.stats.shift_tests import LevelShift, Slope
from pytest_perfgate.stats.student import t_quantile

_LEVEL = 0.95
# A change is undone when the level is back but for so much of it, or for twice what it can be off by.
_BACK = 0.25
_FARTHEST = timedelta(days=365)


class Column(Struct, frozen=True):
    """One benchmark of a table: `rows` that have a level, and these levels on the scale of comparison."""

    place: int
    rows: np.ndarray
    values: Floats


def change_points_of(
    table: SeriesTable, column: Column, levels: Levels, together: Mapping[int, int]
) -> tuple[ChangePoint, ...]:
    """The shifts of one series as changes; `together`: row -> how many benchmarks changed there."""
    changes = [_change(table, column, levels, shift, together) for shift in levels.shifts]
    for index, _shift in enumerate(levels.shifts):
        back = None if changes[index].undoes else _back_at(levels.shifts, index)
        if back is not None and not changes[back].undoes:
            changes[index] = replace(changes[index], undone_by=changes[back].id)
            changes[back] = replace(changes[back], undoes=changes[index].id)
    return tuple(changes)


def _back_at(shifts: tuple[LevelShift, ...], index: int) -> int | None:
    """The first later shift after which the level is that of before this one."""
    off = shifts[index].change
    error = shifts[index].error
    for later in range(index + 1, len(shifts)):
        off += shifts[later].change
        limit = max(_BACK * abs(shifts[index].change), 2 * math.hypot(error, shifts[later].error))
        if abs(off) <= min(limit, abs(shifts[index].change) / 2):
            return later
    return None


def _change(
    table: SeriesTable, column: Column, levels: Levels, shift: LevelShift, together: Mapping[int, int]
) -> ChangePoint:
    row = int(column.rows[shift.place])
    run, metric = table.runs[row], table.metric
    half = float(t_quantile(0.5 + _LEVEL / 2, shift.df)) * shift.error
    good, bad, known_bad = (
        _revision(table, int(column.rows[place])) for place in (shift.earliest - 1, shift.place, shift.latest)
    )
    until = min((edge for edge in levels.edges if edge > shift.place), default=len(column.rows))
    return ChangePoint(
        id=change_id(table.benchmarks[column.place], metric.name, run.id),
        benchmark=table.benchmarks[column.place],
        metric=metric,
        run=run.id,
        since=run.started_at,
        bad=bad,
        good=good,
        known_bad=known_bad,
        places=shift.latest - shift.earliest + 1,
        before=as_measured(shift.before, metric),
        after=as_measured(shift.before + shift.change, metric),
        relative_change=_relative(metric, shift.change),
        interval=ConfidenceInterval(
            _LEVEL, _relative(metric, shift.change - half), _relative(metric, shift.change + half)
        ),
        p_value=shift.p_value,
        runs=until - shift.place,
        improved=badness(metric) * shift.change < 0,
        same_code=bool(good) and good == known_bad,
        together=together.get(row, 1),
    )


def _revision(table: SeriesTable, row: int) -> str:
    commit = table.runs[row].commit
    return commit.revision if commit is not None else ""


def _relative(metric: Metric, change: float) -> float:
    return change if is_absolute(metric) else math.expm1(min(change, 700.0))


def creep_of(table: SeriesTable, column: Column, levels: Levels) -> Creep | None:
    """The slope that goes on at the newest run, if there is one."""
    slope = next((slope for slope in levels.slopes if slope.stop == len(column.rows)), None)
    if slope is None:
        return None
    metric, name = table.metric, table.benchmarks[column.place]
    row = int(column.rows[slope.start])
    half = float(t_quantile(0.5 + _LEVEL / 2, slope.df)) * slope.error
    runs = slope.stop - slope.start
    creep = Creep(
        benchmark=name,
        metric=metric,
        run=table.runs[row].id,
        since=table.runs[row].started_at,
        revision=_revision(table, row),
        runs=runs,
        per_run=_relative(metric, slope.per_point),
        interval=ConfidenceInterval(
            _LEVEL, _relative(metric, slope.per_point - half), _relative(metric, slope.per_point + half)
        ),
        total=_relative(metric, slope.per_point * (runs - 1)),
        level=as_measured(slope.end, metric),
        improved=badness(metric) * slope.per_point < 0,
    )
    facts = table.facts.get(name)
    budget = facts.budget.get(metric.name) if facts is not None else None
    return creep if budget is None else _towards(creep, slope, table, int(column.rows[-1]), budget)


def _towards(creep: Creep, slope: Slope, table: SeriesTable, last: int, budget: float) -> Creep:
    """With the run and the day on which the budget breaks, if the slope goes on as it does."""
    creep = replace(creep, budget=budget)
    if creep.improved or (budget <= 0 and not is_absolute(creep.metric)):
        return creep
    bound = budget if is_absolute(creep.metric) else math.log(budget)
    runs = max(math.ceil((bound - slope.end) / slope.per_point), 0)
    newest = table.runs[last].started_at
    ahead = (newest - creep.since) / (creep.runs - 1) * runs
    return replace(creep, breaks_in_runs=runs, breaks_on=newest + ahead) if ahead <= _FARTHEST else creep
