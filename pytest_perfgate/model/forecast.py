"""The expected range of the next run, and whether a series rises or falls."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from pytest_perfgate.model.comparison import ConfidenceInterval
from pytest_perfgate.model.metric import Metric
from pytest_perfgate.model.run import BenchmarkId


class Trend(Struct, frozen=True):
    """The slope since the level last shifted.

    `per_day` with its 95 % `interval`: relative (differences for an error rate). `p_value` for "no slope", corrected
    for the number of series; `significant`: by the policy's alpha. `weekdays`, `hours`: p-value for "no season",
    corrected likewise, None where the data do not carry it; `slowest`: the worst weekday or part of the day, in words.
    """

    per_day: float
    interval: ConfidenceInterval
    p_value: float
    significant: bool
    weekdays: float | None = None
    hours: float | None = None
    slowest: str = ""


class Forecast(Struct, frozen=True):
    """What one metric of one benchmark will be.

    `level`: the newest recorded level, `expected` and `interval` those of the next run, in the metric's unit; None with
    the `reason` where too little is known. `runs`: recorded levels from `since`, when the level last shifted,
    to `newest_at`.
    `budget`: the bound, None without one; `breaks_on`: when the trend takes it there, `breaks_from` and `breaks_until`
    its 95 % range (None: not within ten years); only where the trend is significant. `over_budget`: it is broken now.
    """

    benchmark: BenchmarkId
    metric: Metric
    runs: int
    since: datetime
    newest_at: datetime
    level: float
    expected: float | None = None
    interval: ConfidenceInterval | None = None
    trend: Trend | None = None
    budget: float | None = None
    over_budget: bool = False
    breaks_on: datetime | None = None
    breaks_from: datetime | None = None
    breaks_until: datetime | None = None
    reason: str = ""


class MovingGroup(Struct, frozen=True):
    """Series, as benchmark and metric, that move together from run to run.

    `correlation`: the weakest by which they hang together; `asked`: how many relations were asked about, pairs of
    series times lags.
    """

    members: tuple[tuple[BenchmarkId, str], ...]
    correlation: float
    asked: int


class Following(Struct, frozen=True):
    """A series, as benchmark and metric, that moves as another one did `runs` runs before.

    `correlation`: of their steps at that distance; `asked`: as in MovingGroup.
    """

    leader: tuple[BenchmarkId, str]
    follower: tuple[BenchmarkId, str]
    runs: int
    correlation: float
    asked: int


class ForecastReport(Struct, frozen=True):
    """All series of an environment; `notes`: what was left out, in words."""

    environment: str
    series: tuple[Forecast, ...]
    runs: int
    notes: tuple[str, ...] = ()
    together: tuple[MovingGroup, ...] = ()
    following: tuple[Following, ...] = ()
