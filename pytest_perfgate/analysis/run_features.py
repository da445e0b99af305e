"""What a run looked like, as numbers: each benchmark's metrics, the canaries and the machine, one row per run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from msgspec import Struct

from pytest_perfgate.analysis.columns import ColumnBuilder, Columns
from pytest_perfgate.model import BenchmarkId, Metric, Run
from pytest_perfgate.model import metric as metrics
from pytest_perfgate.stats.quantiles import Floats, column_quantile
from pytest_perfgate.stats.robust_rows import changes, deviations

TIME = metrics.EXECUTION_TIME
_LEVELS = {
    metrics.EXECUTION_TIME: "time",
    metrics.RSS: "memory",
    metrics.ALLOCATED_PEAK: "allocations",
    metrics.CPU_UTILIZATION: "CPU",
    metrics.THROUGHPUT_BYTES: "bytes per second",
    metrics.THROUGHPUT_ELEMENTS: "elements per second",
}
_COUNTS = {
    metrics.CONTEXT_SWITCHES_VOLUNTARY: "voluntary context switches",
    metrics.CONTEXT_SWITCHES_INVOLUNTARY: "involuntary context switches",
    metrics.PAGE_FAULTS_MINOR: "minor page faults",
    metrics.PAGE_FAULTS_MAJOR: "major page faults",
}
METRICS: tuple[Metric, ...] = (*_LEVELS, *_COUNTS)
SPREAD = "spread of the processes"
LOAD = "system load"
HOURS = ("hour (sine)", "hour (cosine)", "weekday (sine)", "weekday (cosine)")
# Smaller changes than these (log scale) are never odd, however steady the history was.
_FLOORS = {"time": 0.005, "memory": 0.005, "allocations": 0.005, "CPU": 0.01, SPREAD: 0.01, LOAD: 0.1}
_COUNT_FLOOR, _CANARY_FLOOR, _HOUR_SCALE = 0.2, 0.005, 1.0
_CANARY = "canary "
_MACHINE = frozenset({LOAD, SPREAD, *HOURS, "involuntary context switches", "major page faults"})
# A change is a change against so many runs before.
_BACK = 10
_MOST_MISSING = 0.5


class FeatureTable(Struct, frozen=True):
    """Logarithms of what was measured.

    `values`: (runs, benchmarks, features); `machine`: (runs, machine features): load and the cyclic times, which
    no benchmark has of its own; NaN where not measured.
    """

    benchmarks: tuple[BenchmarkId, ...]
    names: tuple[str, ...]
    values: Floats
    machine_names: tuple[str, ...]
    machine: Floats


class Rows(Struct, frozen=True):
    """Features in robust standard deviations of the history: finite, gaps being no change.

    `history`: (runs, ..., features); `last`: (..., features) of the newest run, which nothing here was computed from.
    `centre`, `scale`: of the changes, (..., features).
    """

    names: tuple[str, ...]
    history: Floats
    last: Floats
    centre: Floats
    scale: Floats


def is_of_the_machine(feature: str) -> bool:
    """Whether the feature tells of the machine and not of the code."""
    return feature in _MACHINE or feature.startswith(_CANARY)


def floor_of(feature: str) -> float:
    """Smallest deviation (log scale) that a feature's scale is taken for."""
    if feature in HOURS:
        return _HOUR_SCALE
    if feature.startswith(_CANARY):
        return _CANARY_FLOOR
    return _FLOORS.get(feature, _COUNT_FLOOR if feature in _COUNTS.values() else 0.005)


def read_features(runs: Iterable[Run], benchmarks: Sequence[BenchmarkId]) -> FeatureTable:
    """Features of runs of one environment, one run at a time, in the order given."""
    builder = ColumnBuilder(METRICS, benchmarks)
    machine = []
    for run in runs:
        builder.add(run)
        machine.append([_load(run), *_cyclic(run)])
    found: dict[str, Floats] = {}
    for columns in builder.columns():
        found.update(_features(columns, len(machine)))
    empty = np.empty((len(machine), len(benchmarks), 0))
    return FeatureTable(
        benchmarks=tuple(benchmarks),
        names=tuple(found),
        values=np.stack(list(found.values()), axis=2) if found else empty,
        machine_names=(LOAD, *HOURS),
        machine=np.array(machine, dtype=np.float64).reshape(len(machine), 1 + len(HOURS)),
    )


def _features(columns: Columns, runs: int) -> dict[str, Floats]:
    """Per feature: (runs, benchmarks)."""
    metric = columns.metric
    name = _LEVELS.get(metric) or _COUNTS[metric]
    values = _logs(columns.values, counts=metric in _COUNTS)
    found = {name: _by_run(values, columns.runs, runs)}
    if metric == TIME:
        found[SPREAD] = _by_run(values, columns.runs, runs, 1.0) - _by_run(values, columns.runs, runs, 0.0)
        for place, canary in enumerate(columns.canary_names):
            found[_CANARY + canary] = _by_run(columns.canaries[:, :, place], columns.runs, runs)
    return found


def _logs(values: Floats, *, counts: bool) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log1p(values) if counts else np.log(values)
    return np.where(np.isfinite(logs), logs, np.nan)


def _by_run(values: Floats, runs: Floats, count: int, probability: float = 0.5) -> Floats:
    """(runs, benchmarks): a quantile over each run's processes."""
    result = np.full((count, values.shape[1]), np.nan)
    for run in np.unique(runs).astype(int):
        result[run] = column_quantile(values[runs == run], probability)
    return result


def _load(run: Run) -> float:
    try:
        load = float(run.environment.facts.get("load", "nan"))
    except ValueError:
        return math.nan
    return math.log1p(load) if 0 <= load < math.inf else math.nan


def _cyclic(run: Run) -> list[float]:
    hour = 2 * math.pi * (run.started_at.hour + run.started_at.minute / 60) / 24
    day = 2 * math.pi * run.started_at.weekday() / 7
    return [math.sin(hour), math.cos(hour), math.sin(day), math.cos(day)]


def run_rows(table: FeatureTable, *, scale: Rows | None = None) -> Rows:
    """A row per run: the median change over the benchmarks, and the machine's own features.

    `scale`: rows whose features, centre and scale are taken; else the history's own, without the features that the
    newest run or most others lack.
    """
    common = np.stack([column_quantile(values, 0.5) for values in _changes(table)])
    names = (*table.names, *table.machine_names)
    moved = np.hstack([common, _machine_changes(table)])
    if scale is not None:
        places = {name: place for place, name in enumerate(names)}
        gap = np.full(len(moved), np.nan)
        moved = np.stack([moved[:, places[name]] if name in places else gap for name in scale.names], axis=1)
        return _rows(scale.names, moved, scale.centre, scale.scale)
    known = ~np.isnan(moved[-1]) & (np.mean(np.isnan(moved[:-1]), axis=0) < _MOST_MISSING)
    names, moved = _only(names, known), moved[:, known]
    return _rows(names, moved, *deviations(moved[:-1], np.array([floor_of(name) for name in names])))


def benchmark_rows(table: FeatureTable) -> Rows:
    """A row per run and benchmark: its change beyond what all benchmarks of the run have in common."""
    moved = _changes(table)
    own = moved - np.stack([column_quantile(values, 0.5) for values in moved])[:, None, :]
    known = np.array([not is_of_the_machine(name) for name in table.names], dtype=bool)
    known &= np.mean(np.isnan(own), axis=(0, 1)) < _MOST_MISSING
    names, own = _only(table.names, known), own[..., known]
    shape = own.shape[1:]
    floors = np.tile([floor_of(name) for name in names], len(table.benchmarks))
    centre, scale = deviations(own[:-1].reshape(len(own) - 1, -1), floors)
    return _rows(names, own, centre.reshape(shape), scale.reshape(shape))


def _rows(names: tuple[str, ...], moved: Floats, centre: Floats, scale: Floats) -> Rows:
    scaled = np.nan_to_num((moved - centre) / scale)
    return Rows(names, scaled[:-1], scaled[-1], centre, scale)


def _only(names: tuple[str, ...], known: np.ndarray) -> tuple[str, ...]:
    return tuple(name for name, is_known in zip(names, known, strict=True) if is_known)


def _changes(table: FeatureTable) -> Floats:
    runs, benchmarks, features = table.values.shape
    return changes(table.values.reshape(runs, benchmarks * features), back=_BACK).reshape(runs, benchmarks, features)


def _machine_changes(table: FeatureTable) -> Floats:
    """Times of day and week stay as they are; everything else is a change."""
    cyclic = np.array([name in HOURS for name in table.machine_names])
    return np.where(cyclic, table.machine, changes(table.machine, back=_BACK))
