"""Changes of level, and what creeps, as text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from pytest_perfgate.model.change_point import ChangePoint, ChangeReport, Creep
from pytest_perfgate.report.history import csv_cell
from pytest_perfgate.report.quantities import (
    change_in_words,
    format_bounds,
    format_percent,
    format_quantity,
    shorten,
    wrapped,
)

_WIDTH = 80
_CHANGE_WIDTH = 26
_METRIC_WIDTH = 20
_REVISION = 12
_PLAIN_METRIC = "execution_time"


def render_changes(report: ChangeReport) -> str:
    """By commit, newest first; 80 columns."""
    lines = wrapped(_headline(report), _WIDTH)
    lines += [line for note in report.notes for line in wrapped(f"Note: {note}.", _WIDTH)]
    shown = {change.id for change in report.changes}
    for group in _groups([c for c in report.changes if c.undoes not in shown]):
        lines += ["", *_group_lines(group, {change.id: change for change in report.changes})]
    if report.creeps:
        lines += ["", "Creeping, and no single change explains it:"]
        lines += [line for creep in report.creeps for line in _creep_lines(creep)]
    if not report.changes and not report.creeps:
        lines += ["", _nothing(report)]
    if step := _next_step(report.changes):
        lines += ["", "Next: " + step]
    return "\n".join(lines) + "\n"


def _headline(report: ChangeReport) -> str:
    span = f", {_day(report.first)} to {_day(report.last)}" if report.first and report.last else ""
    short = f", {report.too_short} too short to tell" if report.too_short else ""
    new = "; only what the newest run brought to light" if report.only_new else ""
    return f"{report.series} series over {report.runs} run{'s' * (report.runs != 1)}{span}{short}{new}"


def _nothing(report: ChangeReport) -> str:
    if report.series and report.series == report.too_short:
        return "Too few runs: a level needs three before and three after it changed."
    size = f"{report.min_change * 100:.3g} %"
    return f"No level changed for good by {size} or more" + (" in the newest run." if report.only_new else ".")


def _groups(changes: Sequence[ChangePoint]) -> Iterator[list[ChangePoint]]:
    """What changed at one run."""
    by_run: dict[str, list[ChangePoint]] = {}
    for change in changes:
        by_run.setdefault(change.run, []).append(change)
    for group in by_run.values():
        yield sorted(group, key=lambda change: (change.improved, -abs(change.relative_change), change.benchmark))


def _group_lines(group: Sequence[ChangePoint], known: dict[str, ChangePoint]) -> Iterator[str]:
    first = group[0]
    count = f" · {len(group)} together" if len(group) > 1 else ""
    yield f"{first.since:%Y-%m-%d %H:%M}  {_commits(first)}{count}"
    if first.same_code:
        yield "  (the same commit before and after: not the code)"
    for change in group:
        percent = f"{format_percent(change.relative_change)} {format_bounds(change.interval)}"
        metric = "" if change.metric.name == _PLAIN_METRIC else f" · {shorten(change.metric.name, _METRIC_WIDTH)}"
        words = change_in_words(change.metric, change.relative_change)
        yield f"  {percent:{_CHANGE_WIDTH}} {words}{metric} · {_how_long(change, known)}"
        yield f"    {shorten(change.benchmark, _WIDTH - 4)}"


def _commits(change: ChangePoint) -> str:
    if not change.bad:
        return "no commit known"
    good, bad = (shorten(text[:_REVISION], _REVISION) for text in (change.good, change.known_bad))
    if change.places == 1:
        return f"{shorten(change.bad[:_REVISION], _REVISION)}, after {good or 'nothing'}"
    return f"probably {shorten(change.bad[:_REVISION], _REVISION)}, in {good or 'the beginning'}..{bad}"


def _how_long(change: ChangePoint, known: dict[str, ChangePoint]) -> str:
    runs = f"{change.runs} run{'s' * (change.runs != 1)}"
    undone = known.get(change.undone_by)
    if undone is not None:
        return f"undone {undone.since:%Y-%m-%d}"
    return f"{runs}"


def _creep_lines(creep: Creep) -> Iterator[str]:
    words = change_in_words(creep.metric, creep.total)
    metric = "" if creep.metric.name == _PLAIN_METRIC else f" · {shorten(creep.metric.name, _METRIC_WIDTH)}"
    per_run = f"{creep.per_run * 100:+.2g} % per run"
    yield (
        f"  {per_run} · {format_percent(creep.total)} {words} in {creep.runs} runs since {_day(creep.since)}{metric}"
    )
    yield f"    {shorten(creep.benchmark, _WIDTH - 4)}"
    if creep.budget is not None and creep.breaks_on is not None:
        budget = format_quantity(creep.budget, creep.metric.unit)
        when = "is broken" if not creep.breaks_in_runs else f"breaks in {creep.breaks_in_runs} runs, about "
        yield f"    its budget of {budget} {when}{_day(creep.breaks_on) if creep.breaks_in_runs else ''}"


def _day(when: datetime | None) -> str:
    return f"{when:%Y-%m-%d}" if when is not None else ""


def _next_step(changes: Sequence[ChangePoint]) -> str:
    """How to find the commit of the newest change for the worse, where several may be it."""
    for change in changes:
        if not change.improved and not change.undone_by and not change.same_code and change.places > 1 and change.good:
            good, bad = (shorten(text[:_REVISION], _REVISION) for text in (change.good, change.known_bad))
            return f"perfgate bisect --good {good} --bad {bad} BENCHMARK"
    return ""


def render_changes_json(report: ChangeReport) -> str:
    """The whole as JSON."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"


_COLUMNS = (
    "benchmark",
    "metric",
    "unit",
    "since",
    "run",
    "good",
    "bad",
    "known_bad",
    "before",
    "after",
    "relative_change",
    "lower",
    "upper",
    "confidence",
    "runs",
    "improved",
    "together",
    "id",
    "undone_by",
    "undoes",
)


def render_changes_csv(report: ChangeReport) -> str:
    """One row per change, in base units."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for change in report.changes:
        writer.writerow(
            [
                csv_cell(change.benchmark),
                csv_cell(change.metric.name),
                csv_cell(change.metric.unit),
                change.since.isoformat(),
                change.run,
                csv_cell(change.good),
                csv_cell(change.bad),
                csv_cell(change.known_bad),
                change.before,
                change.after,
                change.relative_change,
                change.interval.lower,
                change.interval.upper,
                change.confidence,
                change.runs,
                str(change.improved).lower(),
                change.together,
                change.id,
                change.undone_by,
                change.undoes,
            ]
        )
    return out.getvalue()
