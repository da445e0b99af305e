"""What to send so that the issues say how the default branch stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.github.issue_marker import Marker, make_marker, render_marker, without_marker
from pytest_perfgate.github.issues import (
    LABEL,
    PERMISSION,
    Found,
    KnownIssue,
    changed_size,
    how_resolved,
    match,
    resolved_rows,
)
from pytest_perfgate.github.request import Repository, Request
from pytest_perfgate.model import Severity
from pytest_perfgate.model.landed import BranchState, LandedChange
from pytest_perfgate.report.issue import (
    OUTRO,
    IssueFacts,
    Suspect,
    render_issue,
    render_size_comment,
    render_title,
    severity_of,
    worst_row,
)
from pytest_perfgate.report.markdown import escape

_ORDER = tuple(Severity)


class IssueSettings(Struct, frozen=True):
    """How issues are kept; `most_new`: opened in one run, one more lists the rest. `suspects`: commits of a range."""

    repository: Repository
    today: date
    most_new: int = 5
    labels: tuple[str, ...] = ()
    facts: IssueFacts = IssueFacts()
    server_url: str = ""
    suspects: Callable[[LandedChange], tuple[Suspect, ...]] = lambda _change: ()


def plan_issues(states: Sequence[BranchState], known: Sequence[KnownIssue], settings: IssueSettings) -> list[Request]:
    """Open, update, reopen and close; each piece of news is one comment, and a size is told once a day at most."""
    found = match(states, known)
    requests: list[Request] = []
    for item in found:
        if item.issue is not None:
            requests += _keep(item, item.issue, settings)
            requests += [_close_double(other, item.issue, settings) for other in item.others]
    requests += [_open(item, settings) for item in _limited([item for item in found if item.issue is None], settings)]
    busy = {issue.number for item in found for issue in (item.issue, *item.others) if issue is not None}
    for issue in known:
        if issue.state == "open" and not issue.is_ignored and issue.number not in busy:
            requests += _close_resolved(issue, states, settings)
    return requests


def _limited(new: Sequence[Found], settings: IssueSettings) -> list[Found]:
    """The worst, each by itself, and one that lists the rest."""
    ordered = sorted(new, key=_badness, reverse=True)
    listed, rest = ordered[: settings.most_new], ordered[settings.most_new :]
    return [*listed, Found(tuple(part for item in rest for part in item.parts))] if rest else listed


def _badness(found: Found) -> tuple[int, float]:
    return _ORDER.index(severity_of(found.rows)), abs(worst_row(found.rows).relative_change or 0.0)


def _open(found: Found, settings: IssueSettings) -> Request:
    suites = {part.state.suite for part in found.parts}
    whole = replace(found.parts[0].change, rows=found.rows)
    content = {
        "title": render_title(whole, suites.pop() if len(suites) == 1 else ""),
        "body": _body(found, settings, None),
        "labels": [LABEL, f"{LABEL}:{severity_of(found.rows).value}", *settings.labels],
    }
    return Request("POST", settings.repository.path("issues"), "open an issue", PERMISSION, content)


def _body(found: Found, settings: IssueSettings, known: Marker | None) -> str:
    """The text of each part, and the marker; the range of a known issue is that of the day when it was found."""
    texts, resolved = [], resolved_rows(found)
    for part in found.parts:
        change = part.change
        if known is not None:
            change = replace(change, good=known.good, bad=known.bad)
        facts = _facts(change, part.state.suite, settings)
        if known is None and found.issue is None:
            facts = replace(facts, suspects=settings.suspects(change))
        texts.append(render_issue(change, replace(facts, resolved=resolved)))
        resolved = ()
    parts = [(part.state.suite, part.change) for part in found.parts]
    marker = make_marker(parts, found.issue.marker if found.issue is not None else None, settings.today)
    if known is not None:
        marker = replace(marker, good=known.good, bad=known.bad)
    return "\n".join([*texts, OUTRO, "", render_marker(marker), ""])


def _facts(change: LandedChange, suite: str, settings: IssueSettings) -> IssueFacts:
    compare = ""
    if change.good and change.bad and settings.server_url:
        compare = f"{settings.server_url}/{settings.repository.full_name}/compare/{change.good}...{change.bad}"
    return replace(settings.facts, suite=suite, compare_url=compare)


def _keep(found: Found, issue: KnownIssue, settings: IssueSettings) -> list[Request]:
    """An issue that there is: updated where it is open, reopened where the regression returned after it was closed."""
    reopened = issue.state == "closed"
    if reopened and not all(_is_later(part.state, issue) for part in found.parts):
        return []
    if not reopened and not changed_size(found):
        return []
    marker = issue.marker
    content: dict[str, Any] = {"body": _body(found, settings, None if reopened else marker)}
    if reopened:
        content["state"] = "open"
    requests = [_patch(issue, "reopen" if reopened else "update", content, settings)]
    if reopened or marker is None or marker.commented != settings.today:
        news = render_size_comment(max(found.parts, key=lambda part: _badness(Found((part,)))).change)
        requests.append(_comment(issue, f"It is back. {news}" if reopened else news, settings))
    return requests


def _is_later(state: BranchState, issue: KnownIssue) -> bool:
    """Whether the commit is younger than the closing: an older one says nothing about what closed the issue."""
    if issue.closed_at is None or state.committed_at is None:
        return False
    return state.committed_at > issue.closed_at


def _close_resolved(issue: KnownIssue, states: Sequence[BranchState], settings: IssueSettings) -> list[Request]:
    rows = how_resolved(issue, states)
    if rows is None:
        return []
    reasons = sorted({row.accepted for row in rows if row.accepted})
    revision = next((state.revision for state in states if set(rows) & set(state.rows.values())), "")
    at = f" at {revision[:12]}" if revision else ""
    word = f"Accepted: {escape('; '.join(reasons)[:500])}." if reasons else f"The level came back{escape(at)}."
    close = _patch(issue, "close", {"state": "closed", "state_reason": "completed"}, settings)
    return [close, _comment(issue, f"{word}\n", settings)]


def _close_double(issue: KnownIssue, kept: KnownIssue, settings: IssueSettings) -> Request:
    body = f"The same as issue {kept.number}, which is kept up to date.\n\n{without_marker(issue.body)}"
    content = {"state": "closed", "state_reason": "completed", "body": body}
    return _patch(issue, "close", content, settings)


def _patch(issue: KnownIssue, verb: str, content: dict[str, Any], settings: IssueSettings) -> Request:
    path = settings.repository.path("issues", issue.number)
    return Request("PATCH", path, f"{verb} issue #{issue.number}", PERMISSION, content)


def _comment(issue: KnownIssue, body: str, settings: IssueSettings) -> Request:
    path = settings.repository.path("issues", issue.number, "comments")
    return Request("POST", path, f"comment on issue #{issue.number}", PERMISSION, {"body": body})
