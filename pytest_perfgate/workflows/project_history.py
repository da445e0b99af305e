"""The whole recorded past of a project, for its page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import numpy as np

from pytest_perfgate.analysis.series_table import SeriesTable
from pytest_perfgate.errors import CannotJudgeError
from pytest_perfgate.model import BenchmarkId, Policy
from pytest_perfgate.model.change_point import ChangePoint, ChangeReport
from pytest_perfgate.model.project_history import EnvironmentHistory, ProjectHistory, RecordedSeries
from pytest_perfgate.ports import BaselineStore
from pytest_perfgate.stats.quantiles import Floats
from pytest_perfgate.workflows.changes import Question, changes
from pytest_perfgate.workflows.clocks import past_runs
from pytest_perfgate.workflows.histories import histories
from pytest_perfgate.workflows.reference import History


def project_history(
    store: BaselineStore,
    environments: Sequence[str],
    *,
    since: datetime | None,
    policy: Policy,
    history: History,
    now: datetime,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> ProjectHistory:
    """Levels and changes of every environment. Raises CannotJudgeError where nothing is recorded."""
    found: list[EnvironmentHistory] = []
    why: list[str] = []
    for fingerprint in environments:
        tables, left_out = _tables(store, fingerprint, policy, since, now)
        why += left_out
        if not tables:
            continue
        try:
            question = Question(since=since)
            report = changes(store, fingerprint, question, policy=policy, history=history, now=now, progress=progress)
        except CannotJudgeError as error:  # levels can be shown where none of them counts
            report = ChangeReport(fingerprint, (), (), 0, 0, 0, notes=(str(error),))
        found.append(_environment(tables, report))
    if not found:
        reason = f" ({'; '.join(why)})" if why else ""
        raise CannotJudgeError(
            f"'{store.location}' has no run to show{reason}; record one with 'pytest --perfgate-record'."
        )
    found.sort(key=lambda one: (one.runs[-1].started_at, one.environment.fingerprint), reverse=True)
    return ProjectHistory(tuple(found))


def _tables(
    store: BaselineStore, fingerprint: str, policy: Policy, since: datetime | None, now: datetime
) -> tuple[Sequence[SeriesTable], list[str]]:
    """All levels of an environment, and which runs are none of them; `changes` says the same beside its own."""
    past, left_out = past_runs(store.load_headers(fingerprint), now)
    kept = frozenset(run.id for run in past)
    return histories(store, fingerprint, metrics=policy.metrics, since=since, keep=lambda run: run.id in kept), left_out


def _environment(tables: Sequence[SeriesTable], report: ChangeReport) -> EnvironmentHistory:
    by_series: dict[tuple[BenchmarkId, str], list[ChangePoint]] = {}
    for change in report.changes:
        by_series.setdefault((change.benchmark, change.metric.name), []).append(change)
    runs = tables[0].runs
    series = [
        _series(table, place, tuple(by_series.get((name, table.metric.name), ())))
        for table in tables
        for place, name in enumerate(table.benchmarks)
    ]
    series.sort(key=lambda one: (one.benchmark, one.metric.name, one.metric.unit))
    return EnvironmentHistory(runs[-1].environment, runs, tuple(series), report.notes)


def _series(table: SeriesTable, place: int, own: tuple[ChangePoint, ...]) -> RecordedSeries:
    adjusted = table.adjusted[:, place]
    return RecordedSeries(
        benchmark=table.benchmarks[place],
        metric=table.metric,
        level=_numbers(table.level[:, place]),
        adjusted=_numbers(adjusted) if np.isfinite(adjusted).any() else (),
        lowest=_numbers(table.lowest[:, place]),
        highest=_numbers(table.highest[:, place]),
        processes=tuple(table.processes[:, place].tolist()),
        changes=tuple(sorted(own, key=lambda change: change.since)),
    )


def _numbers(values: Floats) -> tuple[float | None, ...]:
    return tuple(value if np.isfinite(value) else None for value in values.tolist())
