"""What one pair of processes measured: base and candidate, in the same minutes."""

from __future__ import annotations

from msgspec import Struct, field

from pytest_perfgate.model.run import Benchmark, BenchmarkId, Sample


class Side(Struct, frozen=True):
    """One process of a pair.

    `collected`: every benchmark that it found; `uncollected`: file -> why it could not be collected; `failed`,
    `skipped`: benchmark -> first line of why; `untrusted`: why its timings can't be trusted. Slice i of a time
    metric's sample was measured in turns with slice i of the other side's.
    """

    collected: tuple[BenchmarkId, ...] = ()
    uncollected: dict[str, str] = field(default_factory=dict)
    samples: tuple[Sample, ...] = ()
    benchmarks: dict[BenchmarkId, Benchmark] = field(default_factory=dict)
    failed: dict[BenchmarkId, str] = field(default_factory=dict)
    skipped: dict[BenchmarkId, str] = field(default_factory=dict)
    untrusted: str = ""


class Pair(Struct, frozen=True):
    """One replicate of a paired run.

    `broken`: what ended it before its time (a crash, a hang), and in which benchmark (`culprit`, None: before the
    first); what was measured before stays. `lost`: the side whose process ended, "base" or "candidate". `took_s`:
    wall time from start to end.
    """

    base: Side
    candidate: Side
    broken: str = ""
    culprit: BenchmarkId | None = None
    lost: str = ""
    took_s: float = 0.0
