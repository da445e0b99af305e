"""Issues with everything real: the author, the lock, the commits of a range."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.github.actions import Job
from pytest_perfgate.github.converge import converge
from pytest_perfgate.github.issue_plan import IssueSettings, plan_issues
from pytest_perfgate.github.issues import read_issues
from pytest_perfgate.github.lock import lock
from pytest_perfgate.github.request import Request, converted
from pytest_perfgate.model.landed import BranchState, LandedChange
from pytest_perfgate.report.issue import Suspect
from pytest_perfgate.wiring.project import now

if TYPE_CHECKING:
    from pytest_perfgate.github.client import Client


class _Author(Struct, frozen=True):
    login: str = ""


class _Message(Struct, frozen=True):
    message: str


class _Commit(Struct, frozen=True):
    sha: str
    commit: _Message
    author: _Author | None = None


def not_the_branch(job: Job, branch: str, environ_branch: str) -> str:
    """Why this job is not one of the branch that issues are about; empty where it is."""
    if job.event.pull_request is not None or job.event.run is not None:
        return "Issues are about the default branch; a pull request has its comment."
    wanted = branch or job.event.default_branch
    if wanted and environ_branch and wanted != environ_branch:
        return f"Issues are about the branch '{wanted}'; this job is one of '{environ_branch}'."
    return ""


def keep_issues(
    client: Client, states: Sequence[BranchState], settings: IssueSettings, author: str, *, dry_run: bool
) -> list[Request]:
    """Bring the issues to what the branch says; two runs at once do it one after the other."""

    def plan() -> list[Request]:
        return plan_issues(states, read_issues(client, settings.repository, author), settings)

    planned = plan()
    if dry_run or not planned:
        return planned
    with lock(client, settings.repository, now()):
        return converge(plan, client)


def with_suspects(client: Client, settings: IssueSettings) -> IssueSettings:
    """The same with the commits of each new issue's range, oldest first."""

    def suspects(change: LandedChange) -> tuple[Suspect, ...]:
        if not change.good or not change.bad:
            return ()
        path = settings.repository.path("compare", f"{change.good}...{change.bad}")
        request = Request("GET", path, "read the commits of the range", "contents: read")
        content = client.send(request).content
        commits = content.get("commits", []) if isinstance(content, dict) else []
        return tuple(_suspect(converted(item, _Commit)) for item in commits)

    return replace(settings, suspects=suspects)


def _suspect(commit: _Commit) -> Suspect:
    subject = commit.commit.message.split("\n", 1)[0]
    return Suspect(commit.sha, subject, commit.author.login if commit.author is not None else "")
