"""What a coordinator and the two benchmark processes of a pair say to each other.

A benchmark process says `Collected` and gets its `Order`; then for every benchmark: `Arrived` (if it measures at all),
`Calibrated` and `Timed` as it is told, `Ended`; at last `Done`.
"""

from __future__ import annotations

from msgspec import Struct

from pytest_perfgate.measure.leak_guard import Leak, LoadedModule
from pytest_perfgate.model import Benchmark, BenchmarkId, Sample

PROTOCOL = 1


class Collected(Struct, frozen=True, tag=True):
    """`benchmarks`: every one that was collected; `failed`: file -> first line of why it could not be."""

    benchmarks: tuple[BenchmarkId, ...]
    failed: dict[str, str] = {}
    protocol: int = PROTOCOL


class Order(Struct, frozen=True, tag=True):
    """Run these benchmarks in this order; `core`: pin yourself to it, None: don't; `canaries`: read them too."""

    benchmarks: tuple[BenchmarkId, ...]
    core: int | None = None
    canaries: bool = False


class Arrived(Struct, frozen=True, tag=True):
    """A benchmark stands before its first slice; `rounds`: how many it has, 0: as many as wanted."""

    benchmark: BenchmarkId
    rounds: int = 0


class Calibrate(Struct, frozen=True, tag=True):
    """Warm up, and find out how many iterations fill a slice of `slice_s` seconds."""

    slice_s: float


class Calibrated(Struct, frozen=True, tag=True):
    """`iterations` took `seconds`."""

    iterations: int
    seconds: float


class Slice(Struct, frozen=True, tag=True):
    """Time one slice of so many iterations (of a benchmark with rounds: one round)."""

    iterations: int


class Timed(Struct, frozen=True, tag=True):
    """The slice is over."""

    wall_ns: int


class Release(Struct, frozen=True, tag=True):
    """No more slices of this benchmark."""


class Ended(Struct, frozen=True, tag=True):
    """A benchmark is over and torn down; `failed`: the first line of what went wrong, `skipped`: why it did not run."""

    benchmark: BenchmarkId
    samples: tuple[Sample, ...] = ()
    facts: Benchmark | None = None
    failed: str = ""
    skipped: str = ""


class Done(Struct, frozen=True, tag=True):
    """All of the order is done.

    `untrusted`: why its timings can't be trusted; `modules`: what was loaded of the project, `leaks`: and from the
    wrong place; `pinned`: whether it could be held on its core.
    """

    untrusted: str = ""
    modules: tuple[LoadedModule, ...] = ()
    leaks: tuple[Leak, ...] = ()
    pinned: bool = False


FromBenchmarkProcess = Collected | Arrived | Calibrated | Timed | Ended | Done
FromCoordinator = Order | Calibrate | Slice | Release
