"""Recorded runs whose dates can't be right, and what to say of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from pytest_perfgate.model import Run

# Clocks of machines differ a little.
_SLACK = timedelta(days=1)


def started(run: Run) -> datetime:
    """When the run was started, by its machine's clock."""
    return run.started_at


def newest_date(run: Run) -> datetime:
    """The later one of the run's start and its commit."""
    committed = run.commit.committed_at if run.commit is not None else None
    return run.started_at if committed is None else max(run.started_at, committed)


def past_runs(
    headers: Sequence[Run], now: datetime, when: Callable[[Run], datetime] = started
) -> tuple[list[Run], list[str]]:
    """Those that are not dated in the future, and what to know of the dates."""
    past = [header for header in headers if when(header) <= now + _SLACK]
    notes = []
    if len(past) < len(headers):
        count = len(headers) - len(past)
        notes.append(
            f"{count} recorded {'run was' if count == 1 else 'runs were'} left out: dated in the future; "
            "a clock was wrong"
        )
    return past, notes


def set_back(runs: Iterable[Run]) -> list[str]:
    """A note where runs were started before what they measured was committed: no date tells when that was."""
    count = sum(1 for run in runs if run.started_at < newest_date(run) - _SLACK)
    if not count:
        return []
    subject = "run is" if count == 1 else "runs are"
    return [f"{count} recorded {subject} dated before the commit that was measured: a clock was set back"]
