"""Regressions that reached the default branch, and how their benchmarks stand now: what an issue is about."""

from __future__ import annotations

import hashlib
from datetime import datetime

from msgspec import Struct

from pytest_perfgate.model.comparison import ConfidenceInterval
from pytest_perfgate.model.judgement import Severity, Verdict
from pytest_perfgate.model.metric import Metric
from pytest_perfgate.model.run import BenchmarkId


class LandedRow(Struct, frozen=True):
    """One metric of one benchmark of a landed change; `of_budget`: it broke an absolute bound, a row of its own.

    `before`, `after`: levels in the metric's base unit, None where not known; `relative_change` a fraction.
    """

    benchmark: BenchmarkId
    metric: Metric
    severity: Severity
    before: float | None = None
    after: float | None = None
    relative_change: float | None = None
    interval: ConfidenceInterval | None = None
    of_budget: bool = False

    def key(self, suite: str) -> str:
        """Its name in an issue's marker and in a branch's state."""
        return row_key(suite, self.benchmark, self.metric.name, of_budget=self.of_budget)


class LandedChange(Struct, frozen=True):
    """One cause: the rows that moved together between two commits.

    `fingerprint`: the same each time that this change is seen. `good`: the newest commit known to be without it,
    `bad`: the oldest known to have it (either may be empty). The smallest input of an issue; whatever finds changes
    of level can make it.
    """

    fingerprint: str
    rows: tuple[LandedRow, ...]
    good: str = ""
    bad: str = ""


class RowState(Struct, frozen=True):
    """How a row stands now: its verdict, its level (None: not known), why it was accepted (empty: it was not)."""

    benchmark: BenchmarkId
    metric: Metric
    verdict: Verdict
    level: float | None = None
    accepted: str = ""


class BranchState(Struct, frozen=True):
    """A branch at one commit: the changes that are in it, and every judged row by its key."""

    suite: str
    revision: str
    committed_at: datetime | None
    changes: tuple[LandedChange, ...]
    rows: dict[str, RowState]


def row_key(suite: str, benchmark: str, metric: str, *, of_budget: bool) -> str:
    """A short name of a row that holds no text of others; the same on every machine."""
    return _digest(suite, benchmark, metric, *(["budget"] if of_budget else []))


def fingerprint_of(suite: str, revision: str, keys: list[str]) -> str:
    """A short name of a change by its first known commit and its rows."""
    return _digest(suite, revision, *sorted(keys))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
