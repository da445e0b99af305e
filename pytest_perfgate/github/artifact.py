"""What another run of a workflow has uploaded: found by GitHub's own facts, fetched with a bound."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.errors import PublishError
from pytest_perfgate.github.event import TriggeringRun
from pytest_perfgate.github.request import GitHub, Repository, Request, converted

PERMISSION = "actions: read"


class Downloads(GitHub, Protocol):
    """A GitHub that can fetch files, too."""

    def download(self, request: Request, limit: int) -> bytes:
        """A file that GitHub redirects to, of at most `limit` bytes."""


class _Artifact(Struct, frozen=True):
    id: int
    name: str
    size_in_bytes: int
    expired: bool


def download_artifact(github: Downloads, repository: Repository, run: TriggeringRun, name: str, limit: int) -> bytes:
    """The newest artifact of that name of the run, as the zip file that GitHub keeps; nothing is unpacked."""
    listing = Request("GET", repository.path("actions", "runs", run.id, "artifacts"), "list the artifacts", PERMISSION)
    items = github.pages(replace(listing, query={"name": name}))
    found = [artifact for artifact in (converted(item, _Artifact) for item in items) if artifact.name == name]
    usable = [artifact for artifact in found if not artifact.expired]
    if not usable:
        why = "has expired" if found else "is not there: did the job that measures upload it?"
        raise PublishError(f"The artifact '{name:.100}' of run {run.id} {why}")
    newest = max(usable, key=lambda artifact: artifact.id)
    if newest.size_in_bytes > limit:
        raise PublishError(f"The artifact '{name:.100}' has {newest.size_in_bytes:,} bytes; {limit:,} are the most.")
    path = repository.path("actions", "artifacts", newest.id, "zip")
    return github.download(Request("GET", path, f"download the artifact '{name:.100}'", PERMISSION), limit)
