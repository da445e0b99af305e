"""Many series at once: one metric of many benchmarks over the runs, as arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from pytest_perfgate.analysis.adjust import FEWEST_RUNS, columns_at_one_speed
from pytest_perfgate.analysis.columns import Columns, badness
from pytest_perfgate.model import Benchmark, BenchmarkId, Metric, Run, Sample, Series, SeriesPoint
from pytest_perfgate.stats.process_level import process_level
from pytest_perfgate.stats.quantiles import Floats, column_mean

# So many benchmarks learn from each other what the machine's speed did; all 10,000 at once would only fill the memory.
_LEARN_TOGETHER = 500
_ARRAYS = ("level", "adjusted", "lowest", "highest", "canary", "processes")


class SeriesTable(Struct, frozen=True):
    """One metric of many benchmarks over runs, oldest first.

    `runs`: without samples and benchmarks. All arrays are (runs, benchmarks), in the metric's unit, NaN where nothing
    was measured: `level` as measured, `adjusted` with the machine's speed taken out (all NaN for a metric that does
    not depend on it, or where fewer than FEWEST_RUNS runs teach it), `lowest` and `highest` of the processes.
    `processes`: how many there were; 0 says that nothing was measured, whatever `level` is. `canary`: how long the
    canaries took beside the benchmark, in seconds, the geometric mean over canaries and processes. `facts`: what the
    newest run that has a benchmark says of it.
    """

    metric: Metric
    benchmarks: tuple[BenchmarkId, ...]
    runs: tuple[Run, ...]
    level: Floats
    adjusted: Floats
    lowest: Floats
    highest: Floats
    canary: Floats
    processes: NDArray[np.int32]
    facts: dict[BenchmarkId, Benchmark]

    def compared(self) -> Floats:
        """The levels to draw conclusions from: adjusted where a benchmark has such levels, else as measured."""
        known = np.any(np.isfinite(self.adjusted), axis=0)
        return np.where(known, self.adjusted, self.level)

    def select(self, benchmarks: Iterable[int]) -> SeriesTable:
        """Some of the benchmarks, by their places."""
        places = list(benchmarks)
        names = tuple(self.benchmarks[place] for place in places)
        return replace(self, benchmarks=names, **{name: getattr(self, name)[:, places] for name in _ARRAYS})

    def at_runs(self, runs: Iterable[int]) -> SeriesTable:
        """Some of the runs, or all in another order, by their places."""
        places = list(runs)
        kept = tuple(self.runs[place] for place in places)
        return replace(self, runs=kept, **{name: getattr(self, name)[places] for name in _ARRAYS})

    def series(self, place: int) -> Series:
        """One benchmark as objects, for showing; the runs that did not measure it are left out."""
        points = tuple(self._point(int(row), place) for row in np.flatnonzero(self.processes[:, place]))
        return Series(self.benchmarks[place], self.metric.name, self.metric.unit, points)

    def _point(self, row: int, place: int) -> SeriesPoint:
        run, adjusted = self.runs[row], float(self.adjusted[row, place])
        return SeriesPoint(
            run=run.id,
            started_at=run.started_at,
            revision=run.commit.revision if run.commit else "",
            level=float(self.level[row, place]),
            lowest=float(self.lowest[row, place]),
            highest=float(self.highest[row, place]),
            processes=int(self.processes[row, place]),
            adjusted=adjusted if np.isfinite(adjusted) else None,
            committed_at=run.commit.committed_at if run.commit else None,
        )


class SeriesTableBuilder:
    """Collects runs one at a time, so that only the arrays stay in memory.

    A metric is a name and a unit: one that changed its unit gives two tables. `others`: so many benchmarks that were
    not `chosen` are kept until the end, to learn the machine's speed from.
    """

    def __init__(self, chosen: Callable[[BenchmarkId], bool], *, others: int = 0) -> None:
        self._chosen, self._others = chosen, others
        self._wanted: dict[BenchmarkId, bool] = {}
        self._teaching: set[BenchmarkId] = set()
        self._runs: list[Run] = []
        self._metrics: dict[Metric, _Collected] = {}
        self._facts: dict[BenchmarkId, Benchmark] = {}

    def add(self, run: Run) -> None:
        """Take over what one run measured."""
        by_metric: dict[Metric, list[Sample]] = {}
        for sample in run.samples:
            if self._is_kept(sample.benchmark):
                by_metric.setdefault(sample.metric, []).append(sample)
        for metric, samples in by_metric.items():
            self._metrics.setdefault(metric, _Collected(metric)).add(samples, len(self._runs))
        self._facts.update(run.benchmarks)
        self._runs.append(replace(run, samples=(), benchmarks={}))

    def _is_kept(self, name: BenchmarkId) -> bool:
        if name not in self._wanted:
            self._wanted[name] = self._chosen(name)
            if not self._wanted[name] and len(self._teaching) < self._others:
                self._teaching.add(name)
        return self._wanted[name] or name in self._teaching

    def tables(self) -> tuple[SeriesTable, ...]:
        """One table per metric that a chosen benchmark has, the most recently measured metric last."""
        runs = tuple(self._runs)
        found = []
        for collected in sorted(self._metrics.values(), key=lambda each: each.newest):
            places = [place for name, place in collected.places.items() if self._wanted[name]]
            if places:
                found.append(collected.table(runs, self._facts).select(places))
        return tuple(found)


class _Row(Struct, frozen=True):
    """What one run measured of one metric; arrays over the benchmarks known by then."""

    run: int
    level: Floats
    lowest: Floats
    highest: Floats
    processes: NDArray[np.int32]
    values: Floats
    canaries: NDArray[np.float32]


class _Collected:
    """One metric's rows so far; a benchmark that comes later widens the later ones."""

    def __init__(self, metric: Metric) -> None:
        self._metric = metric
        self._canaries: tuple[str, ...] = ()
        self._rows: list[_Row] = []
        self.places: dict[BenchmarkId, int] = {}

    @property
    def newest(self) -> int:
        """Index of the newest run that measured it."""
        return self._rows[-1].run

    def add(self, samples: list[Sample], run: int) -> None:
        """One run's samples of this metric."""
        for sample in samples:
            self.places.setdefault(sample.benchmark, len(self.places))
        self._canaries = self._canaries or tuple(sorted(samples[0].canary_locations))
        processes = {process: row for row, process in enumerate(sorted({s.process for s in samples}))}
        rows = [processes[sample.process] for sample in samples]
        places = [self.places[sample.benchmark] for sample in samples]
        values = np.full((len(processes), len(self.places)), np.nan)
        values[rows, places] = [sample.location for sample in samples]
        canaries = np.full((*values.shape, len(self._canaries)), np.nan, np.float32)
        if self._canaries:
            canaries[rows, places] = [
                [sample.canary_locations.get(name, np.nan) for name in self._canaries] for sample in samples
            ]
        counts = np.zeros(len(self.places), np.int32)
        np.add.at(counts, places, 1)
        self._rows.append(
            _Row(
                run,
                level=self._level(values),
                lowest=np.fmin.reduce(values, axis=0),
                highest=np.fmax.reduce(values, axis=0),
                processes=counts,
                values=values if self._canaries else values[:0],
                canaries=canaries if self._canaries else canaries[:0],
            )
        )

    def table(self, runs: tuple[Run, ...], facts: dict[BenchmarkId, Benchmark]) -> SeriesTable:
        """All rows as one table."""
        shape = (len(runs), len(self.places))
        level, lowest, highest, adjusted, canary = (np.full(shape, np.nan) for _ in range(5))
        processes = np.zeros(shape, np.int32)
        for row in self._rows:
            width = len(row.level)
            level[row.run, :width], lowest[row.run, :width] = row.level, row.lowest
            highest[row.run, :width], processes[row.run, :width] = row.highest, row.processes
        timed = [row for row in self._rows if len(row.values)]
        for part in _parts(len(self.places)) if timed else ():
            columns = self._columns(timed, part)
            logs = np.where(np.isnan(columns.canaries).all(axis=2), np.nan, np.nansum(columns.canaries, axis=2))
            logs /= np.maximum(np.sum(~np.isnan(columns.canaries), axis=2), 1)
            canary[:, part] = np.exp(_by_run(columns.runs, column_mean, logs, len(runs)))
            if len(timed) >= FEWEST_RUNS:
                theirs = np.where(np.isnan(logs), np.nan, columns_at_one_speed(columns, len(runs)))
                adjusted[:, part] = _by_run(columns.runs, self._level, theirs, len(runs))
        return SeriesTable(
            self._metric, tuple(self.places), runs, level, adjusted, lowest, highest, canary, processes, facts
        )

    def _level(self, values: Floats) -> Floats:
        """The level that the comparison uses; the better side of throughput is the upper one."""
        sign = badness(self._metric)
        level: Floats = sign * process_level(sign * np.where(np.isfinite(values), values, np.nan))
        return level

    def _columns(self, rows: list[_Row], part: slice) -> Columns:
        """The processes of some benchmarks."""
        with np.errstate(divide="ignore", invalid="ignore"):
            canaries = np.log(_joined([row.canaries for row in rows], part))
        return Columns(
            metric=self._metric,
            benchmarks=tuple(self.places)[part],
            canary_names=self._canaries,
            values=_joined([row.values for row in rows], part),
            canaries=np.where(np.isfinite(canaries), canaries, np.nan),
            runs=np.concatenate([np.full(len(row.values), float(row.run)) for row in rows]),
            run_ids=(),
        )


def _parts(count: int) -> Iterator[slice]:
    edges = np.linspace(0, count, -(-count // _LEARN_TOGETHER) + 1).astype(int)
    return (slice(int(start), int(end)) for start, end in pairwise(edges))


def _joined(blocks: list[np.ndarray], part: slice) -> Floats:
    """Blocks of processes one below the other, each widened to all benchmarks, and cut to some."""
    size = part.stop - part.start
    joined = np.full((sum(map(len, blocks)), size, *blocks[0].shape[2:]), np.nan)
    row = 0
    for block in blocks:
        known = block[:, part]
        joined[row : row + len(block), : known.shape[1]] = known
        row += len(block)
    return joined


def _by_run(runs: Floats, summary: Callable[[Floats], Floats], values: Floats, count: int) -> Floats:
    """One row per run from its processes' rows: (count, benchmarks), NaN where a run has none."""
    rows = np.full((count, values.shape[1]), np.nan)
    for run in np.unique(runs):
        rows[int(run)] = summary(values[runs == run])
    return rows
