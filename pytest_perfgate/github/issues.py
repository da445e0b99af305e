"""Issues about regressions on the default branch: which one is about which change, and never against a person."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace

from pytest_perfgate.github.issue_marker import MarkedRow, Marker, parse_marker
from pytest_perfgate.github.request import GitHub, Repository, Request, converted
from pytest_perfgate.model.judgement import Verdict
from pytest_perfgate.model.landed import BranchState, LandedChange, LandedRow, RowState, fingerprint_of

PERMISSION = "issues: write"
LABEL = "perfgate"
IGNORE = "perfgate:ignore"
# A level within this share of the change, on the log scale, is the same level.
_HALF = 0.5


class _User(Struct, frozen=True):
    login: str


class _Label(Struct, frozen=True):
    name: str | None = None


class KnownIssue(Struct, frozen=True):
    """An issue of ours as GitHub has it."""

    number: int
    state: str
    body: str | None = None
    state_reason: str | None = None
    closed_at: datetime | None = None
    user: _User | None = None
    labels: list[_Label | str] = field(default_factory=list)
    pull_request: dict[str, object] | None = None

    @property
    def marker(self) -> Marker | None:
        """What it is about; None where it is none of ours, or a person has cut the marker out."""
        return parse_marker(self.body)

    @property
    def is_ignored(self) -> bool:
        """Whether a person has said that it is to stay as it is."""
        names = {label if isinstance(label, str) else label.name for label in self.labels}
        return IGNORE in names or (self.state == "closed" and self.state_reason == "not_planned")


class Part(Struct, frozen=True):
    """A change, or what is left of one, of one suite."""

    state: BranchState
    change: LandedChange


class Found(Struct, frozen=True):
    """What one issue is about; `issue` is None where there is none yet; `others` are about the same."""

    parts: tuple[Part, ...]
    issue: KnownIssue | None = None
    others: tuple[KnownIssue, ...] = ()

    @property
    def rows(self) -> tuple[LandedRow, ...]:
        """The rows of all parts."""
        return tuple(row for part in self.parts for row in part.change.rows)


def read_issues(github: GitHub, repository: Repository, author: str) -> list[KnownIssue]:
    """All issues of ours, open and closed; by their author, since a person may have taken the label away."""
    request = Request("GET", repository.path("issues"), "list the issues", PERMISSION)
    query = {"state": "all", "creator": author}
    found = [converted(item, KnownIssue) for item in github.pages(replace(request, query=query))]
    own = [issue for issue in found if issue.pull_request is None and issue.user and issue.user.login == author]
    return sorted((issue for issue in own if issue.marker is not None), key=lambda issue: issue.number)


def match(states: Sequence[BranchState], known: Sequence[KnownIssue]) -> list[Found]:
    """Each row with the issue that is about it already; what is left of a change is new.

    Rows that a person wants to hear no more of are left out.
    """
    fresh: list[Found] = []
    parts: dict[int, list[Part]] = {}
    by_number = {issue.number: issue for issue in known}
    for state in states:
        for change in state.changes:
            for number, rows in _by_issue(state, change, known).items():
                part = Part(state, _part(change, rows, state.suite))
                if number is None:
                    fresh.append(Found((part,)))
                else:
                    parts.setdefault(number, []).append(part)
    kept = [
        Found(tuple(found), by_number[number], _doubles(by_number[number], known)) for number, found in parts.items()
    ]
    return [*kept, *fresh]


def _by_issue(
    state: BranchState, change: LandedChange, known: Sequence[KnownIssue]
) -> dict[int | None, list[LandedRow]]:
    found: dict[int | None, list[LandedRow]] = {}
    for row in change.rows:
        about = [issue for issue in known if _is_about(issue, change, row, state)]
        if not any(issue.is_ignored for issue in about):
            issue = _choose(about)
            found.setdefault(issue.number if issue is not None else None, []).append(row)
    return found


def _choose(about: Sequence[KnownIssue]) -> KnownIssue | None:
    """The oldest that is open; else the newest that was closed, to be reopened."""
    still_open = [issue for issue in about if issue.state == "open"]
    return still_open[0] if still_open else about[-1] if about else None


def _part(change: LandedChange, rows: Sequence[LandedRow], suite: str) -> LandedChange:
    if len(rows) == len(change.rows):
        return change
    keys = [row.key(suite) for row in rows]
    return replace(change, rows=tuple(rows), fingerprint=fingerprint_of(suite, change.bad, keys))


def _doubles(issue: KnownIssue, known: Sequence[KnownIssue]) -> tuple[KnownIssue, ...]:
    """Other open issues that hold nothing beyond this one, which an earlier race has left."""
    own = issue.marker
    if own is None or issue.state != "open":
        return ()
    return tuple(
        other
        for other in known
        if other.number > issue.number
        and other.state == "open"
        and not other.is_ignored
        and other.marker is not None
        and other.marker.rows.keys() <= own.rows.keys()
    )


def _is_about(issue: KnownIssue, change: LandedChange, row: LandedRow, state: BranchState) -> bool:
    """By the change's own name; else by the row, if it moved from the same level as then."""
    marker = issue.marker
    if marker is None:
        return False
    if marker.fingerprint == change.fingerprint or (marker.whole and marker.good == change.good):
        return True
    marked = marker.rows.get(row.key(state.suite))
    return marked is not None and _same_level(marked, row.before)


def _same_level(marked: MarkedRow, level: float | None) -> bool:
    then, jump = marked.before, abs(marked.change or 0.0)
    if then is None or level is None or then <= 0 or level <= 0 or not jump:
        return True
    return abs(math.log(level / then)) < _HALF * math.log1p(jump)


def how_resolved(issue: KnownIssue, states: Sequence[BranchState]) -> tuple[RowState, ...] | None:
    """How its rows stand if every one came back or was accepted; None while one did not, or is not known."""
    marker = issue.marker
    if marker is None or marker.whole or not marker.rows:
        return None
    rows = [_resolved(key, marked, states) for key, marked in marker.rows.items()]
    return None if None in rows else tuple(row for row in rows if row is not None)


def _resolved(key: str, marked: MarkedRow, states: Sequence[BranchState]) -> RowState | None:
    now = next((state.rows[key] for state in states if key in state.rows), None)
    return now if now is not None and _came_back(now, marked) else None


def _came_back(now: RowState, marked: MarkedRow) -> bool:
    """Not "unchanged" alone: a baseline that has learned the slow level would say that, too."""
    if now.accepted:
        return True
    return now.verdict in {Verdict.UNCHANGED, Verdict.IMPROVED} and _same_level(marked, now.level)


def resolved_rows(found: Found) -> tuple[RowState, ...]:
    """Rows of the issue that have come back while others have not."""
    marker = found.issue.marker if found.issue is not None else None
    states = [part.state for part in found.parts]
    rows = [_resolved(key, marked, states) for key, marked in (marker.rows if marker is not None else {}).items()]
    return tuple(row for row in rows if row is not None)


def changed_size(found: Found) -> bool:
    """Whether a row's size has left its interval, or a row has joined."""
    marker = found.issue.marker if found.issue is not None else None
    return any(
        marker is None or _has_changed(marker, row, part.state.suite)
        for part in found.parts
        for row in part.change.rows
    )


def _has_changed(marker: Marker, row: LandedRow, suite: str) -> bool:
    marked = marker.rows.get(row.key(suite))
    if marked is None:
        return not marker.whole
    return row.interval is not None and not row.interval.lower <= (marked.change or 0.0) <= row.interval.upper
