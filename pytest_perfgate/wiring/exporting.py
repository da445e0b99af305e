"""What is exported, and the one format that needs an optional package."""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Iterator, Sequence

from pytest_perfgate.errors import CannotJudgeError, MissingExtraError
from pytest_perfgate.model import Run
from pytest_perfgate.wiring.project import Project, open_baselines
from pytest_perfgate.wiring.runs import find_run, fingerprint_of


def runs_to_export(project: Project, run_id: str | None, environment: str | None, *, every: bool) -> list[Run]:
    """The run that was asked for, or every run of the environment, with all values. Raises CannotJudgeError."""
    if not every:
        return [find_run(project, run_id, environment)]
    store = open_baselines(project)
    fingerprint = fingerprint_of(project, environment)
    runs = list(store.load_runs(fingerprint, slices=True))
    if not runs:
        raise CannotJudgeError(f"No run of environment {fingerprint} is in '{store.location}'.")
    return runs


def parquet_of(runs: Sequence[Run]) -> bytes:
    """Every value as a row; MissingExtraError without pyarrow."""
    if importlib.util.find_spec("pyarrow") is None:
        raise MissingExtraError("Install 'pytest-perfgate[parquet]' to export Parquet.")
    import pandas as pd

    frame = pd.DataFrame(_rows(runs))
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


def _rows(runs: Sequence[Run]) -> Iterator[dict[str, object]]:
    for run in runs:
        for sample in run.samples:
            for value in sample.values or (sample.location,):  # noqa: PD011 - ours, no frame's
                yield {
                    "run": run.id,
                    "started_at": run.started_at,
                    "revision": run.commit.revision if run.commit else None,
                    "environment": run.environment.fingerprint,
                    "benchmark": sample.benchmark,
                    "metric": sample.metric.name,
                    "unit": sample.metric.unit,
                    "direction": sample.metric.direction.value,
                    "process": sample.process,
                    "value": float(value),
                }
