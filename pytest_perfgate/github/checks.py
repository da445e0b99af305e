"""A check run with annotations: created once per commit and name, updated after; fifty annotations per request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.github.request import GitHub, Repository, Request, converted
from pytest_perfgate.report.annotations import Annotation

PERMISSION = "checks: write"
# GitHub's limits: annotations per request, characters of a summary and of a message.
MOST_PER_REQUEST = 50
MOST_SUMMARY = 65_535
MOST_ANNOTATIONS = 500
_MOST_TITLE = 255


class CheckRun(Struct, frozen=True):
    """A check run as it shall be; `annotations`: those with a place, the others stand in the summary."""

    name: str
    head_sha: str
    passed: bool
    title: str
    summary: str
    details_url: str = ""
    annotations: tuple[Annotation, ...] = ()


class Identity(Struct, frozen=True):
    """What GitHub calls a check run."""

    id: int
    name: str


def find_check(github: GitHub, repository: Repository, wanted: CheckRun) -> int | None:
    """The newest check run of this name on the commit, such as that of an earlier attempt."""
    path = repository.path("commits", wanted.head_sha, "check-runs")
    request = Request("GET", path, "list the check runs", PERMISSION)
    query = {"check_name": wanted.name, "filter": "latest"}
    found = [converted(item, Identity) for item in github.pages(replace(request, query=query))]
    return max((check.id for check in found if check.name == wanted.name), default=None)


def plan_first(wanted: CheckRun, known: int | None, repository: Repository) -> Request:
    """Creates the check run with its first annotations, or brings an earlier one up to date.

    An update adds to the annotations that are there; so an earlier attempt's stay, and none is written twice.
    """
    body: dict[str, Any] = {
        "name": wanted.name,
        "status": "completed",
        "conclusion": "success" if wanted.passed else "failure",
        "output": _output(wanted, wanted.annotations[:MOST_PER_REQUEST] if known is None else ()),
    }
    if wanted.details_url:
        body["details_url"] = wanted.details_url
    if known is None:
        what = f"create the check run '{wanted.name:.100}'"
        return Request("POST", repository.path("check-runs"), what, PERMISSION, {"head_sha": wanted.head_sha, **body})
    what = f"update the check run '{wanted.name:.100}'"
    return Request("PATCH", repository.path("check-runs", known), what, PERMISSION, body)


def plan_rest(wanted: CheckRun, identity: int, repository: Repository) -> list[Request]:
    """The other annotations, in batches."""
    rest = wanted.annotations[MOST_PER_REQUEST:MOST_ANNOTATIONS]
    path = repository.path("check-runs", identity)
    return [
        Request(
            "PATCH",
            path,
            f"add annotations to the check run '{wanted.name:.100}'",
            PERMISSION,
            {"output": _output(wanted, rest[start : start + MOST_PER_REQUEST])},
        )
        for start in range(0, len(rest), MOST_PER_REQUEST)
    ]


def _output(wanted: CheckRun, annotations: Sequence[Annotation]) -> dict[str, Any]:
    output: dict[str, Any] = {"title": wanted.title[:_MOST_TITLE], "summary": wanted.summary}
    if annotations:
        output["annotations"] = [_annotation(item) for item in annotations if item.place is not None]
    return output


def _annotation(item: Annotation) -> dict[str, Any]:
    line = max(1, item.place.line) if item.place is not None else 1
    return {
        "path": item.place.file if item.place is not None else "",
        "start_line": line,
        "end_line": line,
        "annotation_level": item.level.value,
        "title": item.title[:_MOST_TITLE],
        "message": item.message,
    }
