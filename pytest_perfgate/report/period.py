"""The report of a period as text, Markdown, HTML and JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape as escape_html
from importlib import resources
from string import Template

import msgspec

from pytest_perfgate.model import Severity
from pytest_perfgate.model.change_point import ChangePoint, Creep
from pytest_perfgate.model.forecast import Forecast
from pytest_perfgate.model.period import PeriodReport
from pytest_perfgate.report.markdown import code, escape
from pytest_perfgate.report.quantities import (
    change_in_words,
    format_bounds,
    format_percent,
    format_quantity,
    printable,
    shorten,
    wrapped,
)

_NAME_WIDTH = 120
_TEXT_WIDTH = 500
_REVISION = 12
_MOST_ROWS = 50
_SHORT_NAME = 44
_TEXT_COLUMNS = 100
_Table = tuple[tuple[str, ...], list[tuple[str, ...]]]


def render_period_json(report: PeriodReport) -> str:
    """The whole as JSON."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"


def render_period_text(report: PeriodReport) -> str:
    """For a terminal."""
    from tabulate import tabulate

    lines = [_title(report), "", f"Score {report.score:.1f} of 100. {_summary(report)}"]
    for title, empty, (head, rows) in _sections(report):
        short = [(shorten(row[0], _SHORT_NAME), *row[1:]) for row in rows]
        table = tabulate(short, headers=head, tablefmt="simple", disable_numparse=True)
        lines += ["", f"{title}:", "", table] if rows else ["", f"{title}: {empty}"]
    lines += ["", "Recommendations:" if report.recommendations else "Recommendations: nothing to do."]
    for number, one in enumerate(report.recommendations, 1):
        lines += wrapped(f"{number}. {shorten(one.text, _TEXT_WIDTH)}", _TEXT_COLUMNS)
        lines += [f"   {printable(one.command)}"] if one.command else []
    lines += [line for note in report.notes for line in ("", f"Note: {printable(note)}.")]
    return "\n".join(lines) + "\n"


def render_period_markdown(report: PeriodReport) -> str:
    """For an issue or a wiki."""
    lines = [f"# {_title(report)}", "", f"**Score {report.score:.1f} of 100.** {escape(_summary(report))}"]
    for title, empty, table in _sections(report):
        lines += ["", f"## {title}", ""]
        lines += _markdown_table(table) if table[1] else [empty]
    lines += ["", "## Recommendations", ""]
    for number, one in enumerate(report.recommendations, 1):
        command = f" {code(shorten(one.command, _TEXT_WIDTH))}" if one.command else ""
        lines.append(f"{number}. {escape(shorten(one.text, _TEXT_WIDTH))}{command}")
    lines += [] if report.recommendations else ["Nothing to do."]
    lines += [line for note in report.notes for line in ("", f"Note: {escape(shorten(note, _TEXT_WIDTH))}.")]
    return "\n".join(lines) + "\n"


def render_period_html(report: PeriodReport) -> str:
    """One file without script and network, light and dark."""
    parts = []
    for title, empty, table in _sections(report):
        parts.append(f"<h2>{title}</h2>")
        parts.append(_html_table(title, table) if table[1] else f'<p class="soft">{_text(empty)}</p>')
    steps = "".join(
        f"<li>{_text(shorten(one.text, _TEXT_WIDTH))}"
        + (f" <code>{_text(shorten(one.command, _TEXT_WIDTH))}</code>" if one.command else "")
        + "</li>"
        for one in report.recommendations
    )
    parts.append("<h2>Recommendations</h2>")
    parts.append(f"<ol>{steps}</ol>" if steps else '<p class="soft">Nothing to do.</p>')
    parts += [f'<p class="soft">Note: {_text(shorten(note, _TEXT_WIDTH))}.</p>' for note in report.notes]
    template = resources.files("pytest_perfgate.report").joinpath("templates/period.html").read_text("utf-8")
    return Template(template).substitute(
        title=_text(_title(report)), score=f"{report.score:.1f}", summary=_text(_summary(report)), body="\n".join(parts)
    )


PERIOD_FORMATS: dict[str, Callable[[PeriodReport], str]] = {
    ".html": render_period_html,
    ".json": render_period_json,
    ".md": render_period_markdown,
    ".txt": render_period_text,
}


def _title(report: PeriodReport) -> str:
    return f"Performance from {report.since:%Y-%m-%d} to {report.until:%Y-%m-%d}"


def _summary(report: PeriodReport) -> str:
    regressions, improvements = len(report.regressions), len(report.improvements)
    speed = format_percent(report.speed - 1)
    parts = [
        f"{report.runs} runs of {report.series} series.",
        f"{_counted(regressions, 'regression')}, {_counted(improvements, 'improvement')}, {len(report.undone)} undone.",
        f"Over all series, performance has changed by {speed} from what it was at the beginning."
        if abs(report.speed - 1) >= 0.0005  # noqa: PLR2004 - what a tenth of a per cent shows
        else "Over all series, performance is what it was at the beginning.",
    ]
    return " ".join(parts)


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'s' * (number != 1)}"


def _sections(report: PeriodReport) -> Iterator[tuple[str, str, _Table]]:
    """Title, what to say when it is empty, and its table."""
    for severity in (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW, Severity.NONE):
        rows = [one.change for one in report.regressions if one.severity is severity]
        if rows:
            name = "below 5 %" if severity is Severity.NONE else severity.value
            yield f"Regressions: {name}", "", _changes(rows)
    if not report.regressions:
        yield "Regressions", "None.", ((), [])
    yield "Improvements", "None.", _changes(report.improvements)
    if report.undone:
        yield "Came and went", "", _changes(report.undone)
    yield "Trends", "No level creeps.", _creeps(report.creeps)
    yield "Forecast", "No level rises or falls for good, no budget breaks.", _forecasts(report.forecasts)
    yield "Unusual runs", "Not looked for." if report.odd_runs is None else "None.", _odd(report)
    if report.moved:
        yield "Scores below 100", "None.", _scores(report)


def _changes(changes: Sequence[ChangePoint]) -> _Table:
    head = ("Benchmark", "Metric", "Change", "Before", "After", "Since", "Commit")
    return head, [
        (
            shorten(change.benchmark, _NAME_WIDTH),
            shorten(change.metric.name, _NAME_WIDTH),
            f"{format_percent(change.relative_change)} {format_bounds(change.interval)}",
            format_quantity(change.before, change.metric.unit),
            format_quantity(change.after, change.metric.unit),
            f"{change.since:%Y-%m-%d}",
            _commit(change),
        )
        for change in changes[:_MOST_ROWS]
    ]


def _commit(change: ChangePoint) -> str:
    commit = shorten(change.bad[:_REVISION], _REVISION)
    if change.same_code:
        return f"{commit}: not the code"
    return f"probably {commit}" if change.places > 1 else commit


def _creeps(creeps: Iterable[Creep]) -> _Table:
    head = ("Benchmark", "Metric", "Trend", "Per run", "Since")
    return head, [
        (
            shorten(creep.benchmark, _NAME_WIDTH),
            shorten(creep.metric.name, _NAME_WIDTH),
            f"{format_percent(creep.total)} {change_in_words(creep.metric, creep.total)} in {creep.runs} runs",
            f"{creep.per_run * 100:+.2g} %",
            f"{creep.since:%Y-%m-%d}",
        )
        for creep in list(creeps)[:_MOST_ROWS]
    ]


def _forecasts(forecasts: Sequence[Forecast]) -> _Table:
    head = ("Benchmark", "Metric", "Now", "Next run", "Per day", "Budget", "Breaks about")
    return head, [
        (
            shorten(one.benchmark, _NAME_WIDTH),
            shorten(one.metric.name, _NAME_WIDTH),
            format_quantity(one.level, one.metric.unit),
            _range(one),
            f"{one.trend.per_day * 100:+.2g} %" if one.trend is not None else "",
            "" if one.budget is None else format_quantity(one.budget, one.metric.unit),
            "broken" if one.over_budget else "" if one.breaks_on is None else f"{one.breaks_on:%Y-%m-%d}",
        )
        for one in forecasts[:_MOST_ROWS]
    ]


def _range(forecast: Forecast) -> str:
    if forecast.interval is None:
        return ""
    bounds = (forecast.interval.lower, forecast.interval.upper)
    return " to ".join(format_quantity(bound, forecast.metric.unit) for bound in bounds)


def _odd(report: PeriodReport) -> _Table:
    return ("Run", "When (UTC)", "Commit", "What"), [
        (
            shorten(odd.run, _NAME_WIDTH),
            f"{odd.started_at:%Y-%m-%d %H:%M}",
            shorten(odd.revision[:_REVISION], _REVISION),
            shorten(odd.words, _TEXT_WIDTH),
        )
        for odd in (report.odd_runs or ())[:_MOST_ROWS]
    ]


def _scores(report: PeriodReport) -> _Table:
    return ("Benchmark", "Metric", "Score"), [
        (shorten(one.benchmark, _NAME_WIDTH), shorten(one.metric.name, _NAME_WIDTH), f"{one.score:.1f}")
        for one in report.moved[:_MOST_ROWS]
        if not one.improved and one.score < 99.95  # noqa: PLR2004 - what is shown as 100.0
    ]


def _markdown_table(table: _Table) -> list[str]:
    head, rows = table
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    return lines + [f"| {' | '.join([code(row[0]), *(escape(cell) for cell in row[1:])])} |" for row in rows]


def _html_table(caption: str, table: _Table) -> str:
    head, rows = table
    top = "".join(f'<th scope="col">{name}</th>' for name in head)
    body = "\n".join(f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return (
        f'<div class="scroll"><table><caption class="hidden">{_text(caption)}</caption>'
        f"<thead><tr>{top}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )


def _text(text: str) -> str:
    return escape_html(printable(text))
