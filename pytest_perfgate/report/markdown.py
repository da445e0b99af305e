"""The report as GitHub-flavoured Markdown, for a pull request; every text from outside is escaped."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

from pytest_perfgate.model import GateReport, Judgement, Outcome, Verdict
from pytest_perfgate.report.anomaly import anomaly_line
from pytest_perfgate.report.counts import count_line, headline, reason_of, verdict_words, worst_first
from pytest_perfgate.report.quantities import (
    change_in_words,
    format_interval,
    format_machine,
    format_percent,
    format_quantity,
    printable,
    shorten,
)
from pytest_perfgate.report.row_past import is_heading, past_lines

# GitHub's limit of a comment is in characters; counting bytes is safe however it counts them.
MOST_BYTES = 65_536
_NAME_WIDTH = 120
_TEXT_WIDTH = 500
_STEP_WIDTH = 400
_MOST_LINES = 10
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|~>$:])")
_MOVED = frozenset({Verdict.REGRESSED, Verdict.MISSING, Verdict.IMPROVED})
_SYMBOLS = {
    Verdict.REGRESSED: "🔴",
    Verdict.IMPROVED: "🟢",
    Verdict.INCONCLUSIVE: "🟡",
    Verdict.MISSING: "⚠️",
    Verdict.NEW: "🆕",
    Verdict.UNCHANGED: "⚪",
}


def render_markdown(report: GateReport, *, limit: int = MOST_BYTES, title: str = "", level: int = 3) -> str:
    """Verdict first, then what moved, the rest folded; below `limit` bytes by leaving out whole rows.

    `title`: stands before the verdict, such as a suite's name; `level`: of the heading.
    """
    heading = f"{'#' * level} {f'{escape(shorten(title, _NAME_WIDTH))}: ' if title else ''}{_first_line(report)}"
    rows = [row for row in worst_first(report.judgements) if not row.not_selected]
    # What moved stands before the rest, so that the least important rows are the last ones.
    rows = [row for row in rows if _is_news(row)] + [row for row in rows if not _is_news(row)]
    whole = _document(report, heading, rows, len(rows))
    if size_of(whole) < limit:
        return whole
    kept = bisect_left(
        range(1, len(rows)), 1, key=lambda count: size_of(_document(report, heading, rows, count)) >= limit
    )
    return _document(report, heading, rows, kept)


def size_of(text: str) -> int:
    """Bytes of UTF-8."""
    return len(text.encode("utf-8", "surrogatepass"))


def _document(report: GateReport, heading: str, rows: list[Judgement], count: int) -> str:
    """With the first `count` of the rows."""
    moved = [row for row in rows[:count] if _is_news(row)]
    rest = [row for row in rows[:count] if not _is_news(row)]
    left_out = len(rows) - count
    parts = [heading]
    if report.explanation:
        parts.append(_paragraph(report.explanation))
    if moved:
        parts.append(_table(moved))
        parts += _reasons([row for row in moved if row.verdict is not Verdict.IMPROVED])
    if rest:
        doubts = _reasons([row for row in rest if row.verdict is Verdict.INCONCLUSIVE])
        parts += [f"<details><summary>{_summary(rest)}</summary>", _table(rest), *doubts, "</details>"]
    if left_out:
        verb = "row is" if left_out == 1 else "rows are"
        parts.append(f"{left_out} less important {verb} left out here; the full report has them.")
    if report.against:
        parts.append(f"Measured in turns with {_paragraph(report.against)}.")
    if report.machine_shift is not None:
        parts.append(escape(format_machine(report.machine_shift)))
    if line := anomaly_line(report):
        parts.append(f"ℹ️ {escape(line)}")
    parts += [f"⚠️ {_paragraph(warning)}" for warning in report.warnings[:_MOST_LINES]]
    parts += _more(len(report.warnings), "warnings")
    if report.next_steps:
        parts.append(commands(report.next_steps))
    parts.append(escape(count_line(report)))
    return "\n\n".join(parts) + "\n"


def _is_news(row: Judgement) -> bool:
    return row.verdict in _MOVED or is_heading(row)


def _reasons(rows: list[Judgement]) -> list[str]:
    lines = [
        "<br>".join([f"{code(row.benchmark)}: {_paragraph(reason_of(row))}", *map(escape, past_lines(row))])
        for row in rows[:_MOST_LINES]
    ]
    lines += _more(len(rows), "reasons")
    return ["\n".join(f"- {line}" for line in lines)] if lines else []


def _more(count: int, noun: str) -> list[str]:
    return [f"and {count - _MOST_LINES} more {noun} in the full report"] if count > _MOST_LINES else []


def _summary(rows: list[Judgement]) -> str:
    counts = Counter(row.verdict.value for row in rows)
    return ", ".join(f"{number} {word}" for word, number in counts.items())


def commands(steps: Sequence[str], title: str = "Next:") -> str:
    """A fenced block: commands are copied from here, so they stay whole: half of one may quote nothing any more."""
    whole = [step for step in steps if shorten(step, _STEP_WIDTH) == step]
    if not whole:
        return (
            f"{title} the commands are in the full report; they are too long, or hold characters that can't be shown."
        )
    shown = whole[:_MOST_LINES]
    ticks = max((len(run) for step in shown for run in re.findall("`+", step)), default=0)
    fence = "`" * max(3, ticks + 1)
    return "\n".join([title, "", f"{fence}sh", *shown, fence])


def _first_line(report: GateReport) -> str:
    failing = [row for row in worst_first(report.judgements) if row.fails]
    total = len({row.benchmark for row in report.judgements if row.comparison is not None})
    if report.outcome is not Outcome.REGRESSED or not failing:
        return escape(headline(report))
    first = failing[0]
    size = ""
    if first.comparison is not None and first.comparison.relative_change is not None:
        size = f" {_change(first)}"
    count = len({row.benchmark for row in failing})
    metric = "" if first.metric.name == "execution_time" else f" {escape(first.metric.name)}"
    benchmarks = f"{count} of {total} benchmark{'s' * (total != 1)} {_what_happened(failing, count)}"
    return f"{benchmarks}: {code(first.benchmark)}{metric}{size}"


def _what_happened(failing: list[Judgement], count: int) -> str:
    """`is slower`, `are slower`, or, when they differ or there is no such word, `got worse`."""
    words = {
        change_in_words(row.metric, row.comparison.relative_change or 0.0)
        if row.comparison and row.comparison.method != "budget"
        else ""
        for row in failing
    }
    return f"{'is' if count == 1 else 'are'} slower" if words == {"slower"} else "got worse"


def _table(rows: list[Judgement]) -> str:
    head = "| | Benchmark | Metric | Change | Before | After |\n| --- | --- | --- | --- | --- | --- |"
    return "\n".join([head, *(_row(row) for row in rows)])


def _change(row: Judgement) -> str:
    comparison = row.comparison
    if comparison is None or comparison.relative_change is None:
        return ""
    return escape(f"{format_percent(comparison.relative_change)} {format_interval(comparison)}".strip())


def _row(row: Judgement) -> str:
    before = after = ""
    if row.comparison is not None:
        before, after = (
            format_quantity(side.value, row.metric.unit) if side else ""
            for side in (row.comparison.baseline, row.comparison.candidate)
        )
    cells = (
        f"{'☑️' if row.accepted else _SYMBOLS[row.verdict]} {verdict_words(row)}",
        code(row.benchmark),
        escape(shorten(row.metric.name, _NAME_WIDTH)),
        _change(row),
        escape(before),
        escape(after),
    )
    return "| " + " | ".join(cells) + " |"


def _paragraph(text: str) -> str:
    """Text of others, of a length that a reader and GitHub's limit bear."""
    return "<br>".join(escape(shorten(line.strip(), _TEXT_WIDTH)) for line in text.splitlines()[:_MOST_LINES])


def escape(text: str) -> str:
    """Text that shows as itself: no markup, link, HTML, table cell, mention or reference to an issue."""
    text = _SPECIAL.sub(r"\\\1", printable(text).replace("&", "&amp;").replace("<", "&lt;"))
    # GitHub finds mentions and #1 in the finished page, where an escape no longer shows.
    return text.replace("@", "@\u200b").replace("\\#", "\\#\u200b")


def code(text: str) -> str:
    """A name in code style that can't leave it: HTML code, escaped, since backticks can't be escaped in a span."""
    shown = shorten(text, _NAME_WIDTH)
    entities = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
    safe = "".join(entities.get(char, char) for char in shown)
    # Inside inline HTML GitHub still reads Markdown, so its characters become entities too.
    safe = re.sub(r"([\\`*_{}\[\]()!|~$:@]|(?<!&)#)", lambda match: f"&#{ord(match.group(1))};", safe)
    # `www.` would become a link.
    safe = re.sub(r"www\.", "www&#46;", safe, flags=re.IGNORECASE)
    return f"<code>{safe.replace('&#64;', '&#64;&#8203;')}</code>"
