"""The Python interface: what the command-line tool uses, under stable names."""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_perfgate import wiring
from pytest_perfgate.analysis.adjust import at_one_speed
from pytest_perfgate.analysis.compare import compare as _compare
from pytest_perfgate.analysis.compare import read_baseline
from pytest_perfgate.analysis.judge import judge
from pytest_perfgate.model import Comparison, GateReport, Policy, Run
from pytest_perfgate.report import render

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["check", "compare", "judge", "load_runs", "render", "to_dataframe"]


def load_runs(
    folder: str | Path = ".",
    *,
    environment: str | None = None,
    slices: bool = False,
    metrics: Collection[str] | None = None,
) -> Iterator[Run]:
    """Recorded runs of the project in `folder`, oldest first, of all environments or of one.

    `slices`: also the values of every slice; `metrics`: names of the metrics wanted. Raises StoreError,
    DamagedFileError and ConfigError.
    """
    store = wiring.open_baselines(wiring.open_project(Path(folder).resolve(), os.environ, {}))
    for fingerprint in [environment] if environment else store.environments():
        yield from store.load_runs(fingerprint, slices=slices, metrics=metrics)


def compare(candidate: Run, baseline: Iterable[Run], policy: Policy | None = None) -> tuple[Comparison, ...]:
    """Evidence for every judged metric of the candidate; `judge` turns a row into a verdict."""
    policy = policy or Policy()
    return _compare(candidate, read_baseline(baseline, candidate, policy), policy)


def check(folder: str | Path = ".", *, run_id: str | None = None) -> GateReport:
    """Judge a recorded run (the newest when none is named) again, as `perfgate check` does."""
    project = wiring.open_project(Path(folder).resolve(), os.environ, {})
    return wiring.judge_recorded(project, wiring.find_run(project, run_id))


def to_dataframe(runs: Iterable[Run]) -> pd.DataFrame:
    """One row per run, benchmark, metric and process, in base units; times are UTC.

    `location` is as measured, `adjusted` has the machine's speed taken out, as far as the runs of its environment
    allow it (NaN where not).
    """
    import pandas as pd

    runs = list(runs)
    adjusted = _adjusted(runs)
    rows = [
        {
            "run": run.id,
            "started_at": run.started_at,
            "revision": run.commit.revision if run.commit else None,
            "environment": run.environment.fingerprint,
            "benchmark": sample.benchmark,
            "metric": sample.metric.name,
            "unit": sample.metric.unit,
            "process": sample.process,
            "look": sample.look,
            "location": sample.location,
            "adjusted": adjusted.get((run.id, sample.benchmark, sample.metric.name, sample.process), math.nan),
        }
        for run in runs
        for sample in run.samples
    ]
    frame: pd.DataFrame = pd.DataFrame(rows)
    return frame


def _adjusted(runs: Sequence[Run]) -> dict[tuple[str, str, str, int], float]:
    by_environment: dict[str, list[Run]] = {}
    for run in runs:
        by_environment.setdefault(run.environment.fingerprint, []).append(run)
    return {
        (run.id, sample.benchmark, sample.metric.name, sample.process): sample.location
        for alike in by_environment.values()
        for run in at_one_speed(alike)
        for sample in run.samples
    }
