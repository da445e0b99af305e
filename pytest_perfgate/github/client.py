"""Sends requests by PyGithub; the only module that knows it. What it lacks, a bounded download, is done by requests."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import github
import requests
from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.errors import PublishError, UnsureWriteError
from pytest_perfgate.github.refusals import explain, is_rate_limit, is_unwell, wait_asked_s
from pytest_perfgate.github.request import Answer, Request

_TIMEOUT_S = 20
_MOST_TRIES = 5
_MOST_PAGES = 300
_FIRST_WAIT_S = 1.0
_SECONDARY_WAIT_S = 60.0
_CHUNK = 64 * 1024
_REDIRECTS = {301, 302, 303, 307, 308}


class Patience(Struct, frozen=True):
    """How waiting is done: `budget_s` seconds in all; `now`: seconds since 1970; `say`: tells a person of a wait."""

    budget_s: float
    pause: Callable[[float], None]
    now: Callable[[], float]
    say: Callable[[str], None]


class Client:
    """A GitHub: sends a request, waits where it asks to, within its patience; errors never hold the token."""

    def __init__(self, api_url: str, token: str, patience: Patience) -> None:
        self._api_url, self._token, self._patience = api_url.rstrip("/"), token, patience
        self._left_s = patience.budget_s
        # Waiting and repeating are ours, so that they stay within one budget and write nothing twice.
        self._requester = github.Github(
            auth=github.Auth.Token(token),
            base_url=self._api_url,
            timeout=_TIMEOUT_S,
            user_agent="pytest-perfgate",
            per_page=100,
            retry=0,
            seconds_between_requests=None,
            seconds_between_writes=None,
        ).requester

    def send(self, request: Request) -> Answer:
        """The answer, of a status below 300."""
        for attempt in range(1, _MOST_TRIES + 1):
            answer, problem = self._try(request)
            if answer is not None and answer.status < 300:  # noqa: PLR2004 - HTTP's number
                return answer
            limited = answer is not None and is_rate_limit(answer)
            if answer is not None and not limited and not is_unwell(answer):
                raise PublishError(self._hidden(explain(request, answer)), answer.status)
            problem = problem or explain(request, answer or Answer(0))
            if not limited and not request.is_repeatable:
                raise UnsureWriteError(self._hidden(problem))
            if attempt == _MOST_TRIES:
                raise PublishError(self._hidden(f"{problem} Tried {attempt} times."))
            self._wait(answer if limited else None, attempt, problem)
        raise AssertionError("unreachable")

    def _try(self, request: Request) -> tuple[Answer | None, str]:
        """An answer of any status, or None and what went wrong on the way."""
        try:
            status, headers, text = self._requester.requestJson(
                request.method, request.path, parameters=dict(request.query), input=request.body
            )
            content = json.loads(text) if text.strip() else None
        except (requests.RequestException, OSError) as error:
            return None, f"GitHub did not answer when it was to {request.what}: {_plain(error)}."
        except ValueError:
            return None, f"GitHub's answer when it was to {request.what} can't be read (cut off, or no JSON)."
        except RuntimeError as error:  # PyGithub's word for a redirect to somewhere else
            raise PublishError(self._hidden(f"Could not {request.what}: {error}")) from None
        return Answer(status, content, {str(name).lower(): str(value) for name, value in headers.items()}), ""

    def pages(self, request: Request) -> Iterator[Any]:
        """The items of every page of a list; an object's list is its first one (`artifacts`, `check_runs`)."""
        following: Request | None = replace(request, query={"per_page": "100", **request.query})
        for _ in range(_MOST_PAGES):
            if following is None:
                return
            answer = self.send(following)
            yield from _items(answer.content)
            following = _next_page(following, answer)

    def download(self, request: Request, limit: int) -> bytes:
        """A file that GitHub redirects to, of at most `limit` bytes; the token stays with GitHub."""
        answer = self._locate(request)
        try:
            with requests.get(answer, timeout=_TIMEOUT_S, stream=True, allow_redirects=False) as response:
                if response.status_code != requests.codes.ok:
                    raise PublishError(f"Could not {request.what}: the store answered {response.status_code}.")
                content = bytearray()
                for chunk in response.iter_content(_CHUNK):
                    content += chunk
                    if len(content) > limit:
                        raise PublishError(f"Could not {request.what}: it is larger than {limit:,} bytes.")
        except (requests.RequestException, OSError) as error:
            raise PublishError(f"Could not {request.what}: {_plain(error)}.") from None
        return bytes(content)

    def _locate(self, request: Request) -> str:
        answer, problem = self._try(request)
        if answer is None:
            raise PublishError(self._hidden(problem))
        place = answer.headers.get("location", "")
        secure = urlsplit(place).scheme in {"https", urlsplit(self._api_url).scheme}
        if answer.status not in _REDIRECTS or not place or not secure:
            raise PublishError(self._hidden(explain(request, answer)), answer.status)
        return place

    def wait(self, attempt: int, problem: str) -> None:
        """A pause after a lost answer."""
        self._wait(None, attempt, problem)

    def _wait(self, limited: Answer | None, attempt: int, problem: str) -> None:
        wait_s = wait_asked_s(limited, self._patience.now()) if limited is not None else None
        if wait_s is None:
            first = _SECONDARY_WAIT_S if limited is not None else _FIRST_WAIT_S
            wait_s = first * 2 ** (attempt - 1) * random.uniform(1.0, 1.25)  # noqa: S311 - jitter is no secret
        if wait_s > self._left_s:
            raise PublishError(
                self._hidden(
                    f"{problem} To try again means to wait {wait_s:.0f} s; {self._left_s:.0f} s are left of "
                    f"{self._patience.budget_s:.0f} s ('--patience')."
                )
            )
        self._left_s -= wait_s
        self._patience.say(self._hidden(f"{problem} Trying again in {wait_s:.0f} s."))
        self._patience.pause(wait_s)

    def _hidden(self, text: str) -> str:
        return text.replace(self._token, "***") if self._token else text


def _items(content: Any) -> list[Any]:  # noqa: ANN401 - any JSON value
    if isinstance(content, list):
        return content
    lists = [value for value in content.values() if isinstance(value, list)] if isinstance(content, dict) else []
    if not lists:
        raise PublishError("GitHub answered something that is no list.")
    return lists[0]


def _next_page(request: Request, answer: Answer) -> Request | None:
    """By the Link header; only its query is taken, so that no answer leads to another host."""
    for part in answer.headers.get("link", "").split(","):
        address, _, relation = part.partition(";")
        if 'rel="next"' in relation:
            query = dict(parse_qsl(urlsplit(address.strip().strip("<>")).query))
            return replace(request, query={**request.query, **query})
    return None


def _plain(error: Exception) -> str:
    """What a connection's error says, without object addresses."""
    words = {
        requests.Timeout: f"no answer within {_TIMEOUT_S} s",
        requests.exceptions.SSLError: "the connection is not secure",
        requests.exceptions.ChunkedEncodingError: "the answer was cut off",
        requests.ConnectionError: "the connection failed",
    }
    return next((text for kind, text in words.items() if isinstance(error, kind)), type(error).__name__)
