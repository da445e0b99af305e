"""Stray runs of a project, and the models that are kept of what is usual."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from pytest_perfgate.analysis.anomalies import AnomalyRule, RunModel
from pytest_perfgate.errors import CannotJudgeError, ConfigError, DamagedFileError
from pytest_perfgate.model import AnomalyCheck, Run
from pytest_perfgate.ports import BaselineStore
from pytest_perfgate.storage.model_file import ModelFacts, ModelFiles
from pytest_perfgate.wiring.project import Project, now, open_baselines
from pytest_perfgate.workflows.anomalies import (
    Detected,
    Watch,
    check_against_recorded,
    detect,
    recorded_runs,
    train_on,
)

_BRANCH = "git-branch:"


def anomaly_rule(project: Project) -> AnomalyRule:
    """How anomalies are found in this project."""
    return AnomalyRule(min_history=project.config.min_history)


def watch_anomalies(project: Project, store: BaselineStore) -> Watch:
    """What tells the gate how unusual a run is; advice never keeps it from judging."""

    def watch(run: Run) -> AnomalyCheck:
        try:
            return check_against_recorded(run, store, anomaly_rule(project))
        except DamagedFileError as error:
            if project.config.anomaly != "advise":
                raise
            return AnomalyCheck(rows=0, problem=str(error))

    return watch


def train_anomalies(project: Project, fingerprint: str, since: datetime) -> tuple[Path, int]:
    """Keep a model of what is usual in the store's folder; where it is, and of how many runs."""
    files = _files(project)
    if files is None:
        raise ConfigError(
            [f"A model is kept in a folder, and the store is '{project.config.baseline}'; '--detect' needs no model."]
        )
    suite = project.config.suite
    runs, _ = recorded_runs(open_baselines(project), fingerprint, suite, now=now())
    model, learned = train_on(runs, anomaly_rule(project), since=since)
    facts = ModelFacts(
        fingerprint=fingerprint,
        suite=suite,
        trained_at=now(),
        trained_until=learned[-1].started_at,
        runs=len(learned),
        versions={},
        sha256="",
    )
    return files.save(model, facts), len(learned)


def detect_anomalies(
    project: Project, fingerprint: str, since: datetime, progress: Callable[[float], None]
) -> Detected:
    """Every run since then with what it was found to be. Raises CannotJudgeError where a kept model does not fit."""
    runs, notes = recorded_runs(open_baselines(project), fingerprint, project.config.suite, now=now())
    files = _files(project)
    kept = None if files is None else files.load(fingerprint, project.config.suite)
    model: RunModel | None = kept[0] if kept else None
    if model is not None and not isinstance(model, RunModel):
        raise CannotJudgeError(f"The kept model is a '{type(model).__name__}'; train it again.")
    until = kept[1].trained_until if kept else None
    rule = anomaly_rule(project)
    checks = detect(runs, rule, since=since, model=model, trained_until=until, progress=progress)
    return Detected(tuple(checks), tuple(notes))


def explain_anomaly(project: Project, run: Run) -> AnomalyCheck:
    """One recorded run, scored whatever the first glance says."""
    return check_against_recorded(run, open_baselines(project), anomaly_rule(project), ask=True)


def _files(project: Project) -> ModelFiles | None:
    store = project.config.baseline
    return None if store.startswith(_BRANCH) else ModelFiles(project.root / store)
