"""Accept a change: who, when, at which commit, how much, and why."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Sequence
from datetime import date, datetime

from pytest_perfgate.errors import ConfigError
from pytest_perfgate.model import Acceptance, Judgement, Verdict
from pytest_perfgate.model.metric import EXECUTION_TIME
from pytest_perfgate.ports import BaselineStore

_AMOUNT = re.compile(r"\s*[+-]?(\d+(?:\.\d+)?) ?%(?=\s|$)")


def accept_change(  # noqa: PLR0913 - a workflow's dependencies are its arguments
    judgement: Judgement | None,
    benchmark: str,
    *,
    store: BaselineStore,
    reason: str,
    accepted_by: str,
    revision: str,
    now: datetime,
    until: date | None = None,
    at_most: float | None = None,
    metric: str = EXECUTION_TIME.name,
) -> str:
    """Accept what a report says of a benchmark, never more; returns where it was written.

    `judgement`: the regressed row of the newest report, or None; `at_most`, `metric`: the accepted change (a
    fraction) and of what, where there is none. Raises ConfigError when there is nothing to accept.
    """
    change = at_most
    if judgement is not None and judgement.verdict is Verdict.REGRESSED and judgement.comparison is not None:
        metric = judgement.metric.name
        change = at_most if at_most is not None else judgement.comparison.relative_change
    if change is None:
        raise ConfigError(
            [f"'{benchmark:.200}' is not regressed in the newest report; say how much is accepted with '--at-most 8%'."]
        )
    return store.save_acceptance(
        make_acceptance(
            benchmark,
            reason=reason,
            metric=metric,
            relative_change=change,
            accepted_by=accepted_by,
            accepted_at=now,
            revision=revision,
            until=until,
        )
    )


def make_acceptance(benchmark: str, *, reason: str, accepted_at: datetime, **facts: object) -> Acceptance:
    """An acceptance with an id of its own: its time and a digest of what it says."""
    digest = hashlib.sha256(f"{benchmark}\n{reason}\n{sorted(facts.items())!r}".encode()).hexdigest()[:8]
    stamp = f"{accepted_at:%Y%m%dT%H%M%SZ}-{digest}"
    return Acceptance(benchmark=benchmark, reason=reason, id=stamp, accepted_at=accepted_at, **facts)  # type: ignore[arg-type]


def acceptance_of_trailer(revision: str, author: str, when: datetime, text: str) -> Acceptance:
    """`Perfgate-Accept: <benchmark glob> [+12%] <reason>` in a commit message.

    Without an amount it accepts whatever that commit changed: how much is not known when the trailer is read.
    """
    glob, _, rest = text.strip().partition(" ")
    amount = _AMOUNT.match(rest)
    reason = rest[amount.end() :] if amount else rest
    return Acceptance(
        benchmark=glob,
        reason=reason.strip() or "accepted by a commit trailer",
        id=f"trailer-{revision[:12]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}",
        metric="*",
        relative_change=float(amount.group(1)) / 100 if amount else math.inf,
        accepted_by=author,
        accepted_at=when,
        revision=revision,
    )


def find_regressed(judgements: Sequence[Judgement], benchmark: str) -> Judgement | None:
    """The regressed row of a benchmark, the largest change first."""
    rows = [row for row in judgements if row.benchmark == benchmark and row.verdict is Verdict.REGRESSED]
    return max(
        rows,
        key=lambda row: abs(row.comparison.relative_change or 0.0) if row.comparison else 0.0,
        default=None,
    )
