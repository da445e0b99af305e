"""A project's recorded past as a whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from pytest_perfgate.model.period import OddRun, PeriodReport
from pytest_perfgate.model.project_history import ProjectHistory
from pytest_perfgate.report.anomaly import whole_line
from pytest_perfgate.wiring.anomalies import detect_anomalies
from pytest_perfgate.wiring.own_data import forecast_next
from pytest_perfgate.wiring.project import Project, now, open_baselines, policy
from pytest_perfgate.wiring.runs import fingerprint_of, history
from pytest_perfgate.workflows.forecast import ForecastQuestion
from pytest_perfgate.workflows.period import period_report
from pytest_perfgate.workflows.project_history import project_history


def read_project_history(
    project: Project, environment: str | None, since: datetime | None, progress: Callable[[int, int], None]
) -> ProjectHistory:
    """The recorded runs of every environment, or of the one that was asked for."""
    store = open_baselines(project)
    return project_history(
        store,
        store.environments() if environment is None else [environment],
        since=since,
        policy=policy(project),
        history=history(project),
        now=now(),
        progress=progress,
    )


def report_period(
    project: Project, environment: str | None, since: datetime, progress: Callable[[int, int], None]
) -> PeriodReport:
    """What happened since then on one environment."""
    store, fingerprint = open_baselines(project), fingerprint_of(project, environment)
    recorded = bool(store.run_ids(fingerprint))  # where nothing is, the report itself says what is missing
    return period_report(
        store,
        fingerprint,
        since,
        policy=policy(project),
        history=history(project),
        now=now(),
        odd_runs=_odd_runs(project, fingerprint, since) if recorded else None,
        forecasts=forecast_next(project, ForecastQuestion(), fingerprint).series if recorded else (),
        progress=progress,
    )


def _odd_runs(project: Project, fingerprint: str, since: datetime) -> list[OddRun] | None:
    """The unusual runs since then; None where none of them has enough runs before it."""
    scored = [
        (run, check)
        for run, check in detect_anomalies(project, fingerprint, since, lambda _: None).checks
        if not check.missing
    ]
    if not scored:
        return None
    return [
        OddRun(run.id, run.started_at, run.commit.revision if run.commit else "", whole_line(check.whole))
        for run, check in scored
        if check.whole is not None and check.whole.unusual
    ]
