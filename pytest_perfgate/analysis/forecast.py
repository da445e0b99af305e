"""From a table of series to the expected range of the next run, the trend, and the day on which a budget breaks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from statistics import NormalDist

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.analysis.change_points import SMALLEST_SCATTER
from pytest_perfgate.analysis.columns import as_measured, badness, comparable, is_absolute
from pytest_perfgate.analysis.series_table import SeriesTable
from pytest_perfgate.model import BenchmarkId, Metric
from pytest_perfgate.model.comparison import ConfidenceInterval
from pytest_perfgate.model.forecast import Forecast, Trend
from pytest_perfgate.stats.level_shifts import level_shifts
from pytest_perfgate.stats.multiplicity import benjamini_hochberg
from pytest_perfgate.stats.next_value import FEWEST_MISSES, next_value
from pytest_perfgate.stats.quantiles import Floats
from pytest_perfgate.stats.trend import group_differences, trend_line, trend_score

_DAY_S = 86_400.0
_TREND_LEVEL = 0.95
_FARTHEST = timedelta(days=3_650)
_WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
_HOURS_PER_PART = 6
_FEWEST_DAYS = 14
_NO_TREND = Trend(0.0, ConfidenceInterval(_TREND_LEVEL, 0.0, 0.0), 1.0, significant=False)
# The exact test of few points and the normal one differ by less.
_NEARLY = 0.8


def forecasts(table: SeriesTable, budgets: Mapping[str, float], *, level: float, alpha: float) -> tuple[Forecast, ...]:
    """One per benchmark that was measured at all; `budgets`: benchmark -> bound in the metric's unit.

    Levels with the machine's speed taken out where they are known. A shift of level restarts both forecast and trend.
    """
    found = [_forecast(table, place, budgets, level) for place in range(len(table.benchmarks))]
    return tuple(_dated(each, alpha) for each in _corrected([each for each in found if each is not None], alpha))


def _forecast(table: SeriesTable, place: int, budgets: Mapping[str, float], level: float) -> Forecast | None:
    values = scaled(table)[:, place]
    rows = np.flatnonzero(np.isfinite(values))
    if not len(rows):
        return None
    recorded = Recorded(
        benchmark=table.benchmarks[place],
        metric=table.metric,
        times=tuple(table.runs[row].started_at for row in rows),
        values=values[rows],
        newest=float(table.level[rows[-1], place]),
        budget=budgets.get(table.benchmarks[place]),
    )
    restarts = _restarts(recorded)
    start = max(restarts, default=0)
    result = _outlook(recorded, start, _trend(recorded, start, seasons=True))
    coming = next_value(recorded.values, level=level, restarts=restarts)
    if coming is None:
        missing = FEWEST_MISSES + 1 + len(restarts) - len(rows)
        return replace(result, reason=f"{missing} more run{'s are' if missing != 1 else ' is'} needed for a range")
    lower, expected, upper = (
        as_measured(value, table.metric) for value in (coming.lower, coming.expected, coming.upper)
    )
    return replace(result, expected=expected, interval=ConfidenceInterval(level, lower, upper))


class Recorded(Struct, frozen=True):
    """One series, oldest run first: `values` on the scale of comparison, none missing; `newest` as it was measured."""

    benchmark: BenchmarkId
    metric: Metric
    times: tuple[datetime, ...]
    values: Floats
    newest: float
    budget: float | None


def budget_dates(asked: Sequence[Recorded], alpha: float) -> list[Forecast]:
    """One per series, without a range of the next run: when the trend since its last shift breaks its budget.

    Cheap where nothing leads there, as nearly always: every gate asks, and scipy.stats takes long to import.
    """
    recent = [(each, max(_restarts(each), default=0)) for each in asked]
    lead = benjamini_hochberg(np.array([_quick_p_value(each, start) for each, start in recent])) <= alpha
    found = [
        _outlook(each, start, _trend(each, start, seasons=False) if leads else _NO_TREND)
        for (each, start), leads in zip(recent, lead, strict=True)
    ]
    return [_dated(each, alpha) for each in _corrected(found, alpha)]


def _quick_p_value(recorded: Recorded, start: int) -> float:
    """For "it does not get worse"; less than the real one, which is asked for where this one is small."""
    order = np.argsort([time.timestamp() for time in recorded.times[start:]], kind="stable")
    score = badness(recorded.metric) * trend_score(recorded.values[start:][order])
    return min(1.0, 2 * NormalDist().cdf(-score / _NEARLY))


def _restarts(recorded: Recorded) -> tuple[int, ...]:
    shifts = level_shifts(recorded.values, alpha=0.01, smallest=SMALLEST_SCATTER).shifts
    return tuple(shift.place for shift in shifts)


def _outlook(recorded: Recorded, start: int, trend: Trend | None) -> Forecast:
    """`start`: where the level last shifted; `trend`: since then."""
    budget, worse = recorded.budget, badness(recorded.metric)
    return Forecast(
        benchmark=recorded.benchmark,
        metric=recorded.metric,
        runs=len(recorded.values) - start,
        since=recorded.times[start],
        newest_at=recorded.times[-1],
        level=recorded.newest,
        trend=trend,
        budget=budget,
        over_budget=budget is not None and (recorded.newest - budget) * worse > 0,
    )


def scaled(table: SeriesTable) -> Floats:
    """On the scale of comparison; NaN where there is no number."""
    return comparable(table.compared(), table.metric)


def _trend(recorded: Recorded, start: int, *, seasons: bool) -> Trend | None:
    times, values = recorded.times[start:], recorded.values[start:]
    days = np.array([time.timestamp() / _DAY_S for time in times])
    order = np.argsort(days, kind="stable")
    line = trend_line(days[order], values[order], level=_TREND_LEVEL)
    if line is None:
        return None
    flat = badness(recorded.metric) * (values - line.slope * (days - days[0]))
    weekdays = parts = None
    if seasons and np.ptp(days) >= _FEWEST_DAYS:
        weekdays = group_differences(flat, np.array([float(time.weekday()) for time in times]))
        parts = group_differences(flat, np.array([float(time.hour // _HOURS_PER_PART) for time in times]))
    return Trend(
        per_day=line.slope,
        interval=ConfidenceInterval(_TREND_LEVEL, line.lower, line.upper),
        p_value=line.p_value,
        significant=False,
        weekdays=weekdays[0] if weekdays else None,
        hours=parts[0] if parts else None,
        slowest=_worst(weekdays, parts),
    )


def _worst(weekdays: tuple[float, dict[int, float]] | None, parts: tuple[float, dict[int, float]] | None) -> str:
    found = [each for each in (weekdays, parts) if each is not None]
    if not found:
        return ""
    p_value, groups = min(found, key=lambda each: each[0])
    worst = max(groups, key=lambda group: groups[group])
    if weekdays is not None and p_value == weekdays[0]:
        return _WEEKDAYS[worst]
    return f"{worst * _HOURS_PER_PART}-{(worst + 1) * _HOURS_PER_PART} h UTC"


def _corrected(found: Sequence[Forecast], alpha: float) -> list[Forecast]:
    """P-values for the number of series (Benjamini and Hochberg), each question by itself."""
    for name in ("p_value", "weekdays", "hours"):
        asked = [n for n, each in enumerate(found) if each.trend is not None and getattr(each.trend, name) is not None]
        adjusted = benjamini_hochberg(np.array([getattr(found[n].trend, name) for n in asked], dtype=np.float64))
        changed = dict(zip(asked, adjusted, strict=True))
        found = [
            replace(each, trend=replace(each.trend, **{name: float(changed[n])}))
            if n in changed and each.trend
            else each
            for n, each in enumerate(found)
        ]
    return [
        replace(each, trend=replace(each.trend, significant=each.trend.p_value <= alpha)) if each.trend else each
        for each in found
    ]


def _dated(forecast: Forecast, alpha: float) -> Forecast:
    """With the day on which the trend breaks the budget, where it is one and leads there."""
    trend, budget = forecast.trend, forecast.budget
    if trend is None or budget is None or forecast.over_budget or not trend.significant or trend.p_value > alpha:
        return forecast
    if is_absolute(forecast.metric):
        room = budget - forecast.level
    elif budget > 0 and forecast.level > 0:
        room = math.log(budget / forecast.level)
    else:
        return forecast
    slopes = (trend.per_day, trend.interval.lower, trend.interval.upper)
    on, *range_ = (_day(forecast.newest_at, room, slope) for slope in slopes)
    known = sorted(day for day in range_ if day is not None)
    if on is None:
        return forecast
    return replace(
        forecast,
        breaks_on=on,
        breaks_from=known[0] if known else None,
        breaks_until=known[1] if len(known) > 1 else None,
    )


def _day(newest_at: datetime, room: float, slope: float) -> datetime | None:
    """When `room` is used up; None where the slope leads elsewhere, or too slowly."""
    if slope == 0 or room / slope < 0 or room / slope > _FARTHEST.days:
        return None
    return newest_at + timedelta(days=room / slope)
