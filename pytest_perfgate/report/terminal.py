"""The report for a terminal."""

from __future__ import annotations

from pytest_perfgate.model import ExitCode, GateReport, Judgement, Severity, Verdict
from pytest_perfgate.report.anomaly import anomaly_line
from pytest_perfgate.report.counts import count_line, headline, reason_of, worst_first
from pytest_perfgate.report.quantities import (
    column_width,
    format_interval,
    format_machine,
    format_percent,
    format_quantity,
    printable,
    shorten,
    wrapped,
)
from pytest_perfgate.report.row_past import is_heading, past_lines

_MOST_ROWS = 30
_MOST_WARNINGS = 20
_NARROWEST = 40
_NARROWEST_NAME = 16
_LONGEST_NAME = 100
_LONGEST_FULL_NAME = 400
# A paragraph from outside (an error's text, a warning) may be endless.
_LONGEST_TEXT = 1_000
# From this width on there is room for the values before and after.
_WIDE = 100
_INDENT = " " * 6
_EXPLAINED = frozenset({Verdict.REGRESSED, Verdict.INCONCLUSIVE, Verdict.MISSING})
_COLOURS = {"red": "31", "green": "32", "yellow": "33", "bold": "1"}
_ASCII = str.maketrans({"µ": "u", "…": "~", "·": "-", "∞": "inf", "–": "-", "×": "x", "σ": "sd"})


def render_terminal(report: GateReport, *, width: int = 80, colour: bool = False, unicode: bool = True) -> str:
    """The report as lines of at most `width` columns (40 at least); the verdict is a word, colour only underlines it.

    Commands under `Next:` stay on one line however long they are, so that they can be copied, and so does the last
    line, the counts, so that it can be searched for.
    """
    width = max(width, _NARROWEST)
    lines = [_painted(line, _mood(report), on=colour) for line in wrapped(headline(report), width)]
    if report.explanation:
        lines += _paragraphs(report.explanation, width)
    lines += _table(report, width, colour=colour, unicode=unicode)
    lines += _notes(report, width)
    lines.append(count_line(report))
    text = "\n".join(lines)
    return text if unicode else text.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")


def _mood(report: GateReport) -> str:
    return {ExitCode.PASSED: "green", ExitCode.REGRESSED: "red"}.get(report.exit_code, "yellow")


def _table(report: GateReport, width: int, *, colour: bool, unicode: bool) -> list[str]:
    shown = [row for row in worst_first(report.judgements) if _is_shown(row)]
    if not shown:
        return []
    kept = shown[:_MOST_ROWS]
    names, others = _columns(kept, width)
    lines = []
    for row, name, other in zip(kept, names, others, strict=True):
        lines.append(_painted(f"  {name}  {other}".rstrip(), "red", on=colour and row.fails))
        if row.fails and "…" in name:
            lines += wrapped(shorten(row.benchmark, _LONGEST_FULL_NAME), width, indent=_INDENT)
        if _is_explained(row):
            lines += wrapped(shorten(_reason(row), _LONGEST_TEXT), width, indent=_INDENT)
            below = past_lines(row, width - len(_INDENT), unicode=unicode)
            lines += [part for line in below for part in wrapped(line, width, indent=_INDENT)]
    if len(shown) > len(kept):
        lines += wrapped(
            f"… and {len(shown) - len(kept)} more rows; a .json, .md or .html report shows all of them", width, "  "
        )
    return ["", *lines, ""]


def _columns(rows: list[Judgement], width: int) -> tuple[list[str], list[str]]:
    """The names, padded to one width, and the rest of each line: as many columns as there is room for."""
    from tabulate import tabulate

    cells = [_cells(row) for row in rows]
    for count in (3, 2, 1) if width >= _WIDE else (2, 1):
        others = tabulate([cell[:count] for cell in cells], tablefmt="plain", disable_numparse=True).splitlines()
        room = width - max(column_width(line) for line in others) - 4
        if room >= _NARROWEST_NAME:
            break
    names = [shorten(_name(row), min(room, _LONGEST_NAME)) for row in rows]
    widest = max(column_width(name) for name in names)
    return [name + " " * (widest - column_width(name)) for name in names], others


def _is_shown(row: Judgement) -> bool:
    return (row.verdict is not Verdict.UNCHANGED or is_heading(row)) and not row.not_selected


def _is_explained(row: Judgement) -> bool:
    new_with_reason = row.verdict is Verdict.NEW and ": " in row.reason
    return bool(row.accepted) or row.verdict in _EXPLAINED or new_with_reason or is_heading(row)


def _name(row: Judgement) -> str:
    return row.benchmark if row.metric.name == "execution_time" else f"{row.benchmark} {row.metric.name}"


def _cells(row: Judgement) -> tuple[str, str, str]:
    """Verdict, change with interval, values before and after."""
    comparison = row.comparison
    verdict = "accepted" if row.accepted else row.verdict.value
    if comparison is None or comparison.relative_change is None:
        return (verdict, "", "")
    before, after = (
        format_quantity(side.value, row.metric.unit) if side else ""
        for side in (comparison.baseline, comparison.candidate)
    )
    change = f"{format_percent(comparison.relative_change)} {format_interval(comparison)}".strip()
    return (verdict, change, f"{before} -> {after}")


def _reason(row: Judgement) -> str:
    return f"{'' if row.severity is Severity.NONE else f'{row.severity.value}: '}{reason_of(row)}"


def _notes(report: GateReport, width: int) -> list[str]:
    lines: list[str] = []
    unchanged = report.count(Verdict.UNCHANGED)
    if unchanged:
        lines.append(f"{unchanged} benchmark{'s' * (unchanged > 1)} unchanged.")
    if report.against:
        lines += wrapped(f"Measured in turns with {shorten(report.against, _LONGEST_FULL_NAME)}.", width)
    if report.machine_shift is not None:
        lines += wrapped(format_machine(report.machine_shift), width)
    if line := anomaly_line(report):
        lines += wrapped(line, width)
    if report.recorded_to:
        lines += wrapped(f"Recorded to '{report.recorded_to}'.", width)
    for warning in report.warnings[:_MOST_WARNINGS]:
        lines += _paragraphs(f"Warning: {warning}", width)
    if len(report.warnings) > _MOST_WARNINGS:
        lines.append(f"… and {len(report.warnings) - _MOST_WARNINGS} more warnings")
    if report.next_steps:
        lines += ["Next:", *(f"  {printable(step)}" for step in report.next_steps)]
    return lines


def _paragraphs(text: str, width: int) -> list[str]:
    return [line for part in text.split("\n") for line in wrapped(shorten(part, _LONGEST_TEXT), width) or [""]]


def _painted(text: str, colour: str, *, on: bool) -> str:
    return f"\033[{_COLOURS[colour]}m{text}\033[0m" if on else text
