"""From a table of series to the changes of level in it, and to what creeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.analysis.columns import comparable
from pytest_perfgate.analysis.level_changes import Column, change_points_of, creep_of
from pytest_perfgate.analysis.series_table import SeriesTable
from pytest_perfgate.model.change_point import ChangePoint, Creep
from pytest_perfgate.stats.level_shifts import Levels, level_shifts
from pytest_perfgate.stats.moderation import moderate
from pytest_perfgate.stats.series_noise import SeriesNoise, series_noise
from pytest_perfgate.stats.shift_tests import SHORTEST, LevelShift

# Below this the clock, and the rounding of stored values, are all that is left.
SMALLEST_SCATTER = 5e-4
# Two shorter levels can't be told from noise.
FEWEST_POINTS = 2 * SHORTEST
# So many benchmarks that shift at one run tell the others where to look.
_WITNESSES = 3
_NEAR = 2
# A median of absolute differences knows as much of a variance as this share of as many independent points.
_DEGREES_PER_POINT = 0.37


class Found(Struct, frozen=True):
    """The changes and creeps of one table, oldest first, and how many of its series are too short to say anything."""

    changes: tuple[ChangePoint, ...]
    creeps: tuple[Creep, ...]
    too_short: int


def find_changes(
    table: SeriesTable,
    *,
    alpha: float = 0.01,
    min_change: float = 0.0,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Found:
    """Changes of level that noise does not explain, at a false discovery rate of `alpha` over the table's series.

    `min_change`: smaller ones are real perhaps, but left out. Runs are taken in the table's order.
    """
    columns = _columns(table)
    usable = [column for column in columns if len(column.values) >= FEWEST_POINTS]
    noises = _moderated([series_noise(column.values, SMALLEST_SCATTER) for column in usable], usable)
    levels = []
    for number, (column, noise) in enumerate(zip(usable, noises, strict=True)):
        levels.append(level_shifts(column.values, alpha=alpha, smallest=SMALLEST_SCATTER, noise=noise))
        progress(number + 1, len(usable))
    cutoff = _cutoff(levels, alpha)
    witnesses = _witnesses(usable, levels, cutoff)
    levels = [
        _again(column, found, alpha=alpha, cutoff=cutoff, witnesses=witnesses, tests=len(usable))
        for column, found in zip(usable, levels, strict=True)
    ]
    shifts = [
        [_at_witness(shift, column, witnesses) for shift in each.shifts]
        for column, each in zip(usable, levels, strict=True)
    ]
    together: dict[int, int] = {}
    for column, each in zip(usable, shifts, strict=True):
        for row in {int(column.rows[shift.place]) for shift in each}:
            together[row] = together.get(row, 0) + 1
    changes, creeps = [], []
    for column, found, each in zip(usable, levels, shifts, strict=True):
        series = change_points_of(table, column, replace(found, shifts=tuple(each)), together)
        changes += [change for change in series if abs(change.relative_change) >= min_change]
        creep = creep_of(table, column, found)
        creeps += [creep] if creep is not None and abs(creep.total) >= min_change else []
    changes.sort(key=lambda change: (change.since, change.benchmark))
    return Found(tuple(changes), tuple(creeps), len(columns) - len(usable))


def _columns(table: SeriesTable) -> list[Column]:
    values = comparable(table.compared(), table.metric)
    columns = []
    for place in range(len(table.benchmarks)):
        rows = np.flatnonzero(np.isfinite(values[:, place]))
        columns.append(Column(place, rows, values[rows, place]))
    return columns


def _moderated(noises: Sequence[SeriesNoise], columns: Sequence[Column]) -> list[SeriesNoise]:
    """The scatter of short series is drawn toward the suite's."""
    df = np.array([_DEGREES_PER_POINT * len(column.values) for column in columns])
    variances, _ = moderate(np.array([noise.scale**2 for noise in noises]), df)
    return [
        replace(noise, scale=float(max(np.sqrt(variance), SMALLEST_SCATTER)))
        for noise, variance in zip(noises, variances, strict=True)
    ]


def _cutoff(levels: Sequence[Levels], alpha: float) -> float:
    """The p-value that counts by Benjamini and Hochberg; a series without a shift is a test that was lost."""
    p_values = np.sort([shift.p_value for each in levels for shift in each.shifts])
    tests = max(len(p_values), len(levels), 1)
    passed = np.flatnonzero(p_values <= alpha * np.arange(1, len(p_values) + 1) / tests)
    return alpha * (int(passed[-1]) + 1 if len(passed) else 1) / tests


def _witnesses(columns: Sequence[Column], levels: Sequence[Levels], cutoff: float) -> dict[int, int]:
    """Rows at which several benchmarks shifted -> how many did."""
    rows: dict[int, int] = {}
    for column, each in zip(columns, levels, strict=True):
        for shift in each.shifts:
            if shift.p_value <= cutoff:
                row = int(column.rows[shift.place])
                rows[row] = rows.get(row, 0) + 1
    found: dict[int, int] = {}
    for row in sorted(rows, key=lambda row: (-rows[row], row)):
        near = [other for other in rows if abs(other - row) <= _NEAR]
        if rows.get(row, 0) >= 2 and sum(rows[other] for other in near) >= _WITNESSES:  # noqa: PLR2004 - agree on the row itself
            found[row] = sum(rows.pop(other) for other in near)
            rows[row] = 0
    return found


def _again(
    column: Column, found: Levels, *, alpha: float, cutoff: float, witnesses: Mapping[int, int], tests: int
) -> Levels:
    """With the suite's cutoff, and with the places that the others tell."""
    known = {}
    for row, count in witnesses.items():
        place = int(np.searchsorted(column.rows, row))
        if SHORTEST <= place <= len(column.rows) - SHORTEST:
            # Of `tests` benchmarks that were asked about `len(witnesses)` places, `count` at least did shift here.
            known[place] = len(witnesses) * tests / count * cutoff / alpha
    if not known and all(shift.p_value <= cutoff for shift in found.shifts):
        return found
    return level_shifts(column.values, alpha=cutoff, smallest=SMALLEST_SCATTER, noise=found.noise, known=known)


def _at_witness(shift: LevelShift, column: Column, witnesses: Mapping[int, int]) -> LevelShift:
    """The shift at the run at which the others shifted, where its own data allow that."""
    allowed = [
        place
        for row in witnesses
        if shift.earliest <= (place := int(np.searchsorted(column.rows, row))) <= shift.latest
        and abs(place - shift.place) <= _NEAR
    ]
    return replace(shift, place=min(allowed, key=lambda place: abs(place - shift.place))) if allowed else shift
