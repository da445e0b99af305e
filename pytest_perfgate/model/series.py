"""A benchmark over time."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from pytest_perfgate.model.run import BenchmarkId


class SeriesPoint(Struct, frozen=True):
    """One run: its level, and the lowest and highest of its processes, in the series' unit.

    `adjusted`: the level with the machine's speed taken out; None where canaries or runs to learn from are missing.
    `committed_at`: when its commit was made, None where git was not asked.
    """

    run: str
    started_at: datetime
    revision: str
    level: float
    lowest: float
    highest: float
    processes: int
    adjusted: float | None = None
    committed_at: datetime | None = None


class Series(Struct, frozen=True):
    """The recorded levels of one metric of one benchmark, oldest first; `notes`: what to know before reading them."""

    benchmark: BenchmarkId
    metric: str
    unit: str
    points: tuple[SeriesPoint, ...]
    notes: tuple[str, ...] = ()
