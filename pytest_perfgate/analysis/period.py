"""From the changes of a period to one score: only what is proven counts, so that noise does not move it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime

from pytest_perfgate.model import BenchmarkId, Metric
from pytest_perfgate.model.change_point import ChangePoint, Creep
from pytest_perfgate.model.period import Moved

# A level of zero, or one that is infinite, tells no ratio; a thousandfold is bad enough.
_MOST = math.log(1000)


def moved_over(changes: Iterable[ChangePoint], creeps: Iterable[Creep], *, runs: int) -> tuple[Moved, ...]:
    """The series that changed or crept, worst first; `runs`: of the period, a creep counts for no more of its own."""
    worse: dict[tuple[BenchmarkId, Metric], float] = {}
    for change in changes:
        key = (change.benchmark, change.metric)
        worse[key] = worse.get(key, 0.0) + _log_change(change.relative_change, improved=change.improved)
    for creep in creeps:
        key = (creep.benchmark, creep.metric)
        share = min(1.0, runs / creep.runs) if creep.runs else 0.0
        worse[key] = worse.get(key, 0.0) + share * _log_change(creep.total, improved=creep.improved)
    found = [
        Moved(name, metric, math.expm1(abs(size)), size < 0, 100 * math.exp(-max(0.0, size)))
        for (name, metric), size in worse.items()
    ]
    return tuple(sorted(found, key=lambda moved: (moved.improved, -moved.change, moved.benchmark, moved.metric.name)))


def _log_change(relative: float, *, improved: bool) -> float:
    """How much worse, on the log scale: twice as slow and half as fast cancel."""
    size = abs(math.log1p(relative)) if relative > -1 else _MOST
    return (-1 if improved else 1) * min(size, _MOST)


def score_of(moved: Sequence[Moved], series: int) -> tuple[float, float]:
    """Score (0 to 100) and speed over all series; those that did not move count as 100 and 1."""
    if not series:
        return 100.0, 1.0
    lost = sum(100 - one.score for one in moved)
    logs = sum((1 if one.improved else -1) * math.log1p(one.change) for one in moved)
    return 100 - lost / series, math.exp(logs / series)


def in_period(changes: Iterable[ChangePoint], since: datetime) -> list[ChangePoint]:
    """Those that happened from `since` on, largest first."""
    found = [change for change in changes if change.since >= since]
    return sorted(found, key=lambda change: (-abs(change.relative_change), change.benchmark, change.metric.name))
