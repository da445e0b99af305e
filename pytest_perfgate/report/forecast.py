"""Forecasts and trends as text."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import msgspec

from pytest_perfgate.model.forecast import Following, Forecast, ForecastReport, MovingGroup, Trend
from pytest_perfgate.report.history import csv_cell
from pytest_perfgate.report.json_report import storable
from pytest_perfgate.report.quantities import format_percent, format_quantity, shorten, wrapped
from pytest_perfgate.report.row_past import breaks_in_words

_NAME_WIDTH = 44
_METRIC_WIDTH = 20
_WIDTH = 80
_MONTH = 30
_MOST_MEMBERS = 10
_SEASON_LEVEL = 0.01


def render_forecast(report: ForecastReport) -> str:
    """A line per series: its level, the range of the next run, and when its budget breaks."""
    rows = [
        (*_name(each), format_quantity(each.level, each.metric.unit), _range(each), _budget(each))
        for each in report.series
    ]
    return _page(report, rows, ["benchmark", "metric", "level", "next run", "budget"])


def render_trends(report: ForecastReport) -> str:
    """A line per series: its slope since the level last shifted, and its season."""
    rows = [
        (*_name(each), str(each.runs), f"{each.since:%Y-%m-%d}", _slope(each), _season(each.trend))
        for each in report.series
    ]
    page = _page(report, rows, ["benchmark", "metric", "runs", "since", "per 30 days", "season"])
    return page + "".join(f"{line}\n" for line in _relations(report))


def _page(report: ForecastReport, rows: Sequence[tuple[str, ...]], headers: Sequence[str]) -> str:
    from tabulate import tabulate

    head = f"{len(report.series)} series over {report.runs} run{'s' * (report.runs != 1)}"
    notes = [line for note in report.notes for line in wrapped(f"Note: {note}.", _WIDTH)]
    return (
        "\n".join([head, *notes, "", tabulate(rows, headers=headers, tablefmt="simple", disable_numparse=True)]) + "\n"
    )


def _relations(report: ForecastReport) -> list[str]:
    asked = [*(group.asked for group in report.together), *(one.asked for one in report.following)]
    if not asked:
        return []
    texts = [*map(_group, report.together), *map(_following, report.following[:_MOST_MEMBERS])]
    if len(report.following) > _MOST_MEMBERS:
        texts.append(f"… and {len(report.following) - _MOST_MEMBERS} more that follow; --json has them.")
    texts.append(f"Each is significant among the {asked[0]} relations asked about (Holm).")
    return [line for text in texts for line in ("", *wrapped(text, _WIDTH))]


def _group(group: MovingGroup) -> str:
    names = ", ".join(_one(member) for member in group.members[:_MOST_MEMBERS])
    more = ", …" if len(group.members) > _MOST_MEMBERS else ""
    return f"{len(group.members)} move together (correlation {group.correlation:.2f} or more): {names}{more}."


def _following(one: Following) -> str:
    after = f"by {one.runs} run{'s' * (one.runs > 1)} (correlation {one.correlation:.2f})"
    return f"{_one(one.follower)} follows {_one(one.leader)} {after}."


def _one(series: tuple[str, str]) -> str:
    return f"{shorten(series[0], _NAME_WIDTH)} {shorten(series[1], _METRIC_WIDTH)}"


def _name(each: Forecast) -> tuple[str, str]:
    return shorten(each.benchmark, _NAME_WIDTH), shorten(each.metric.name, _METRIC_WIDTH)


def _range(each: Forecast) -> str:
    if each.interval is None:
        return each.reason
    lower, upper = (format_quantity(bound, each.metric.unit) for bound in (each.interval.lower, each.interval.upper))
    return f"{lower} to {upper} ({each.interval.level:.0%})"


def _budget(each: Forecast) -> str:
    if each.budget is None:
        return ""
    bound = format_quantity(each.budget, each.metric.unit)
    if each.over_budget:
        return f"{bound}: broken"
    if each.breaks_on is None:
        return f"{bound}: no trend leads there"
    return f"{bound}: breaks {breaks_in_words(each.breaks_on, each.breaks_from, each.breaks_until)}"


def _slope(each: Forecast) -> str:
    trend = each.trend
    if trend is None:
        return "all at one time" if each.runs > 1 and each.since == each.newest_at else "too few runs"
    lower, upper = (format_percent(bound * _MONTH).removesuffix(" %") for bound in _bounds(trend))
    mark = "" if trend.significant else "; no trend is proven"
    return f"{format_percent(trend.per_day * _MONTH)} [{lower}, {upper}]{mark}"


def _bounds(trend: Trend) -> tuple[float, float]:
    return trend.interval.lower, trend.interval.upper


def _season(trend: Trend | None) -> str:
    if trend is None or not trend.slowest:
        return ""
    p_value = min(p for p in (trend.weekdays, trend.hours) if p is not None)
    return f"worst on {trend.slowest}" if p_value <= _SEASON_LEVEL else "none is proven"


def render_forecast_json(report: ForecastReport) -> str:
    """Everything, in base units."""
    content = {"schema": 1, **storable(msgspec.to_builtins(report))}
    return msgspec.json.format(msgspec.json.encode(content), indent=2).decode() + "\n"


def render_forecast_csv(report: ForecastReport) -> str:
    """One row per series, in base units and shares per day."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        [
            *("benchmark", "metric", "unit", "runs", "since", "level", "expected", "lower", "upper", "budget"),
            *("breaks_on", "per_day", "per_day_lower", "per_day_upper", "p_value", "significant"),
        ]
    )
    for each in report.series:
        bounds = (each.interval.lower, each.interval.upper) if each.interval else ("", "")
        t = each.trend
        slope = (t.per_day, *_bounds(t), t.p_value, t.significant) if t else ("",) * 5
        names = (csv_cell(each.benchmark), csv_cell(each.metric.name), csv_cell(each.metric.unit))
        numbers = (each.runs, each.since.isoformat(), each.level, each.expected, *bounds, each.budget)
        day = each.breaks_on.isoformat() if each.breaks_on else ""
        writer.writerow(["" if cell is None else cell for cell in (*names, *numbers, day, *slope)])
    return out.getvalue()
