"""Accepted changes: which runs count after one, and which rows it covers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fnmatch import fnmatchcase

from msgspec.structs import replace

from pytest_perfgate.model import Acceptance, BenchmarkId, Comparison, Direction, Judgement, Verdict


def matches(acceptance: Acceptance, benchmark: BenchmarkId) -> bool:
    """Whether the acceptance names the benchmark: exactly, or by a glob (`[` of a parameter is literal first)."""
    return acceptance.benchmark == benchmark or fnmatchcase(benchmark, acceptance.benchmark.replace("[", "[[]"))


def in_force(acceptances: Iterable[Acceptance], today: date) -> tuple[Acceptance, ...]:
    """Those that have not expired."""
    return tuple(item for item in acceptances if item.until is None or item.until >= today)


def windows_by_acceptance(
    acceptances: Sequence[Acceptance],
    runs_under: Mapping[str, frozenset[str]],
    all_runs: frozenset[str],
    benchmarks: Iterable[BenchmarkId],
    minimum_runs: int,
) -> dict[BenchmarkId, frozenset[str]]:
    """Runs that count for a benchmark with an accepted change.

    Once enough runs were recorded under the newest acceptance, only those count: the accepted level is the
    baseline. Until then only the runs before it count, and the acceptance covers the row.
    """
    windows: dict[BenchmarkId, frozenset[str]] = {}
    for benchmark in benchmarks:
        for acceptance in acceptances:  # oldest first: the newest has the last word
            if matches(acceptance, benchmark) and acceptance.relative_change is not None:
                under = runs_under.get(acceptance.id, frozenset())
                windows[benchmark] = under if len(under) >= minimum_runs else all_runs - under
    return windows


def apply_acceptances(
    judgements: Iterable[Judgement],
    acceptances: Sequence[Acceptance],
    runs_under: Mapping[str, frozenset[str]],
    minimum_runs: int,
) -> tuple[Judgement, ...]:
    """Mark the rows that an acceptance covers; never more than was accepted."""
    return tuple(_covered(row, acceptances, runs_under, minimum_runs) for row in judgements)


def _covered(
    row: Judgement,
    acceptances: Sequence[Acceptance],
    runs_under: Mapping[str, frozenset[str]],
    minimum_runs: int,
) -> Judgement:
    for acceptance in acceptances:
        if not matches(acceptance, row.benchmark):
            continue
        if row.verdict is Verdict.MISSING and acceptance.relative_change is None:
            return replace(row, accepted=acceptance.reason)
        settled = len(runs_under.get(acceptance.id, ())) >= minimum_runs
        same_metric = acceptance.metric in {row.metric.name, "*"}
        if row.verdict is Verdict.REGRESSED and same_metric and not settled and _within(row.comparison, acceptance):
            return replace(row, accepted=acceptance.reason)
    return row


def _within(comparison: Comparison | None, acceptance: Acceptance) -> bool:
    """Whether the evidence allows that the change is no more than what was accepted."""
    if comparison is None or comparison.interval is None or acceptance.relative_change is None:
        return False
    size = abs(acceptance.relative_change)
    if comparison.metric.direction is Direction.LOWER_IS_BETTER:
        return comparison.interval.lower <= size
    return comparison.interval.upper >= -size


def renamed(benchmark: BenchmarkId, acceptances: Iterable[Acceptance]) -> BenchmarkId:
    """The id under which a recorded benchmark is measured today."""
    for acceptance in acceptances:
        if acceptance.renamed_to and acceptance.benchmark == benchmark:
            benchmark = BenchmarkId(acceptance.renamed_to)
    return benchmark
