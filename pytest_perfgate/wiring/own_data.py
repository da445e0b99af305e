"""What a project's own recorded runs say: how well the gate does on them, where levels changed."""

from __future__ import annotations

from collections.abc import Callable, Collection

from pytest_perfgate.model.change_point import ChangeReport
from pytest_perfgate.model.forecast import ForecastReport
from pytest_perfgate.model.sensitivity import SensitivityReport
from pytest_perfgate.wiring.project import Project, now, open_baselines, policy
from pytest_perfgate.wiring.runs import fingerprint_of, history
from pytest_perfgate.workflows.changes import Question, changes
from pytest_perfgate.workflows.forecast import ForecastQuestion, forecast
from pytest_perfgate.workflows.reference import Window
from pytest_perfgate.workflows.sensitivity import Effort, sensitivity


def measure_sensitivity(
    project: Project, benchmarks: Collection[str], environment: str | None, progress: Callable[[int, int], None]
) -> SensitivityReport:
    """What the gate can see of each benchmark."""
    settings = project.config
    return sensitivity(
        open_baselines(project),
        fingerprint_of(project, environment),
        policy=policy(project),
        window=Window(days=settings.window_days, runs=settings.window_runs),
        history=history(project),
        effort=Effort(settings.processes, settings.max_time),
        confirm=settings.confirm,
        only=benchmarks,
        progress=progress,
    )


def find_level_changes(
    project: Project, question: Question, environment: str | None, progress: Callable[[int, int], None]
) -> ChangeReport:
    """Where levels changed and stayed."""
    return changes(
        open_baselines(project),
        fingerprint_of(project, environment),
        question,
        policy=policy(project),
        history=history(project),
        now=now(),
        progress=progress,
    )


def forecast_next(project: Project, question: ForecastQuestion, environment: str | None) -> ForecastReport:
    """What the next run is expected to be."""
    return forecast(
        open_baselines(project),
        fingerprint_of(project, environment),
        question,
        policy=policy(project),
        history=history(project),
        now=now(),
    )
