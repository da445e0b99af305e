"""Where a level changed and stayed, and where it drifts."""

from __future__ import annotations

import hashlib
from datetime import datetime

from msgspec import Struct

from pytest_perfgate.model.comparison import ConfidenceInterval
from pytest_perfgate.model.metric import Metric
from pytest_perfgate.model.run import BenchmarkId


class ChangePoint(Struct, frozen=True):
    """The level of one metric of one benchmark is another one from a recorded run on.

    `run`, `since`, `bad`: the run that most probably was the first with the new level, when it started, its revision
    (empty without git). `good`: revision of the newest run that is 95 % sure to have been without it, `known_bad`: of
    the oldest that is sure to have it; `places`: at how many recorded runs in between it may have happened, 1 when it
    is clear. `same_code`: both sides of it were measured on one commit, so it is not the code.
    `before`, `after`: levels in the metric's unit; `relative_change` and `interval` fractions of `before` (differences
    for an error rate). `p_value`: that unchanged noise shows as much somewhere in these two levels.
    `runs`: recorded runs at the new level so far, or until the next change. `together`: benchmarks, this one included,
    whose level of this metric changed at the same run. `undone_by`, `undoes`: the id of the change that brought the
    level back, or that this one brought back; empty for none. `id`: of this benchmark, metric and run.
    """

    id: str
    benchmark: BenchmarkId
    metric: Metric
    run: str
    since: datetime
    bad: str
    good: str
    known_bad: str
    places: int
    before: float
    after: float
    relative_change: float
    interval: ConfidenceInterval
    p_value: float
    runs: int
    improved: bool
    same_code: bool = False
    together: int = 1
    undone_by: str = ""
    undoes: str = ""

    @property
    def confidence(self) -> float:
        """How sure it is, 0 to 1."""
        return 1.0 - self.p_value


class Creep(Struct, frozen=True):
    """A slope that no single change explains, still going on at the newest run.

    `per_run` with its `interval`, and `total` since `since`: fractions (differences for an error rate). `budget`: the
    bound that it heads for, in the metric's unit, None without one; `breaks_in_runs`, `breaks_on`: when the slope
    takes it over the budget, None when it does not within a year.
    """

    benchmark: BenchmarkId
    metric: Metric
    run: str
    since: datetime
    revision: str
    runs: int
    per_run: float
    interval: ConfidenceInterval
    total: float
    level: float
    improved: bool
    budget: float | None = None
    breaks_in_runs: int | None = None
    breaks_on: datetime | None = None


class ChangeReport(Struct, frozen=True):
    """What happened to the levels of an environment.

    `changes` newest first, `creeps` fastest first. `series`: how many were looked at; `too_short`: how many have too
    few points for any level to be told from another; `runs`: how many runs there are. `min_change`: smallest change
    that is shown. `notes`: what was left out or put in order, in words.
    """

    environment: str
    changes: tuple[ChangePoint, ...]
    creeps: tuple[Creep, ...]
    series: int
    too_short: int
    runs: int
    first: datetime | None = None
    last: datetime | None = None
    min_change: float = 0.0
    only_new: bool = False
    notes: tuple[str, ...] = ()


def change_id(benchmark: str, metric: str, run: str) -> str:
    """A short name of a change that holds no text of others; the same on every machine."""
    return hashlib.sha256(f"{benchmark}\x00{metric}\x00{run}".encode("utf-8", "surrogatepass")).hexdigest()[:12]
