"""What the gate can see of each benchmark, by its recorded noise."""

from __future__ import annotations

from msgspec import Struct

from pytest_perfgate.model.metric import Metric
from pytest_perfgate.model.run import BenchmarkId


class Seen(Struct, frozen=True):
    """Smallest changes for the worse that are seen with 80 and 95 % power, as fractions; None: beyond any.

    `looks`: taken on average when nothing changed.
    """

    at_80: float | None
    at_95: float | None
    looks: float


class Design(Struct, frozen=True):
    """Settings that decide how much is seen: processes per run, recorded runs, looks at most.

    `measuring_s`: seconds of measuring per build when nothing changed, without the processes' start-up; `once_s`:
    seconds of measuring to record the runs that are missing. `typical_80`: median over the benchmarks.
    """

    name: str
    processes: int
    runs: int
    looks: int
    measuring_s: float = 0.0
    once_s: float = 0.0
    typical_80: float | None = None


class InTurns(Struct, frozen=True):
    """What the first look sends on to be measured in turns (`confirm = "paired"`), where pairs decide.

    `unchanged`: share of builds of unchanged code; `at_80`, `at_95`: smallest changes for the worse of which so many
    builds do, as fractions; 0: whatever happened, None: beyond any.
    """

    unchanged: float
    at_80: float | None
    at_95: float | None


class BenchmarkSensitivity(Struct, frozen=True):
    """One metric of one benchmark.

    `between_runs`, `between_processes`: standard deviations, fractions, with the machine's speed taken out. `seen`:
    one per design of the report, the present one first. `curve`: (relative change, power) under the present one.
    `too_noisy`: why it is not worth gating by the recorded baseline alone, empty where it is. `in_turns`: None where
    nothing is measured in turns.
    """

    benchmark: BenchmarkId
    metric: Metric
    runs: int
    processes: int
    min_change: float
    between_runs: float
    between_processes: float
    seen: tuple[Seen, ...]
    curve: tuple[tuple[float, float], ...]
    too_noisy: str = ""
    in_turns: InTurns | None = None


class SensitivityReport(Struct, frozen=True):
    """All benchmarks, least sensitive first, by looks at the recorded baseline alone.

    `left_out`: benchmark and metric -> why nothing can be said. `confirm`: "paired" where the first look's doubts are
    measured in turns instead of looked at again; how sharp pairs are, recorded runs do not tell.
    """

    environment: str
    alpha: float
    tests: int
    designs: tuple[Design, ...]
    benchmarks: tuple[BenchmarkSensitivity, ...]
    left_out: dict[str, str]
    confirm: str = "baseline"
