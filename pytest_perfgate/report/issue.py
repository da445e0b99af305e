"""An issue about a regression that reached the default branch, as text."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from msgspec import Struct

from pytest_perfgate.model.judgement import Severity
from pytest_perfgate.model.landed import LandedChange, LandedRow, RowState
from pytest_perfgate.report.comment import link, safe_url
from pytest_perfgate.report.markdown import code, commands, escape
from pytest_perfgate.report.quantities import format_percent, format_quantity, printable, shorten

_TITLE_NAME_WIDTH = 80
_MOST_ROWS = 100
_MOST_SUSPECTS = 10
_SUBJECT_WIDTH = 100
_ORDER = tuple(Severity)
_REVISION = re.compile(r"[0-9a-f]{7,64}")


OUTRO = (
    "This text is kept up to date; the title, the labels and comments are yours. Close it as *not planned*, or label "
    "it `perfgate:ignore`, and it stays as it is. If slower is right: `perfgate accept`."
)


class Suspect(Struct, frozen=True):
    """A commit of the range, and who wrote it (a login, empty where it is not known)."""

    revision: str
    subject: str
    author: str = ""


class IssueFacts(Struct, frozen=True):
    """What an issue says beside the change: links (empty: none), commits that may be the cause, rows that came back.

    `suite`: its name, empty where there is only one.
    """

    suite: str = ""
    compare_url: str = ""
    run_url: str = ""
    report_url: str = ""
    suspects: tuple[Suspect, ...] = ()
    resolved: tuple[RowState, ...] = ()


def severity_of(rows: Sequence[LandedRow]) -> Severity:
    """The worst of the rows."""
    return max((row.severity for row in rows), key=_ORDER.index, default=Severity.NONE)


def worst_row(rows: Sequence[LandedRow]) -> LandedRow:
    """The row that moved most."""
    return max(rows, key=lambda row: (_ORDER.index(row.severity), abs(row.relative_change or 0.0)))


def render_title(change: LandedChange, suite: str = "") -> str:
    """One line; a title knows no markup, so only what would notify somebody is broken."""
    worst = worst_row(change.rows)
    size = f" {format_percent(worst.relative_change)}" if worst.relative_change is not None else ""
    since = f" since {change.bad[:12]}" if _REVISION.fullmatch(change.bad) else ""
    name = shorten(printable(worst.benchmark), _TITLE_NAME_WIDTH).replace("@", "@\u200b")
    others = len(change.rows) - 1
    more = f" and {others} more" if others else ""
    return f"Performance{f' of {suite}' if suite else ''}: {name}{size}{more}{since}"


def render_issue(change: LandedChange, facts: IssueFacts) -> str:
    """The text about one change; an issue has one or more of them, `OUTRO` and its marker."""
    rows = sorted(change.rows, key=lambda row: -abs(row.relative_change or 0.0))
    parts = [_first_sentence(change, facts), _table(rows[:_MOST_ROWS])]
    if len(rows) > _MOST_ROWS:
        parts.append(f"and {len(rows) - _MOST_ROWS} more rows in the report")
    if facts.resolved:
        parts.append("\n".join(f"- {code(row.benchmark)}: {_how_resolved(row)}" for row in facts.resolved))
    links = [("commits", facts.compare_url), ("run", facts.run_url), ("HTML report", facts.report_url)]
    shown = [link(text, safe_url(url)) for text, url in links if url]
    if shown:
        parts.append(" · ".join(shown))
    if facts.suspects:
        parts.append(_suspects(facts.suspects))
    parts += _how_to_reproduce(change, worst_row(rows))
    return "\n\n".join(parts) + "\n"


def render_size_comment(change: LandedChange) -> str:
    """What is new, on a change of size."""
    worst = worst_row(change.rows)
    return f"Now {_size(worst)}: {code(worst.benchmark)}{_at(change.bad)}\n"


def _first_sentence(change: LandedChange, facts: IssueFacts) -> str:
    severity = severity_of(change.rows)
    suite = f" of {escape(facts.suite)}" if facts.suite else ""
    what = f"1 benchmark{suite} is" if len(change.rows) == 1 else f"{len(change.rows)} rows{suite} are"
    good, bad = (revision if _REVISION.fullmatch(revision) else "" for revision in (change.good, change.bad))
    between = f", between <code>{good[:12]}</code> and <code>{bad[:12]}</code>" if good and bad else _at(bad)
    return f"{what} worse on the default branch than recorded before{between} (severity: {severity.value})."


def _at(revision: str) -> str:
    return f" at <code>{revision[:12]}</code>" if _REVISION.fullmatch(revision) else ""


def _table(rows: Sequence[LandedRow]) -> str:
    head = "| Benchmark | Metric | Change | Before | After |\n| --- | --- | --- | --- | --- |"
    return "\n".join([head, *(_row(row) for row in rows)])


def _row(row: LandedRow) -> str:
    before, after = (
        "" if level is None else escape(format_quantity(level, row.metric.unit)) for level in (row.before, row.after)
    )
    cells = (code(row.benchmark), escape(shorten(row.metric.name, _TITLE_NAME_WIDTH)), _size(row), before, after)
    return "| " + " | ".join(cells) + " |"


def _size(row: LandedRow) -> str:
    if row.relative_change is None:
        return ""
    bounds = ""
    if row.interval is not None:
        ends = (format_percent(end).removesuffix(" %") for end in (row.interval.lower, row.interval.upper))
        bounds = f" [{', '.join(ends)}]"
    return escape(f"{format_percent(row.relative_change)}{bounds}")


def _how_resolved(row: RowState) -> str:
    return f"accepted: {escape(shorten(row.accepted, _SUBJECT_WIDTH))}" if row.accepted else "came back"


def _suspects(suspects: Sequence[Suspect]) -> str:
    lines = ["Commits of the range:"]
    for suspect in suspects[:_MOST_SUSPECTS]:
        author = f", by {code(suspect.author)}" if suspect.author else ""
        lines.append(
            f"- <code>{suspect.revision[:12]}</code> {escape(shorten(suspect.subject, _SUBJECT_WIDTH))}{author}"
        )
    if len(suspects) > _MOST_SUSPECTS:
        lines.append(f"- and {len(suspects) - _MOST_SUSPECTS} more")
    return "\n".join(lines)


def _how_to_reproduce(change: LandedChange, worst: LandedRow) -> list[str]:
    """Commands that hold the name quoted, once, and commits that are hexadecimal digits."""
    if not (_REVISION.fullmatch(change.good) and _REVISION.fullmatch(change.bad)):
        return []
    name, good = shlex.quote(worst.benchmark), change.good[:12]
    skip = "'pytest --perfgate \"$@\"; code=$?; [ $code -ne 10 ] || exit 125; exit $code'"
    return [
        commands(
            [f"git checkout {change.bad[:12]}", f"pytest --perfgate --perfgate-against={good} {name}"], "Reproduce:"
        ),
        commands(
            [
                f"git bisect start {change.bad[:12]} {good}",
                f"git bisect run sh -c {skip} sh --perfgate-against={good} {name}",
            ],
            "Find the commit:",
        ),
    ]
