"""One writer at a time: a label, whose name only one run can create; the right to write issues suffices."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from msgspec import Struct

from pytest_perfgate.errors import PublishError
from pytest_perfgate.github.request import GitHub, Repository, Request, converted

NAME = "perfgate:lock"
PERMISSION = "issues: write"
# A run that died leaves it behind; none takes this long.
_STALE = timedelta(minutes=10)
_MOST_TRIES = 6
_TAKEN, _GONE = 422, 404


class _Label(Struct, frozen=True):
    description: str | None = None


@contextmanager
def lock(github: GitHub, repository: Repository, now: datetime) -> Iterator[None]:
    """Hold the lock. Raises PublishError when another run does not let go of it within the client's patience."""
    _take(github, repository, now)
    try:
        yield
    finally:
        _drop(github, repository)


def _take(github: GitHub, repository: Repository, now: datetime) -> None:
    body = {"name": NAME, "color": "ededed", "description": f"held since {now.isoformat(timespec='seconds')}"}
    request = Request("POST", repository.path("labels"), "take the lock", PERMISSION, body)
    for attempt in range(1, _MOST_TRIES + 1):
        try:
            github.send(request)
        except PublishError as error:
            if error.status != _TAKEN:
                raise
        else:
            return
        if _is_stale(github, repository, now):
            _drop(github, repository)
        else:
            github.wait(attempt, f"Another run holds the lock (the label '{NAME}').")
    raise PublishError(f"Another run holds the lock; if none is running, delete the label '{NAME}' by hand.")


def _is_stale(github: GitHub, repository: Repository, now: datetime) -> bool:
    request = Request("GET", repository.path("labels", NAME), "look at the lock", PERMISSION)
    try:
        label = converted(github.send(request).content, _Label)
        since = datetime.fromisoformat((label.description or "").removeprefix("held since "))
        return now - since > _STALE
    except PublishError as error:
        if error.status == _GONE:
            return False
        raise
    except (ValueError, TypeError):  # a person's label of that name says nothing of when
        return False


def _drop(github: GitHub, repository: Repository) -> None:
    request = Request("DELETE", repository.path("labels", NAME), "let go of the lock", PERMISSION)
    try:
        github.send(request)
    except PublishError as error:
        if error.status != _GONE:
            raise
