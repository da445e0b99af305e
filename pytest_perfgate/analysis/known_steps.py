"""A history with its known changes taken out: what is left is unchanged code, on which every failure is false."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from math import exp, log

from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.analysis.change_points import find_changes
from pytest_perfgate.analysis.columns import badness, is_absolute
from pytest_perfgate.analysis.series_table import SeriesTable
from pytest_perfgate.model import BenchmarkId, Metric, Run, Sample
from pytest_perfgate.model.backtest import Step

# A change is placed by its neighbours' noise: the gate may see it a run before or after.
PLACE_ERROR = 2
# Smaller changes confirm no failing build.
_LEAST_STEP = 0.01
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


def steps_of(table: SeriesTable, *, alpha: float) -> tuple[Step, ...]:
    """The changes of level of each series; an error rate's can't be taken out by a factor and are none here."""
    if is_absolute(table.metric):
        return ()
    places = {run.id: place for place, run in enumerate(table.runs)}
    return tuple(
        Step(
            change.benchmark,
            table.metric.name,
            places[change.run],
            badness(table.metric) * log(change.after / change.before),
        )
        for change in find_changes(table, alpha=alpha, min_change=_LEAST_STEP).changes
    )


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
