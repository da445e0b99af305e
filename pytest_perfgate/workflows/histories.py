"""The recorded past of many benchmarks at once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from fnmatch import fnmatchcase

from pytest_perfgate.analysis.series_table import SeriesTable, SeriesTableBuilder
from pytest_perfgate.model import BenchmarkId, Run
from pytest_perfgate.ports import BaselineStore

# So many others teach what the suite has in common about the canaries; more would only fill the memory.
_MOST_OTHERS = 200


def histories(
    store: BaselineStore,
    fingerprint: str,
    *,
    benchmarks: Collection[str] = (),
    metrics: Collection[str] = (),
    since: datetime | None = None,
    keep: Callable[[Run], bool] = lambda _: True,
) -> tuple[SeriesTable, ...]:
    """A table per metric with the levels of all runs of an environment, oldest first; empty when there are none.

    `benchmarks`: names or globs (a `[` is literal), `metrics`: names; empty for all. `since`: only runs started then
    or later. `keep`: which runs count, by their headers. A metric whose unit changed has a table for each unit, the
    newest last. Time and memory grow with runs × benchmarks.
    """
    builder = SeriesTableBuilder(lambda name: is_named(name, benchmarks), others=_MOST_OTHERS)
    wanted = None
    if since is not None:
        wanted = [header.id for header in store.load_headers(fingerprint) if header.started_at >= since]
    for run in store.load_runs(fingerprint, wanted, metrics=metrics or None):
        if keep(run):
            builder.add(run)
    return builder.tables()


def passed_over(store: BaselineStore) -> tuple[str, ...]:
    """What was damaged and left out, in words, where the store was told to go on without it."""
    return tuple(f"left out: {why.removesuffix('.')}" for why in getattr(store, "ignored", ()))


def is_named(benchmark: BenchmarkId, patterns: Collection[str]) -> bool:
    """Whether a benchmark is one of `patterns`, names or globs; all are when there are none."""
    return (
        not patterns
        or benchmark in patterns
        or any(fnmatchcase(benchmark, pattern.replace("[", "[[]")) for pattern in patterns)
    )
