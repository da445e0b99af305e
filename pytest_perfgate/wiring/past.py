"""A project's recorded past as a whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from pytest_perfgate.model.period import PeriodReport
from pytest_perfgate.model.project_history import ProjectHistory
from pytest_perfgate.wiring.project import Project, now, open_baselines, policy
from pytest_perfgate.wiring.runs import fingerprint_of, history
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
    return period_report(
        open_baselines(project),
        fingerprint_of(project, environment),
        since,
        policy=policy(project),
        history=history(project),
        now=now(),
        progress=progress,
    )
