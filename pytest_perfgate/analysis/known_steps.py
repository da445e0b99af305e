"""A history with its known changes taken out: what is left is unchanged code, on which every failure is false."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import exp

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.analysis.columns import badness, is_absolute
from pytest_perfgate.analysis.series_table import SeriesTable
from pytest_perfgate.model import BenchmarkId, Metric, Run, Sample
from pytest_perfgate.model.backtest import Step
from pytest_perfgate.stats.quantiles import Floats

# A change is placed by its neighbours' noise: the gate may see it a run before or after.
PLACE_ERROR = 2
_SHORTEST = 3
_LEAST_SCALE = 5e-4
# Standard errors and log change of a step: more than any of some hundred places shows by chance.
_CERTAIN = 4.5
_LEAST_STEP = 0.02
_Key = tuple[BenchmarkId, str]


class KnownSteps(Struct, frozen=True):
    """The changes of a history, by benchmark and metric, in the order of its runs."""

    by_series: dict[_Key, tuple[Step, ...]]

    def explaining(self, benchmark: BenchmarkId, metric: str, first: int, candidate: int) -> int | None:
        """Place of the newest change for the worse between the baseline's `first` run and the `candidate`."""
        steps = self.by_series.get((benchmark, metric), ())
        places = [s.place for s in steps if s.log_change > 0 and first < s.place <= candidate + PLACE_ERROR]
        return max(places, default=None)

    def levelled(self, run: Run, place: int) -> Run:
        """The run as if nothing had changed since the first one."""
        if not self.by_series:
            return run
        return replace(run, samples=tuple(self._levelled(sample, place) for sample in run.samples))

    def _levelled(self, sample: Sample, place: int) -> Sample:
        steps = self.by_series.get((sample.benchmark, sample.metric.name), ())
        worse = sum(step.log_change for step in steps if step.place <= place)
        return scaled(sample, -worse) if worse and not is_absolute(sample.metric) else sample


def known_steps(steps: Iterable[Step]) -> KnownSteps:
    """By series."""
    found: dict[_Key, list[Step]] = {}
    for step in steps:
        found.setdefault((step.benchmark, step.metric), []).append(step)
    return KnownSteps({key: tuple(sorted(own, key=lambda step: step.place)) for key, own in found.items()})


def scaled(sample: Sample, worse: float) -> Sample:
    """The sample, worse by `worse` on the log scale."""
    factor = exp(badness(sample.metric) * worse)
    return replace(sample, location=sample.location * factor, values=tuple(value * factor for value in sample.values))


def steps_of(table: SeriesTable) -> tuple[Step, ...]:
    """Where the level of each series moved and stayed, by binary segmentation of the log levels."""
    if is_absolute(table.metric):
        return ()
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = badness(table.metric) * np.log(table.compared())
    found = []
    for place, name in enumerate(table.benchmarks):
        rows = np.flatnonzero(np.isfinite(logs[:, place]))
        scale = _scale(logs[rows, place])
        values = _without_strays(logs[rows, place], scale)
        edges = [0, *sorted(_cuts(values, 0, len(values), scale)), len(values)]
        levels = [float(np.median(values[start:end])) for start, end in pairwise(edges) if end > start]
        found += [
            Step(name, table.metric.name, int(rows[edge]), after - before)
            for edge, before, after in zip(edges[1:-1], levels[:-1], levels[1:], strict=True)
        ]
    return tuple(found)


def _scale(values: Floats) -> float:
    """Of one point, by the differences of neighbours: a step touches one of them."""
    if len(values) < _SHORTEST:
        return 0.0
    return max(1.4826 * float(np.median(np.abs(np.diff(values)))) / 2**0.5, _LEAST_SCALE)


def _without_strays(values: Floats, scale: float) -> Floats:
    """Each point at most three scales away from the median of its five neighbours: one run is no level."""
    if len(values) < _SHORTEST:
        return values
    around = np.lib.stride_tricks.sliding_window_view(np.pad(values, 2, mode="edge"), 5)
    middle = np.median(around, axis=1)
    clipped: Floats = np.clip(values, middle - 3 * scale, middle + 3 * scale)
    return clipped


def _cuts(values: Floats, start: int, stop: int, scale: float) -> list[int]:
    if stop - start < 2 * _SHORTEST:
        return []
    sums = np.cumsum(values[start:stop])
    left = np.arange(_SHORTEST, stop - start - _SHORTEST + 1)
    right = stop - start - left
    change = (sums[-1] - sums[left - 1]) / right - sums[left - 1] / left
    best = int(np.argmax(np.abs(change) / np.sqrt(1 / left + 1 / right)))
    error = scale * float(np.sqrt(1 / left[best] + 1 / right[best]))
    if abs(change[best]) < max(_CERTAIN * error, _LEAST_STEP):
        return []
    middle = start + int(left[best])
    return [*_cuts(values, start, middle, scale), middle, *_cuts(values, middle, stop, scale)]


def slowed(run: Run, benchmark: BenchmarkId, worse: float) -> Run:
    """The run with one benchmark slower by `worse` on the log scale, in all its metrics of time."""
    return replace(
        run,
        samples=tuple(scaled(s, worse) if s.benchmark == benchmark and is_timed(s.metric) else s for s in run.samples),
    )


def is_timed(metric: Metric) -> bool:
    """Whether slower code shows in it: a time, or something per second."""
    return metric.unit == "s" or metric.unit.endswith("/s")


def victim_of(benchmarks: Sequence[BenchmarkId], *, seed: int, place: int, size: float) -> BenchmarkId:
    """The benchmark to slow down: by the build and the size alone, so that all settings are asked the same."""
    return random.Random(f"{seed} {place} {size:.6g}").choice(sorted(benchmarks))  # noqa: S311 - no secret
