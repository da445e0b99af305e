"""A project's recorded past, machine by machine, for showing."""

from __future__ import annotations

from msgspec import Struct

from pytest_perfgate.model.change_point import ChangePoint
from pytest_perfgate.model.metric import Metric
from pytest_perfgate.model.run import BenchmarkId, Environment, Run


class RecordedSeries(Struct, frozen=True):
    """One metric of one benchmark over all runs of an environment; one entry per run, None where it has none.

    `level` as measured, with the `lowest` and `highest` of its `processes`; `adjusted` with the machine's speed taken
    out, empty for a metric that does not depend on it. In the metric's unit.
    """

    benchmark: BenchmarkId
    metric: Metric
    level: tuple[float | None, ...]
    adjusted: tuple[float | None, ...]
    lowest: tuple[float | None, ...]
    highest: tuple[float | None, ...]
    processes: tuple[int, ...]
    changes: tuple[ChangePoint, ...]


class EnvironmentHistory(Struct, frozen=True):
    """The runs of one environment, oldest first, without samples; `notes`: what to know before reading the levels."""

    environment: Environment
    runs: tuple[Run, ...]
    series: tuple[RecordedSeries, ...]
    notes: tuple[str, ...] = ()


class ProjectHistory(Struct, frozen=True):
    """Every environment, the one that ran last first."""

    environments: tuple[EnvironmentHistory, ...]
