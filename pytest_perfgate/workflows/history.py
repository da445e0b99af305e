"""One benchmark's recorded past."""

from __future__ import annotations

from itertools import islice

import numpy as np
from msgspec.structs import replace

from pytest_perfgate.analysis.adjust import at_one_speed
from pytest_perfgate.analysis.columns import badness
from pytest_perfgate.errors import CannotJudgeError
from pytest_perfgate.model import BenchmarkId, Run, Sample, Series, SeriesPoint
from pytest_perfgate.ports import BaselineStore
from pytest_perfgate.stats.process_level import process_level

# So many others teach what the suite has in common about the canaries; more would only fill the memory.
_MOST_OTHERS = 200


def history(store: BaselineStore, fingerprint: str, benchmark: str, metric: str) -> Series:
    """The recorded levels, oldest first. Raises CannotJudgeError, with the nearest names, when there are none."""
    runs: list[Run] = []
    names: dict[str, None] = {}
    others: set[str] = set()
    for run in store.load_runs(fingerprint, metrics=(metric,)):
        names.update(dict.fromkeys(run.benchmarks))
        others.update(islice((name for name in run.benchmarks if name not in others), _MOST_OTHERS - len(others)))
        runs.append(_only(run, others | {benchmark}))
    points = [
        _point(run, theirs, _of(adjusted, benchmark))
        for run, adjusted in zip(runs, at_one_speed(runs), strict=True)
        if (theirs := _of(run, benchmark))
    ]
    if not points:
        raise CannotJudgeError(_nothing(store, fingerprint, benchmark, metric, names))
    unit = next(sample.metric.unit for run in runs for sample in _of(run, benchmark))
    return Series(benchmark=BenchmarkId(benchmark), metric=metric, unit=unit, points=tuple(points))


def _only(run: Run, benchmarks: set[str]) -> Run:
    return replace(run, samples=tuple(sample for sample in run.samples if sample.benchmark in benchmarks))


def _of(run: Run, benchmark: str) -> list[Sample]:
    return [sample for sample in run.samples if sample.benchmark == benchmark]


def _point(run: Run, samples: list[Sample], adjusted: list[Sample]) -> SeriesPoint:
    locations = [sample.location for sample in samples]
    return SeriesPoint(
        run=run.id,
        started_at=run.started_at,
        revision=run.commit.revision if run.commit else "",
        level=_level(samples),
        adjusted=_level(adjusted) if adjusted else None,
        lowest=min(locations),
        highest=max(locations),
        processes=len(locations),
    )


def _level(samples: list[Sample]) -> float:
    """The level that the comparison uses; the better side of throughput is the upper one."""
    sign = badness(samples[0].metric)
    return float(sign * process_level(sign * np.array([[sample.location] for sample in samples]))[0])


def _nothing(store: BaselineStore, fingerprint: str, benchmark: str, metric: str, names: dict[str, None]) -> str:
    import difflib

    run_ids = store.run_ids(fingerprint)
    if not run_ids:
        return f"No run of this environment is in '{store.location}'; record one with 'pytest --perfgate-record'."
    if benchmark in names:
        runs = store.load_runs(fingerprint)
        found = sorted({sample.metric.name for run in runs for sample in _of(run, benchmark)})
        return f"'{benchmark:.200}' has no metric '{metric:.80}'; it has {', '.join(found)}."
    close = difflib.get_close_matches(benchmark, names, n=3, cutoff=0.3)
    hint = f"did you mean {' or '.join(repr(name) for name in close)}? " if close else ""
    return f"'{store.location}' has no '{benchmark:.200}'; {hint}'perfgate baseline show' lists what is there."
