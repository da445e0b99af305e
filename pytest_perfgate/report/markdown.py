"""The report as GitHub-flavoured Markdown, for a pull request; every text from outside is escaped."""

from __future__ import annotations

import re

from pytest_perfgate.model import GateReport, Judgement, Outcome, Verdict
from pytest_perfgate.report.counts import count_line, headline, worst_first
from pytest_perfgate.report.quantities import (
    change_in_words,
    format_interval,
    format_machine,
    format_percent,
    format_quantity,
    printable,
    shorten,
)

MOST_CHARACTERS = 65_536
_NAME_WIDTH = 120
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|~>$:])")
_SYMBOLS = {
    Verdict.REGRESSED: "🔴",
    Verdict.IMPROVED: "🟢",
    Verdict.INCONCLUSIVE: "🟡",
    Verdict.MISSING: "⚠️",
    Verdict.NEW: "🆕",
    Verdict.UNCHANGED: "⚪",
}


def render_markdown(report: GateReport, *, limit: int = MOST_CHARACTERS) -> str:
    """Verdict first, then what moved, the rest folded; below `limit` characters by leaving out whole rows."""
    rows = [row for row in worst_first(report.judgements) if not row.not_selected]
    moved = [row for row in rows if row.verdict is not Verdict.UNCHANGED]
    rest = [row for row in rows if row.verdict is Verdict.UNCHANGED]
    while True:
        text = _document(report, moved, rest, len(rows) - len(moved) - len(rest))
        if len(text) < limit or not (moved or rest):
            return text
        # The least important whole rows go: first what is unchanged, then from the end of what moved.
        excess = max(1, (len(text) - limit) // 150)
        if rest:
            rest = rest[: max(0, len(rest) - excess)]
        else:
            moved = moved[: max(0, len(moved) - excess)]


def _document(report: GateReport, moved: list[Judgement], rest: list[Judgement], left_out: int) -> str:
    parts = [f"### {_first_line(report)}"]
    if report.explanation:
        parts.append(escape(report.explanation))
    if moved:
        parts.append(_table(moved))
        reasons = [f"- {_code(row.benchmark)}: {escape(row.reason)}" for row in moved if row.fails]
        if reasons:
            parts.append("\n".join(reasons))
    if rest:
        parts.append(f"<details><summary>{len(rest)} unchanged</summary>\n\n{_table(rest)}\n\n</details>")
    if left_out:
        parts.append(f"{left_out} less important rows are left out here; the full report has them.")
    if report.machine_shift is not None:
        parts.append(escape(format_machine(report.machine_shift)))
    parts += [f"⚠️ {escape(warning)}" for warning in report.warnings]
    parts += [f"Next: {_code(step)}" for step in report.next_steps]
    parts.append(escape(count_line(report)))
    return "\n\n".join(parts) + "\n"


def _first_line(report: GateReport) -> str:
    failing = [row for row in worst_first(report.judgements) if row.fails]
    total = len({row.benchmark for row in report.judgements if row.comparison is not None})
    if report.outcome is not Outcome.REGRESSED or not failing:
        return escape(headline(report))
    first = failing[0]
    names = {row.benchmark for row in failing}
    change = first.comparison.relative_change if first.comparison else None
    word = change_in_words(first.metric, change or 0.0)
    verb = "is" if len(names) == 1 else "are"
    interval = format_interval(first.comparison) if first.comparison else ""
    size = f" {format_percent(change)} {interval}".rstrip() if change is not None else ""
    return f"{len(names)} of {total} benchmarks {verb} {word}: {_code(first.benchmark)}{escape(size)}"


def _table(rows: list[Judgement]) -> str:
    head = "| | Benchmark | Metric | Change | Before | After |\n| --- | --- | --- | --- | --- | --- |"
    return "\n".join([head, *(_row(row) for row in rows)])


def _row(row: Judgement) -> str:
    comparison = row.comparison
    change = before = after = ""
    if comparison is not None and comparison.relative_change is not None:
        change = f"{format_percent(comparison.relative_change)} {format_interval(comparison)}".strip()
    if comparison is not None:
        before, after = (
            format_quantity(side.value, row.metric.unit) if side else ""
            for side in (comparison.baseline, comparison.candidate)
        )
    verdict = f"{_SYMBOLS[row.verdict]} {row.verdict.value}{' (accepted)' if row.accepted else ''}"
    cells = (
        verdict,
        _code(row.benchmark),
        escape(row.metric.name),
        escape(change),
        escape(before),
        escape(after),
    )
    return "| " + " | ".join(cells) + " |"


def escape(text: str) -> str:
    """Text that shows as itself: no markup, link, HTML, table cell or mention."""
    text = _SPECIAL.sub(r"\\\1", printable(text).replace("&", "&amp;").replace("<", "&lt;"))
    return text.replace("@", "@\u200b")


def _code(text: str) -> str:
    """A name in code style that can't leave it: HTML code, escaped, since backticks can't be escaped in a span."""
    shown = shorten(text, _NAME_WIDTH)
    entities = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
    safe = "".join(entities.get(char, char) for char in shown)
    # Inside inline HTML GitHub still reads Markdown, so its characters become entities too.
    safe = re.sub(r"([\\`*_{}\[\]()#!|~$:@])", lambda match: f"&#{ord(match.group(1))};", safe)
    return f"<code>{safe.replace('&#64;', '&#64;&#8203;')}</code>"
