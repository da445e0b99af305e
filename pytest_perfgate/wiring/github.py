"""GitHub with everything real: the job's variables and files, the client, and what is posted."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from pytest_perfgate.errors import ConfigError, MissingExtraError, StoreError, UnsureWriteError
from pytest_perfgate.github.actions import MOST_SUMMARY_BYTES, Job, outputs, read_job, render_outputs
from pytest_perfgate.github.artifact import download_artifact
from pytest_perfgate.github.checks import CheckRun, Identity, find_check, plan_first, plan_rest
from pytest_perfgate.github.converge import converge
from pytest_perfgate.github.event import Event, parse_event
from pytest_perfgate.github.pull_request import (
    PullRequest,
    Wanted,
    find_pull_request,
    get_pull_request,
    plan_comment,
    read_comments,
)
from pytest_perfgate.github.request import Request, converted
from pytest_perfgate.model import GateReport
from pytest_perfgate.report.comment import Section
from pytest_perfgate.storage.evidence_file import MOST_PACKED_BYTES
from pytest_perfgate.wiring.evidence import restate
from pytest_perfgate.wiring.project import Project

if TYPE_CHECKING:
    from pytest_perfgate.github.client import Client


class Posted(Struct, frozen=True):
    """What was sent, or, for a dry run, what would be; `reason`: why there was nothing to send."""

    requests: Sequence[Request]
    reason: str = ""


def open_job(environ: Mapping[str, str], repository: str | None = None) -> Job:
    """The job that this process runs in."""
    path = environ.get("GITHUB_EVENT_PATH", "")
    event = Event(environ.get("GITHUB_EVENT_NAME", ""))
    if path:
        try:
            event = parse_event(event.name, Path(path).read_bytes())
        except OSError as error:
            raise ConfigError([f"The event file '{path}' (GITHUB_EVENT_PATH) can't be read: {error}"]) from error
    return read_job(environ, event, repository)


def connect(job: Job, environ: Mapping[str, str], patience_s: float, say: Callable[[str], None]) -> Client:
    """A client with the token of the environment; it is taken from nowhere else."""
    token = environ.get("GITHUB_TOKEN") or environ.get("GH_TOKEN") or ""
    if not token:
        raise ConfigError(
            ["There is no token: pass 'GITHUB_TOKEN: ${{ github.token }}' under 'env:' of the step that calls this."]
        )
    try:
        from pytest_perfgate.github.client import Client, Patience
    except ImportError as error:
        raise MissingExtraError(
            f"GitHub needs what is not installed ({error}). Install 'pytest-perfgate[github]'."
        ) from error
    return Client(job.api_url, token, Patience(patience_s, time.sleep, time.time, say))


def pull_request_of(client: Client, job: Job, asked: int | None) -> tuple[PullRequest | None, str]:
    """Where to comment, or None and the reason why nowhere."""
    number = asked if asked is not None else job.event.pull_request
    if number is not None:
        pull = get_pull_request(client, job.repository, number)
        if asked is None and pull.head.sha != job.head_sha:
            return None, f"#{number} has moved on to {pull.head.sha[:12]}; its own run will say how that is."
        return pull, ""
    run = job.event.run
    if run is not None and run.event.startswith("pull_request"):
        found = find_pull_request(client, job, run)
        why = f"Nothing to comment on: no open pull request has the commit {run.head_sha[:12]} (any more)."
        return found, "" if found else why
    return (
        None,
        f"The event '{job.event.name or 'none'}' is not about a pull request; the job's summary has the report.",
    )


def post_comment(client: Client, job: Job, wanted: Wanted, *, dry_run: bool) -> Posted:
    """Bring the comment to how it is wanted."""

    def plan() -> list[Request]:
        return plan_comment(read_comments(client, job.repository, wanted.number), wanted, job.repository)

    sent = plan() if dry_run else converge(plan, client)
    return Posted(sent, "" if sent else f"The comment on #{wanted.number} already says so.")


def post_check(client: Client, job: Job, wanted: CheckRun, *, dry_run: bool) -> list[Request]:
    """Make the check run, or bring an earlier one of this commit up to date; what was sent."""
    known = find_check(client, job.repository, wanted)
    first = plan_first(wanted, known, job.repository)
    if dry_run:
        return [first, *(plan_rest(wanted, known or 0, job.repository) if known is None else [])]
    try:
        created = client.send(first)
    except UnsureWriteError as error:  # look whether it was made all the same
        client.wait(1, str(error))
        known = find_check(client, job.repository, wanted)
        first = plan_first(wanted, known, job.repository)
        created = client.send(first)
    rest = [] if first.method == "PATCH" else plan_rest(wanted, converted(created.content, Identity).id, job.repository)
    for request in rest:
        client.send(request)
    return [first, *rest]


def read_evidence(
    project: Project, client: Client, job: Job, named: Sequence[tuple[str, str]], revision: str
) -> tuple[list[Section], tuple[str, ...]]:
    """The reports that evidence amounts to, and notes for its readers.

    `named`: titles and artifacts of the triggering run, or `.zip` files. Raises PublishError, RefusedEvidenceError.
    """
    sections, notes = [], []
    for title, source in named:
        if source.endswith(".zip"):
            data = _read_file(Path(source))
        elif job.event.run is None:
            raise ConfigError([f"'{source:.100}' is no .zip file, and only a workflow_run event has artifacts."])
        else:
            data = download_artifact(client, job.repository, job.event.run, source, MOST_PACKED_BYTES)
        report, said = restate(project, data, revision)
        sections.append(Section(title, report))
        notes += [f"{title}: {note}" if title else note for note in said]
    return sections, tuple(notes)


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StoreError(f"Could not read '{path}': {error}") from error


def write_outputs(environ: Mapping[str, str], report: GateReport) -> bool:
    """The step's outputs, where there is a step; whether they were written."""
    return _append(environ.get("GITHUB_OUTPUT", ""), render_outputs(outputs(report), f"end-{secrets.token_hex(16)}"))


def write_summary(environ: Mapping[str, str], render: Callable[[int], str]) -> bool:
    """What `render` makes of the room that is left, at the end of the step's summary; whether it was written."""
    path = environ.get("GITHUB_STEP_SUMMARY", "")
    used = Path(path).stat().st_size if path and Path(path).exists() else 0
    return _append(path, render(MOST_SUMMARY_BYTES - used - 1) + "\n")


def _append(path: str, text: str) -> bool:
    if not path:
        return False
    try:
        with Path(path).open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StoreError(f"Could not write '{path}': {error}") from error
    return True
