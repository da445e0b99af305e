"""What a face asks of a paired run."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from msgspec import Struct

from pytest_perfgate.model import BenchmarkId
from pytest_perfgate.model.source import Source, WorkingTree


class PairedRequest(Struct, frozen=True):
    """What a face asks for.

    `arguments`: pytest's; `folder`: where it was called; `python_files`: patterns of test files, None where each
    side's pytest is to be asked for them and for what it makes of the arguments; `base`, `candidate`: where their
    code comes from, None for the configuration's `against`; `durations`: seconds of one call of each benchmark, for
    the forecast; `unmeasured`: benchmark -> why it was skipped; `only`: the benchmarks to measure, None for all.
    """

    arguments: tuple[str, ...]
    folder: Path
    python_files: tuple[str, ...] | None
    seed: int
    started_at: datetime
    base: Source | None = None
    candidate: Source = WorkingTree()
    durations: dict[str, float] = {}
    whole_suite: bool = True
    paths: tuple[str, ...] = ()
    record: bool = False
    unmeasured: dict[BenchmarkId, str] = {}
    only: frozenset[BenchmarkId] | None = None
