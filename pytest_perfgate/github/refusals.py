"""What GitHub's refusals mean, and what to do about each."""

from __future__ import annotations

from typing import Any

from pytest_perfgate.github.request import Answer, Request

_LONGEST = 300
_REPEATED = {500, 502, 503, 504}
_REMEDIES = {
    401: "It does not know the token; pass 'GITHUB_TOKEN: ${{{{ github.token }}}}' under 'env:' of the step.",
    403: "The token may not: {permission}. The token of a pull request from a fork can only read: use "
    "'--from-artifact' in a workflow_run workflow.",
    404: "It has no such thing, or the token may not see it: check the repository's name, and {permission}.",
    410: "Issues are switched off there: switch them on in the repository's settings, or leave this command out.",
    422: "It does not accept the content; if the message does not say why, please report what '--dry-run' prints.",
}


def is_unwell(answer: Answer) -> bool:
    """Whether GitHub itself failed, so that the same request may succeed later."""
    return answer.status in _REPEATED


def is_rate_limit(answer: Answer) -> bool:
    """Whether the request came too early: the hourly quota is used up, or too much came at once."""
    if answer.status not in {403, 429}:
        return False
    used_up = answer.headers.get("x-ratelimit-remaining") == "0"
    return answer.status == 429 or used_up or "retry-after" in answer.headers or "rate limit" in message_of(answer)  # noqa: PLR2004 - HTTP's number


def wait_asked_s(answer: Answer, now: float) -> float | None:
    """Seconds that GitHub asks to wait; None where it does not say. `now`: seconds since 1970."""
    after = _number(answer.headers.get("retry-after"))
    if after is not None:
        return after
    reset = _number(answer.headers.get("x-ratelimit-reset"))
    if reset is not None and answer.headers.get("x-ratelimit-remaining") == "0":
        return max(0.0, reset - now) + 1.0
    return None


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else max(0.0, float(text))
    except ValueError:
        return None


def message_of(answer: Answer) -> str:
    """What GitHub says, in one line, in small letters where it is only looked at."""
    content: Any = answer.content
    if not isinstance(content, dict):
        return ""
    text = str(content.get("message", ""))
    errors = content.get("errors")
    if isinstance(errors, list):
        details = [
            str(item.get("message") or item.get("code")) if isinstance(item, dict) else str(item) for item in errors
        ]
        text = f"{text} ({'; '.join(details)})"
    return " ".join(text.split())[:_LONGEST]


def explain(request: Request, answer: Answer) -> str:
    """One sentence that says what was refused and why, and one that says what to do."""
    said = message_of(answer)
    refused = f"GitHub refused to {request.what} ({answer.status}{f': {said!r}' if said else ''})."
    return f"{refused} {_remedy(request, answer, said.lower())}"


def _remedy(request: Request, answer: Answer, said: str) -> str:
    if "locked" in said:
        return "The conversation is locked: unlock it, or publish the summary only."
    if 300 <= answer.status < 400:  # noqa: PLR2004 - HTTP's numbers
        return "The repository has another name or owner now; use the new one."
    if is_unwell(answer):
        return "GitHub is unwell; see its status page, and run the job again later."
    remedy = _REMEDIES.get(answer.status, "See what the message says.")
    return remedy.format(permission=f"add '{request.permission}' under 'permissions:' of the job")
