"""Every value as a row of CSV; what `perfgate import csv` takes without a mapping."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from pytest_perfgate.model import Run

_COLUMNS = ("run", "started_at", "revision", "benchmark", "metric", "unit", "direction", "process", "value")


def render_csv(runs: Sequence[Run]) -> str:
    """Values in base units and per iteration; a sample without values gives its location."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for run in runs:
        revision = run.commit.revision if run.commit else ""
        for sample in run.samples:
            metric = sample.metric
            place = (sample.benchmark, metric.name, metric.unit, metric.direction.value, sample.process)
            for value in sample.values or (sample.location,):
                writer.writerow((run.id, run.started_at.isoformat(), revision, *place, value))
    return out.getvalue()
