"""Read, plan, send, and read again, until nothing is left to do: what makes posting idempotent."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pytest_perfgate.errors import PublishError, UnsureWriteError
from pytest_perfgate.github.request import GitHub, Request

_MOST_ROUNDS = 6
_GONE = {404, 410}


def converge(plan: Callable[[], Sequence[Request]], github: GitHub) -> list[Request]:
    """Send what `plan` finds missing; it reads GitHub's state each time. Returns what was sent.

    The last round plans nothing, so that what two runs wrote at once is seen by both and merged into one. A lost
    answer, or a thing that somebody else has just deleted, is no failure: the next round sees how it stands. What
    GitHub has acknowledged is never created again, even where its lists lag behind.
    """
    sent: list[Request] = []
    for attempt in range(1, _MOST_ROUNDS + 1):
        requests = [request for request in plan() if request.is_repeatable or request not in sent]
        if not requests:
            return sent
        for request in requests:
            try:
                github.send(request)
            except UnsureWriteError as error:
                github.wait(attempt, str(error))
                break
            except PublishError as error:
                if error.status not in _GONE or request.method not in {"PATCH", "DELETE"} or attempt == _MOST_ROUNDS:
                    raise
                break
            sent.append(request)
    raise PublishError(
        f"Could not {requests[0].what}: others change the same thing again and again; was told so {_MOST_ROUNDS} times."
    )
