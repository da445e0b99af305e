"""The comment on a pull request: which one, found again, updated in place, never a second one."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.errors import PublishError
from pytest_perfgate.github.actions import Job
from pytest_perfgate.github.event import TriggeringRun
from pytest_perfgate.github.request import GitHub, Repository, Request, converted

PERMISSION = "pull-requests: write"
# Who writes with the token that a workflow gets.
WORKFLOW_AUTHOR = "github-actions[bot]"


class _User(Struct, frozen=True):
    login: str


class _Source(Struct, frozen=True):
    full_name: str


class _Head(Struct, frozen=True):
    sha: str
    repo: _Source | None = None


class PullRequest(Struct, frozen=True):
    """An open or closed pull request; `head.repo` is None when its repository was deleted."""

    number: int
    state: str
    head: _Head


class Comment(Struct, frozen=True):
    """A comment of its conversation."""

    id: int
    body: str | None = None
    user: _User | None = None


def own_login(github: GitHub) -> str:
    """Who the token writes as; a workflow's own token may not ask, and is known."""
    request = Request("GET", "/user", "ask who the token belongs to", "")
    try:
        content = github.send(request).content
    except PublishError as error:
        if error.status in {403, 404}:
            return WORKFLOW_AUTHOR
        raise
    return converted(content, _User).login


def get_pull_request(github: GitHub, repository: Repository, number: int) -> PullRequest:
    """The pull request as it is now."""
    request = Request("GET", repository.path("pulls", number), f"read pull request #{number}", "pull-requests: read")
    return converted(github.send(request).content, PullRequest)


def find_pull_request(github: GitHub, job: Job, run: TriggeringRun) -> PullRequest | None:
    """The open pull request whose head is the very commit that a run measured; None when it has moved on.

    Asked of GitHub by facts that GitHub wrote into the event; nothing that the run itself made is believed.
    """
    listing = Request("GET", job.repository.path("pulls"), "list the pull requests", "pull-requests: read")
    query = {"state": "open"}
    if run.head_repository and run.head_branch:
        query["head"] = f"{run.head_repository.split('/')[0]}:{run.head_branch}"
    found = [
        pull
        for pull in (converted(item, PullRequest) for item in github.pages(replace(listing, query=query)))
        if pull.head.sha == run.head_sha and _is_from(pull, run)
    ]
    if len(found) > 1:
        numbers = ", ".join(f"#{pull.number}" for pull in found)
        raise PublishError(
            f"{numbers} have the same commit {run.head_sha[:12]}: which of them was measured can't be known; "
            "name it with '--pull-request N'."
        )
    return found[0] if found else None


def _is_from(pull: PullRequest, run: TriggeringRun) -> bool:
    source = pull.head.repo.full_name if pull.head.repo is not None else ""
    return source.lower() == run.head_repository.lower()


def read_comments(github: GitHub, repository: Repository, number: int) -> list[Comment]:
    """All comments of the conversation, oldest first, of every page."""
    request = Request("GET", repository.path("issues", number, "comments"), "read the comments", PERMISSION)
    return [converted(item, Comment) for item in github.pages(request)]


class Wanted(Struct, frozen=True):
    """How a suite's comment shall stand on pull request `number`.

    `body`: its text, None for no comment at all. `author`: ours are those of this login that hold the marker.
    `may_open`: whether it is worth a new comment, or only the update of one that is there.
    """

    number: int
    body: str | None
    marker: str
    author: str
    may_open: bool = True


def plan_comment(comments: Iterable[Comment], wanted: Wanted, repository: Repository) -> list[Request]:
    """What to send so that exactly one comment of ours stands there, or none.

    Anybody may write the marker: only our own comments are touched. Of several, which an earlier race may have left,
    the oldest stays.
    """
    number, body = wanted.number, wanted.body
    own = sorted((comment for comment in comments if _is_own(comment, wanted)), key=lambda comment: comment.id)
    if body is not None and not own:
        path = repository.path("issues", number, "comments")
        post = Request("POST", path, f"comment on #{number}", PERMISSION, {"body": body})
        return [post] if wanted.may_open else []
    requests = []
    if body is not None and _plain(own[0].body) != _plain(body):
        what = f"update the comment on #{number}"
        requests.append(Request("PATCH", _path(repository, own[0]), what, PERMISSION, {"body": body}))
    surplus = own if body is None else own[1:]
    what = f"delete the comment on #{number}"
    return [*requests, *(Request("DELETE", _path(repository, comment), what, PERMISSION) for comment in surplus)]


def _is_own(comment: Comment, wanted: Wanted) -> bool:
    return comment.user is not None and comment.user.login == wanted.author and wanted.marker in (comment.body or "")


def _path(repository: Repository, comment: Comment) -> str:
    return repository.path("issues", "comments", comment.id)


def _plain(text: str | None) -> str:
    """GitHub may keep other line ends, and none at the end."""
    return (text or "").replace("\r\n", "\n").strip()
