"""The report for a terminal."""

from __future__ import annotations

import textwrap

from pytest_perfgate.model import ExitCode, GateReport, Judgement, Verdict
from pytest_perfgate.report.counts import count_line, headline, worst_first
from pytest_perfgate.report.quantities import (
    format_interval,
    format_machine,
    format_percent,
    format_quantity,
    printable,
    shorten,
)

_MOST_ROWS = 30
_NARROWEST_NAME = 16
# From this width on there is room for the values before and after.
_WIDE = 100
_COLOURS = {"red": "31", "green": "32", "yellow": "33", "bold": "1"}
_ASCII = str.maketrans({"µ": "u", "…": "~", "·": "-", "∞": "inf", "–": "-", "×": "x"})


def render_terminal(report: GateReport, *, width: int = 80, colour: bool = False, unicode: bool = True) -> str:
    """The report as lines of at most `width` columns; the verdict is a word, colour only underlines it."""
    width = max(width, 40)
    lines = [_painted(headline(report), _mood(report), on=colour)]
    if report.explanation:
        lines += _wrapped(report.explanation, width)
    lines += _table(report, width, colour=colour)
    lines += _notes(report, width)
    lines.append(count_line(report))
    text = "\n".join(lines)
    return text if unicode else text.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")


def _mood(report: GateReport) -> str:
    return {ExitCode.PASSED: "green", ExitCode.REGRESSED: "red"}.get(report.exit_code, "yellow")


def _table(report: GateReport, width: int, *, colour: bool) -> list[str]:
    shown = [row for row in worst_first(report.judgements) if _is_shown(row)]
    if not shown:
        return []
    from tabulate import tabulate

    kept = shown[:_MOST_ROWS]
    cells = [_cells(row)[: 4 if width >= _WIDE else 3] for row in kept]
    others = tabulate([cell[1:] for cell in cells], tablefmt="plain", disable_numparse=True).splitlines()
    room = max(_NARROWEST_NAME, width - max(len(line) for line in others) - 4)
    lines = []
    for row, cell, other in zip(kept, cells, others, strict=True):
        name = shorten(cell[0], room)
        lines.append(f"  {_padded(name, room)}  {other}".rstrip()[: width + 20])
        if row.verdict in {Verdict.REGRESSED, Verdict.INCONCLUSIVE, Verdict.MISSING}:
            lines += _wrapped(_reason(row), width, indent="      ")
    lines = [_painted(line, "red", on=colour and " regressed" in line) for line in lines]
    if len(shown) > len(kept):
        more = f"… and {len(shown) - len(kept)} more rows; a .json, .md or .html report shows all of them"
        lines += _wrapped(more, width, indent="  ")
    return ["", *lines, ""]


def _is_shown(row: Judgement) -> bool:
    return row.verdict is not Verdict.UNCHANGED and not row.not_selected


def _cells(row: Judgement) -> tuple[str, ...]:
    name = row.benchmark if row.metric.name == "execution_time" else f"{row.benchmark} {row.metric.name}"
    verdict = f"{row.verdict.value}{' (accepted)' if row.accepted else ''}"
    comparison = row.comparison
    if comparison is None or comparison.relative_change is None:
        return (name, verdict, "", "")
    before, after = (
        format_quantity(side.value, row.metric.unit) if side else ""
        for side in (comparison.baseline, comparison.candidate)
    )
    change = f"{format_percent(comparison.relative_change)} {format_interval(comparison)}".strip()
    return (name, verdict, change, f"{before} -> {after}")


def _reason(row: Judgement) -> str:
    parts = [row.reason]
    comparison = row.comparison
    if comparison is not None and comparison.adjusted_p_value is not None and row.verdict is Verdict.REGRESSED:
        parts.append(
            f"p = {comparison.adjusted_p_value:.2g}, {comparison.candidate_processes} processes against "
            f"{comparison.baseline_runs} runs"
        )
    if row.accepted:
        parts.append(f"accepted: {row.accepted}")
    return "; ".join(parts)


def _notes(report: GateReport, width: int) -> list[str]:
    lines: list[str] = []
    unchanged = report.count(Verdict.UNCHANGED)
    if unchanged:
        lines.append(f"{unchanged} benchmark{'s' * (unchanged > 1)} unchanged.")
    if report.machine_shift is not None:
        lines += _wrapped(format_machine(report.machine_shift), width)
    if report.recorded_to:
        lines += _wrapped(f"Recorded to '{report.recorded_to}'.", width)
    for warning in report.warnings:
        lines += _wrapped(f"Warning: {warning}", width)
    for step in report.next_steps:
        lines += ["Next:", f"  {printable(step)}"]
    return lines


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines += textwrap.wrap(
            printable(paragraph),
            width,
            initial_indent=indent,
            subsequent_indent=indent,
            break_on_hyphens=False,
        ) or [""]
    return lines


def _padded(text: str, width: int) -> str:
    from pytest_perfgate.report.quantities import column_width

    return text + " " * max(0, width - column_width(text))


def _painted(text: str, colour: str, *, on: bool) -> str:
    return f"\033[{_COLOURS[colour]}m{text}\033[0m" if on else text
