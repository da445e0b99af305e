"""How a set of settings would have done on the recorded runs."""

from __future__ import annotations

from msgspec import Struct

from pytest_perfgate.model.run import BenchmarkId


class Setting(Struct, frozen=True):
    """Settings that are tried together, by their configuration keys; `min_change`: that of execution times."""

    method: str
    alpha: float
    correction: str
    min_change: float
    processes: int
    max_looks: int
    window_days: int
    window_runs: int


class Step(Struct, frozen=True):
    """A level that moved for good: from the run at `place` on; `log_change`: natural log, positive is worse."""

    benchmark: BenchmarkId
    metric: str
    place: int
    log_change: float


class FailedRow(Struct, frozen=True):
    """A row that fails a build; `change`: relative; `step`: place of the change that confirms it, None: false."""

    benchmark: BenchmarkId
    metric: str
    change: float
    step: int | None = None


class Injection(Struct, frozen=True):
    """One build with one benchmark slowed by `size`: whether it was caught, and whether another row failed."""

    size: float
    benchmark: BenchmarkId
    caught: bool
    others: bool


class ReplayedBuild(Struct, frozen=True):
    """One recorded run judged under one setting by the runs before it.

    `setting`: its number; `place` and `run` of the candidate; `failed`: rows that fail it; `false_failed`: rows that
    fail it though every known change was taken out; `effort`: processes measured per process of a first look.
    """

    setting: int
    place: int
    run: str
    outcome: str
    failed: tuple[FailedRow, ...]
    false_failed: tuple[FailedRow, ...]
    injections: tuple[Injection, ...]
    effort: float


class Caught(Struct, frozen=True):
    """Of `builds` with a slowdown of `size`, so many were `caught`."""

    size: float
    builds: int
    caught: int


class SettingResult(Struct, frozen=True):
    """How one setting did.

    `failing`: builds that would have failed, `real` of them with a change that confirms it. `known`, `found`: changes
    for the worse in the history that reach the minimum change, and those that failed a build; `delay`: median runs
    until then. `unchanged`, `false_failing`: builds with the known changes taken out, and those that fail all the
    same. `measuring_s`: per build, without start-up.
    """

    setting: Setting
    builds: int
    unjudged: int
    failing: int
    real: int
    known: int
    found: int
    delay: float | None
    unchanged: int
    false_failing: int
    caught: tuple[Caught, ...]
    measuring_s: float

    @property
    def false_share(self) -> float:
        """Share of unchanged builds that fail."""
        return self.false_failing / self.unchanged if self.unchanged else 0.0

    @property
    def caught_share(self) -> float:
        """Share of all slowdowns that were caught, each size counting as much."""
        shares = [one.caught / one.builds for one in self.caught if one.builds]
        return sum(shares) / len(shares) if shares else 0.0


class BacktestReport(Struct, frozen=True):
    """All settings, best first; `present`: those in effect; `lines`: what to paste into pyproject.toml."""

    environment: str
    runs: int
    benchmarks: int
    first: str
    last: str
    steps: tuple[Step, ...]
    present: Setting
    results: tuple[SettingResult, ...]
    lines: tuple[str, ...]
    builds: tuple[ReplayedBuild, ...]
    notes: tuple[str, ...] = ()
