"""Replays on this machine's cores, or on a Dask cluster's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.analysis.known_steps import steps_of
from pytest_perfgate.analysis.series_table import SeriesTable
from pytest_perfgate.errors import CannotJudgeError
from pytest_perfgate.model import Run
from pytest_perfgate.model.backtest import BacktestReport, ReplayedBuild, Setting, Step
from pytest_perfgate.ports import BaselineStore
from pytest_perfgate.storage import open_store
from pytest_perfgate.storage.memory import HeldRuns
from pytest_perfgate.wiring.project import Project, open_baselines, policy
from pytest_perfgate.wiring.runs import acceptances, fingerprint_of
from pytest_perfgate.wiring.tasks import Workers, run_tasks
from pytest_perfgate.workflows.backtest import Plan, check_processes, replay_block, summarised, usable_runs
from pytest_perfgate.workflows.histories import histories


class BacktestRequest(Struct, frozen=True):
    """What a user asks of a backtest; `last`: only the newest runs are judged, all may be their baseline."""

    settings: tuple[Setting, ...]
    sizes: tuple[float, ...]
    last: int | None
    seed: int
    workers: Workers


class _Place(Struct, frozen=True):
    """Where a worker finds the recorded runs; the same path on every machine of a cluster."""

    baseline: str
    root: str
    ignore_damaged: bool
    slices: bool


def present_setting(project: Project) -> Setting:
    """The settings in effect."""
    settings, now = project.config, policy(project)
    return Setting(
        method=settings.method,
        alpha=settings.alpha,
        correction=settings.correction,
        min_change=now.min_change["execution_time"],
        processes=settings.processes,
        max_looks=settings.max_looks,
        window_days=settings.window_days,
        window_runs=settings.window_runs,
    )


def run_backtest(
    project: Project,
    request: BacktestRequest,
    environment: str | None,
    progress: Callable[[int, int], None],
    say: Callable[[str], None],
) -> BacktestReport:
    """Replay the recorded runs of an environment. Raises CannotJudgeError, StoreError and MissingExtraError."""
    store, now = open_baselines(project), policy(project)
    fingerprint = fingerprint_of(project, environment)
    headers = usable_runs(store.load_headers(fingerprint), now, project.config.baseline)
    known = {header.id: header for header in headers}
    tables = histories(store, fingerprint, metrics=now.metrics, keep=lambda run: run.id in known)
    read = {run.id for table in tables for run in table.runs}  # a damaged file may be passed over
    headers = tuple(header for header in headers if header.id in read)
    ids = tuple(header.id for header in headers)
    newest = next(iter(store.load_runs(fingerprint, ids[-1:])), None)
    if newest is None:
        raise CannotJudgeError(f"'{store.location}' has no run with a metric that the gate judges.")
    check_processes([newest], request.settings)
    first = max(now.minimum_runs, len(ids) - request.last) if request.last else now.minimum_runs
    plan = Plan(
        fingerprint=fingerprint,
        ids=ids,
        candidates=tuple(range(first, len(ids))),
        settings=request.settings,
        policy=now,
        steps=tuple(_placed(step, table, ids) for table in tables for step in steps_of(table, alpha=now.alpha)),
        acceptances=tuple(acceptances(project, store)),
        sizes=request.sizes,
        seed=request.seed,
    )
    place = _Place(
        baseline=project.config.baseline,
        root=str(project.root.resolve()),
        ignore_damaged=project.config.ignore_damaged,
        slices=any(setting.method == "welch" for setting in request.settings),
    )
    work = partial(_replay, plan, place)
    done = run_tasks(work, plan.blocks, request.workers, progress=progress, say=say)
    return summarised(
        plan,
        headers,
        [build for builds in done for build in builds],
        present_setting(project),
        benchmarks=len(newest.benchmarks),
        max_time_s=project.config.max_time,
    )


def _placed(step: Step, table: SeriesTable, ids: Sequence[str]) -> Step:
    """By the replay's order of runs."""
    return replace(step, place=ids.index(table.runs[step.place].id))


def _replay(plan: Plan, place: _Place, block: Sequence[int]) -> tuple[ReplayedBuild, ...]:
    """One task, in whatever process or machine does it."""
    store = open_store(place.baseline, Path(place.root), ignore_damaged=place.ignore_damaged)
    return replay_block(plan, block, partial(_load, store, plan, place), HeldRuns)


def _load(store: BaselineStore, plan: Plan, place: _Place, ids: Sequence[str]) -> list[Run]:
    by_id = {run.id: run for run in store.load_runs(plan.fingerprint, ids, slices=place.slices)}
    return [by_id[name] for name in ids if name in by_id]
