"""Keep the store small, and take it elsewhere."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime

from pytest_perfgate.model import Run


def runs_to_prune(headers: Sequence[Run], oldest: datetime, keep_runs: int) -> list[str]:
    """Ids of the runs before `oldest` that are not among the newest `keep_runs`."""
    ordered = sorted(headers, key=lambda run: (run.started_at, run.id))
    return [run.id for run in ordered[: max(0, len(ordered) - keep_runs)] if run.started_at < oldest]


def export_csv(runs: Iterable[Run]) -> str:
    """One row per run, benchmark, metric and process, in base units."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["run", "started_at", "revision", "benchmark", "metric", "unit", "process", "look", "level"])
    for run in runs:
        revision = run.commit.revision if run.commit else ""
        for s in run.samples:
            place = (s.benchmark, s.metric.name, s.metric.unit, s.process, s.look, s.location)
            writer.writerow([run.id, run.started_at.isoformat(), revision, *place])
    return out.getvalue()
