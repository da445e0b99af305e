"""What the recorded runs let expect of the next one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from pytest_perfgate.analysis.forecast import forecasts
from pytest_perfgate.analysis.together import moving_series
from pytest_perfgate.errors import CannotJudgeError
from pytest_perfgate.model import Benchmark, BenchmarkId, Policy
from pytest_perfgate.model.forecast import Forecast, ForecastReport
from pytest_perfgate.ports import BaselineStore
from pytest_perfgate.workflows.clocks import past_runs, set_back
from pytest_perfgate.workflows.histories import histories, passed_over
from pytest_perfgate.workflows.names import chosen_names
from pytest_perfgate.workflows.reference import History, Window, select_reference

_EVERYTHING = Window(days=36_500, runs=1_000_000)


class ForecastQuestion(Struct, frozen=True):
    """`benchmarks`: names or globs, `metrics`: names; empty for all, of metrics all that are judged.

    `level`: probability that the range holds the next run.
    """

    benchmarks: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    since: datetime | None = None
    level: float = 0.9


def forecast(
    store: BaselineStore,
    fingerprint: str,
    question: ForecastQuestion,
    *,
    policy: Policy,
    history: History,
    now: datetime,
) -> ForecastReport:
    """Every series' forecast and trend, by name. Raises CannotJudgeError, with the reason, when nothing is there.

    Runs count as for the gate, and are taken in the order in which they started.
    """
    headers = store.load_headers(fingerprint)
    past, notes = past_runs(headers, now)
    if question.since is not None:
        past = [header for header in past if header.started_at >= question.since]
    suite = past[-1].suite if past else ""
    reference = select_reference(past, suite=suite, history=history, window=_EVERYTHING, now=now)
    if not reference.headers:
        why = "; ".join([*notes, *reference.describe_left_out()])
        raise CannotJudgeError(
            f"No run of this environment in '{store.location}' counts{f' ({why})' if why else ''}; record one with "
            "'pytest --perfgate-record'."
        )
    newest = next(iter(store.load_runs(fingerprint, [reference.run_ids[-1]], metrics=())))
    chosen_names(tuple(newest.benchmarks), question.benchmarks, store.location)
    wanted = frozenset(reference.run_ids)
    tables = histories(
        store,
        fingerprint,
        benchmarks=question.benchmarks,
        metrics=question.metrics or policy.metrics,
        keep=lambda run: run.id in wanted,
    )
    found: list[Forecast] = []
    ordered = []
    for table in tables:
        order = sorted(range(len(table.runs)), key=lambda place: (table.runs[place].started_at, table.runs[place].id))
        ordered.append(table.at_runs(order))
        budgets = _budgets(newest.benchmarks, table.metric.name)
        found += forecasts(ordered[-1], budgets, level=question.level, alpha=policy.alpha)
    if not found:
        raise CannotJudgeError(
            "No recorded run has a number of what was asked for; 'perfgate baseline show' lists them."
        )
    found.sort(key=lambda each: (each.benchmark, each.metric.name))
    together, following = moving_series(ordered, alpha=policy.alpha)
    return ForecastReport(
        environment=fingerprint,
        series=tuple(found),
        runs=len(reference.headers),
        notes=(*notes, *set_back(reference.headers), *reference.describe_left_out(), *passed_over(store)),
        together=together,
        following=following,
    )


def _budgets(benchmarks: Mapping[BenchmarkId, Benchmark], metric: str) -> dict[str, float]:
    return {name: facts.budget[metric] for name, facts in benchmarks.items() if metric in facts.budget}
