"""Evidence: how the candidate differs from the baseline, metric by metric; no opinion."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.analysis.columns import ColumnBuilder, Columns
from pytest_perfgate.analysis.run_level import LevelChange, level_changes, oldest_runs
from pytest_perfgate.analysis.textbook import textbook_comparisons
from pytest_perfgate.model import BenchmarkId, Comparison, Metric, Policy, Run
from pytest_perfgate.model.metric import BUILT_IN_METRICS
from pytest_perfgate.stats.multiplicity import benjamini_hochberg, holm
from pytest_perfgate.stats.quantiles import Floats

_CORRECTIONS: dict[str, Callable[[Floats], Floats]] = {
    "benjamini-hochberg": benjamini_hochberg,
    "holm": holm,
    "none": lambda p_values: p_values,
}


class Baseline(Struct, frozen=True):
    """The reference runs as columns, read once and used for every look.

    `commits`: run id -> revision, `started`: run id -> when, for messages.
    """

    columns: dict[str, Columns]
    runs: int
    commits: dict[str, str]
    started: dict[str, datetime]


def judged_metrics(candidate: Run, policy: Policy) -> dict[str, Metric]:
    """Metrics that the gate judges: the policy's, those that a mark names, and every metric of the users' own."""
    named = set(policy.metrics)
    for benchmark in candidate.benchmarks.values():
        named.update(benchmark.metrics, benchmark.budget)
    measured = {sample.metric.name: sample.metric for sample in candidate.samples}
    return {name: metric for name, metric in measured.items() if name in named or name not in BUILT_IN_METRICS}


def is_judged(benchmark: BenchmarkId, metric: Metric, candidate: Run, policy: Policy) -> bool:
    """Whether this metric of this benchmark is judged; a mark's `metrics` replace the policy's."""
    facts = candidate.benchmarks.get(benchmark)
    if facts is not None and metric.name in facts.budget:
        return True
    if metric.name not in BUILT_IN_METRICS:
        return True
    wanted = facts.metrics if facts is not None and facts.metrics else policy.metrics
    return metric.name in wanted


def read_baseline(runs: Iterable[Run], candidate: Run, policy: Policy) -> Baseline:
    """Turn the reference runs, one at a time, into columns of what the candidate measured."""
    builder = ColumnBuilder(judged_metrics(candidate, policy).values(), _measured(candidate))
    commits: dict[str, str] = {}
    started: dict[str, datetime] = {}
    for run in runs:
        builder.add(run)
        commits[run.id] = run.commit.revision if run.commit else ""
        started[run.id] = run.started_at
    return Baseline({columns.metric.name: columns for columns in builder.columns()}, len(commits), commits, started)


def compare(
    candidate: Run,
    baseline: Baseline,
    policy: Policy,
    *,
    windows: Mapping[BenchmarkId, frozenset[str]] | None = None,
) -> tuple[Comparison, ...]:
    """Compare every judged metric of every benchmark, corrected for their number.

    `windows`: ids of the runs that count for a benchmark, where an accepted change narrows its baseline.
    """
    builder = ColumnBuilder(judged_metrics(candidate, policy).values(), _measured(candidate))
    builder.add(candidate)
    rows: list[Comparison] = []
    for ours in builder.columns():
        theirs = baseline.columns.get(ours.metric.name)
        if theirs is not None:
            rows.extend(_compare_metric(ours, _narrowed(theirs, windows or {}), baseline, candidate, policy))
    judged = [row for row in rows if is_judged(row.benchmark, row.metric, candidate, policy)]
    return corrected(judged, policy)


def compare_pooled(candidate: Run, baseline: Iterable[Run], policy: Policy) -> tuple[Comparison, ...]:
    """The textbook comparison (`method = "welch"`): all slice values pooled, as if they were independent."""
    rows = textbook_comparisons(candidate, baseline, judged_metrics(candidate, policy), policy.interval_level)
    return corrected([row for row in rows if is_judged(row.benchmark, row.metric, candidate, policy)], policy)


def _measured(candidate: Run) -> tuple[BenchmarkId, ...]:
    return tuple(dict.fromkeys(sample.benchmark for sample in candidate.samples))


def _narrowed(columns: Columns, windows: Mapping[BenchmarkId, frozenset[str]]) -> Columns:
    if not windows:
        return columns
    values = columns.values.copy()
    for place, name in enumerate(columns.benchmarks):
        if name in windows:
            outside = [run_id not in windows[name] for run_id in columns.run_ids]
            values[np.asarray(outside)[columns.runs.astype(np.intp)], place] = np.nan
    return replace(columns, values=values)


def _compare_metric(
    ours: Columns, theirs: Columns, baseline: Baseline, candidate: Run, policy: Policy
) -> Iterator[Comparison]:
    looks = {s.benchmark: s.look + 1 for s in candidate.samples if s.metric.name == ours.metric.name}
    change = level_changes(theirs, ours, policy.interval_level, tests=len(ours.benchmarks), alpha=policy.alpha)
    oldest = oldest_runs(theirs, baseline.runs)
    creep = None
    if oldest is not None:
        creep = level_changes(
            theirs,
            ours,
            policy.interval_level,
            reference=oldest,
            tests=len(ours.benchmarks),
            alpha=policy.alpha,
        )
        since = baseline.commits[theirs.run_ids[0]][:12] or theirs.run_ids[0]
    for place, name in enumerate(ours.benchmarks):
        if name not in looks:
            continue  # it has other metrics, but not this one
        if np.isnan(theirs.values[:, place]).all():
            continue  # it is new
        row = change.comparison(place, name, looks=looks[name])
        if creep is not None:
            row = _worse_of(row, creep.comparison(place, name, looks=looks[name]), since, creep)
        yield row


def _worse_of(window: Comparison, oldest: Comparison, since: str, change: LevelChange) -> Comparison:
    """The ratchet: two questions are asked of the same row, so each is answered at half of alpha (Bonferroni)."""
    if window.p_value is None or oldest.p_value is None:
        return window
    worse = change.badness * ((oldest.log_change or 0.0) - (window.log_change or 0.0)) > 0
    if worse and oldest.p_value < window.p_value:
        return replace(oldest, p_value=min(1.0, 2 * oldest.p_value), since=since)
    return replace(window, p_value=min(1.0, 2 * window.p_value))


def corrected(rows: list[Comparison], policy: Policy) -> tuple[Comparison, ...]:
    """The rows with p-values adjusted for how many questions were asked."""
    tested = [index for index, row in enumerate(rows) if row.p_value is not None]
    p_values = np.array([rows[index].p_value for index in tested], dtype=np.float64)
    adjusted = _CORRECTIONS[policy.correction](p_values)
    for index, p_value in zip(tested, adjusted, strict=True):
        rows[index] = replace(rows[index], adjusted_p_value=float(p_value))
    return tuple(rows)
