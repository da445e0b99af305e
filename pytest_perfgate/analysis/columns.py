"""Runs as columns: one metric of all benchmarks as arrays over processes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np
from msgspec import Struct

from pytest_perfgate.model import BenchmarkId, Direction, Metric, MetricKind, Run, Sample
from pytest_perfgate.stats.quantiles import Floats

# A double holds no more than e to this.
_LARGEST_LOG = 700.0


class Columns(Struct, frozen=True):
    """One metric over processes and benchmarks.

    `values`: (processes, benchmarks) as measured, NaN where not; `canaries`: (processes, benchmarks, canaries)
    natural logarithms, the last axis empty for metrics that have none; `runs`: (processes,) index of the run;
    `run_ids`: id of each run.
    """

    metric: Metric
    benchmarks: tuple[BenchmarkId, ...]
    canary_names: tuple[str, ...]
    values: Floats
    canaries: Floats
    runs: Floats
    run_ids: tuple[str, ...]

    def select(self, processes: np.ndarray) -> Columns:
        """The same benchmarks over some of the processes (a boolean mask)."""
        return Columns(
            metric=self.metric,
            benchmarks=self.benchmarks,
            canary_names=self.canary_names,
            values=self.values[processes],
            canaries=self.canaries[processes],
            runs=self.runs[processes],
            run_ids=self.run_ids,
        )


def is_absolute(metric: Metric) -> bool:
    """Whether differences, not ratios, are compared: an error rate of 0 is normal and has no logarithm."""
    return metric.kind is MetricKind.ERROR_RATE


def comparable(values: Floats, metric: Metric) -> Floats:
    """On the scale of comparison: logarithms, NaN where there is none, or as they are for absolute metrics."""
    if is_absolute(metric):
        return values
    with np.errstate(divide="ignore", invalid="ignore"):
        logs: Floats = np.where(values > 0, np.log(values), np.nan)
    return logs


def as_measured(value: float, metric: Metric) -> float:
    """Back from the scale of comparison."""
    return value if is_absolute(metric) else math.exp(min(value, _LARGEST_LOG))


def badness(metric: Metric) -> float:
    """+1 where larger is worse, -1 where smaller is."""
    return 1.0 if metric.direction is Direction.LOWER_IS_BETTER else -1.0


class ColumnBuilder:
    """Collects runs one at a time, so that only the arrays stay in memory."""

    def __init__(self, metrics: Iterable[Metric], benchmarks: Iterable[BenchmarkId]) -> None:
        self._benchmarks = tuple(benchmarks)
        self._place = {name: index for index, name in enumerate(self._benchmarks)}
        self._metrics = {metric.name: metric for metric in metrics}
        self._blocks: dict[str, list[_Block]] = {name: [] for name in self._metrics}
        self._run_ids: list[str] = []
        self.canary_names: dict[str, tuple[str, ...]] = {}

    def add(self, run: Run) -> None:
        """Take over what one run measured of the wanted metrics."""
        index = len(self._run_ids)
        self._run_ids.append(run.id)
        by_metric: dict[str, list[Sample]] = {name: [] for name in self._metrics}
        for sample in run.samples:
            if sample.metric.name in by_metric and sample.benchmark in self._place:
                by_metric[sample.metric.name].append(sample)
        for name, samples in by_metric.items():
            if samples:
                self._blocks[name].append(self._block(name, samples, index))

    def _block(self, name: str, samples: list[Sample], run: int) -> _Block:
        canary_names = self.canary_names.setdefault(name, tuple(sorted(samples[0].canary_locations)))
        processes = {process: row for row, process in enumerate(sorted({s.process for s in samples}))}
        shape = (len(processes), len(self._benchmarks))
        values = np.full(shape, np.nan)
        canaries = np.full((*shape, len(canary_names)), np.nan)
        rows = [processes[sample.process] for sample in samples]
        places = [self._place[sample.benchmark] for sample in samples]
        values[rows, places] = [sample.location for sample in samples]
        if canary_names:
            canaries[rows, places] = [
                [sample.canary_locations.get(canary, np.nan) for canary in canary_names] for sample in samples
            ]
        return _Block(values, canaries, np.full(len(processes), float(run)))

    def columns(self) -> Iterator[Columns]:
        """One set of columns per metric that was measured at all."""
        for name, blocks in self._blocks.items():
            if blocks:
                with np.errstate(divide="ignore", invalid="ignore"):
                    canaries = np.log(np.concatenate([block.canaries for block in blocks]))
                yield Columns(
                    metric=self._metrics[name],
                    benchmarks=self._benchmarks,
                    canary_names=self.canary_names.get(name, ()),
                    values=np.concatenate([block.values for block in blocks]),
                    canaries=np.where(np.isfinite(canaries), canaries, np.nan),
                    runs=np.concatenate([block.runs for block in blocks]),
                    run_ids=tuple(self._run_ids),
                )


class _Block(Struct, frozen=True):
    values: Floats
    canaries: Floats
    runs: Floats
