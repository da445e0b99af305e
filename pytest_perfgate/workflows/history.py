"""One benchmark's recorded past."""

from __future__ import annotations

from pytest_perfgate.errors import CannotJudgeError
from pytest_perfgate.model import BenchmarkId, Run, Series, SeriesPoint
from pytest_perfgate.ports import BaselineStore
from pytest_perfgate.stats.quantiles import column_quantile


def history(store: BaselineStore, fingerprint: str, benchmark: str, metric: str) -> Series:
    """The recorded levels, oldest first. Raises CannotJudgeError, with the nearest names, when there are none."""
    points = []
    unit = ""
    names: set[str] = set()
    for run in store.load_runs(fingerprint, metrics=(metric,)):
        names.update(run.benchmarks)
        values = [sample for sample in run.samples if sample.benchmark == benchmark]
        if values:
            unit = values[0].metric.unit
            points.append(_point(run, [sample.location for sample in values]))
    if not points:
        raise CannotJudgeError(_nothing(store.location, benchmark, metric, names))
    return Series(benchmark=BenchmarkId(benchmark), metric=metric, unit=unit, points=tuple(points))


def _point(run: Run, locations: list[float]) -> SeriesPoint:
    import numpy as np

    level = float(column_quantile(np.asarray(locations)[:, None], 1 / 3)[0])
    return SeriesPoint(
        run=run.id,
        started_at=run.started_at,
        revision=run.commit.revision if run.commit else "",
        level=level,
        lowest=min(locations),
        highest=max(locations),
        processes=len(locations),
    )


def _nothing(location: str, benchmark: str, metric: str, names: set[str]) -> str:
    import difflib

    close = difflib.get_close_matches(benchmark, names, n=3, cutoff=0.3)
    hint = f"; did you mean {' or '.join(repr(name) for name in close)}?" if close else ""
    return f"'{location}' has no {metric} of '{benchmark:.200}'{hint} 'perfgate baseline show' lists what is there."
