"""Requests to GitHub as values, so that they can be planned, printed and compared before one is sent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Protocol, TypeVar

import msgspec
from msgspec import Struct

from pytest_perfgate.errors import ConfigError, PublishError

T = TypeVar("T")


class Request(Struct, frozen=True):
    """One request of the REST API.

    `what`: what it does, as in "GitHub refused to <what>"; `permission`: the line that a workflow needs for it.
    """

    method: str
    path: str
    what: str
    permission: str
    body: dict[str, Any] | None = None
    query: dict[str, str] = {}

    @property
    def is_repeatable(self) -> bool:
        """Whether sending it twice does no more than sending it once."""
        return self.method != "POST"


class Answer(Struct, frozen=True):
    """What GitHub answered; `content`: the JSON value, None for no content. Header names are in small letters."""

    status: int
    content: Any = None
    headers: Mapping[str, str] = {}


class GitHub(Protocol):
    """Whoever sends requests."""

    def send(self, request: Request) -> Answer:
        """The answer, of a status below 300. Raises PublishError, for a lost answer to a POST UnsureWriteError."""

    def pages(self, request: Request) -> Iterator[Any]:
        """The items of every page of a list."""

    def wait(self, attempt: int, problem: str) -> None:
        """Pause after a lost answer, the longer the more often it was tried. Raises PublishError without patience."""


class Repository(Struct, frozen=True):
    """`owner/name`, checked, since it becomes part of every path."""

    full_name: str

    def path(self, *parts: object) -> str:
        """A path below the repository's own."""
        return "/".join(("/repos", self.full_name, *map(str, parts)))


def parse_repository(text: str) -> Repository:
    """`owner/name`; ConfigError for everything else."""
    owner, slash, name = text.partition("/")
    if not slash or not all(_is_name(part) for part in (owner, name)):
        raise ConfigError([f"The repository is '{text:.100}'; it must be OWNER/NAME."])
    return Repository(text)


def _is_name(text: str) -> bool:
    allowed = text.replace("-", "").replace("_", "").replace(".", "")
    return allowed.isascii() and allowed.isalnum()


def render_request(request: Request) -> str:
    """The exact request as text: method and path, then the body as indented JSON."""
    query = "&".join(f"{key}={value}" for key, value in request.query.items())
    line = f"{request.method} {request.path}{f'?{query}' if query else ''}"
    return line if request.body is None else f"{line}\n{json.dumps(request.body, indent=2)}"


def converted(content: Any, kind: type[T]) -> T:  # noqa: ANN401 - any JSON value
    """The part of an answer that we use, checked."""
    try:
        return msgspec.convert(content, kind)
    except msgspec.ValidationError as error:
        raise PublishError(f"GitHub answered something unexpected: {error}.") from error
