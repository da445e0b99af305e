"""The event that started a workflow, as GitHub wrote it: which pull request, which commit."""

from __future__ import annotations

import msgspec
from msgspec import Struct, field

from pytest_perfgate.errors import ConfigError


class _Repository(Struct, frozen=True):
    full_name: str
    default_branch: str = ""


class _Side(Struct, frozen=True):
    sha: str
    ref: str = ""
    repo: _Repository | None = None


class _PullRequest(Struct, frozen=True):
    number: int
    head: _Side
    base: _Side


class _WorkflowRun(Struct, frozen=True):
    id: int
    event: str
    head_sha: str
    head_branch: str | None = None
    head_repository: _Repository | None = None


class _MergeGroup(Struct, frozen=True):
    head_sha: str


class _Payload(Struct, frozen=True):
    repository: _Repository | None = None
    pull_request: _PullRequest | None = None
    workflow_run: _WorkflowRun | None = None
    merge_group: _MergeGroup | None = None
    after: str = ""


class TriggeringRun(Struct, frozen=True):
    """The workflow run that a `workflow_run` event speaks of; `head_*`: where its commit is from (empty: deleted)."""

    id: int
    event: str
    head_sha: str
    head_branch: str
    head_repository: str


class Event(Struct, frozen=True):
    """What started the workflow.

    `pull_request`: its number, None where the event is not about one; `head_sha`: the commit that was pushed, not
    the merge of it that `GITHUB_SHA` names. `from_fork`: the pull request comes from another repository.
    """

    name: str
    repository: str = ""
    default_branch: str = ""
    pull_request: int | None = None
    head_sha: str = ""
    from_fork: bool = False
    run: TriggeringRun | None = field(default=None)


def parse_event(name: str, text: bytes) -> Event:
    """The event of a payload; unknown fields are passed over. ConfigError when it is no payload."""
    try:
        payload = msgspec.json.decode(text, type=_Payload)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ConfigError([f"The event file (GITHUB_EVENT_PATH) can't be read: {error}"]) from error
    own = payload.repository or _Repository("")
    event = Event(name, own.full_name, own.default_branch, head_sha=payload.after)
    if payload.pull_request is not None:
        head = payload.pull_request.head
        return msgspec.structs.replace(
            event,
            pull_request=payload.pull_request.number,
            head_sha=head.sha,
            from_fork=head.repo is None or head.repo.full_name != own.full_name,
        )
    if payload.workflow_run is not None:
        return msgspec.structs.replace(
            event, head_sha=payload.workflow_run.head_sha, run=_triggering(payload.workflow_run)
        )
    if payload.merge_group is not None:
        return msgspec.structs.replace(event, head_sha=payload.merge_group.head_sha)
    return event


def _triggering(run: _WorkflowRun) -> TriggeringRun:
    source = run.head_repository.full_name if run.head_repository is not None else ""
    return TriggeringRun(run.id, run.event, run.head_sha, run.head_branch or "", source)
