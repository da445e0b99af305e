"""What happened to performance in a period."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from pytest_perfgate.model.change_point import ChangePoint, Creep
from pytest_perfgate.model.forecast import Forecast
from pytest_perfgate.model.judgement import Severity
from pytest_perfgate.model.metric import Metric
from pytest_perfgate.model.run import BenchmarkId


class Moved(Struct, frozen=True):
    """A series that ends the period elsewhere than it began: `change` over the period, by what is proven.

    `score`: 100 where it is no worse, else 100 / (1 + how much worse).
    """

    benchmark: BenchmarkId
    metric: Metric
    change: float
    improved: bool
    score: float


class Regression(Struct, frozen=True):
    """A change for the worse that lasts, and how bad it is."""

    severity: Severity
    change: ChangePoint


class OddRun(Struct, frozen=True):
    """A run that was unusual as a whole; `words`: how and by what, in one sentence."""

    run: str
    started_at: datetime
    revision: str
    words: str


class Recommendation(Struct, frozen=True):
    """What to do, worst first: one sentence, the benchmark and the commit that it is about, a command or nothing."""

    text: str
    benchmark: BenchmarkId = BenchmarkId("")
    commit: str = ""
    command: str = ""


class PeriodReport(Struct, frozen=True):
    """The runs from `since` on.

    `score`: the mean of all series' scores, `speed`: the geometric mean of start over end, 1 when as good as before
    (docs/mathematics.md). `moved`: worst first. `regressions`: largest first, without those that were undone;
    `undone`: those; `improvements` likewise. `forecasts`: of the series
    that rise or fall for good or break a budget. `odd_runs`: None where nobody looked for them.
    """

    environment: str
    since: datetime
    until: datetime
    runs: int
    recorded: int
    series: int
    too_short: int
    score: float
    speed: float
    moved: tuple[Moved, ...]
    regressions: tuple[Regression, ...]
    improvements: tuple[ChangePoint, ...]
    undone: tuple[ChangePoint, ...]
    creeps: tuple[Creep, ...]
    forecasts: tuple[Forecast, ...]
    odd_runs: tuple[OddRun, ...] | None
    recommendations: tuple[Recommendation, ...]
    notes: tuple[str, ...] = ()
