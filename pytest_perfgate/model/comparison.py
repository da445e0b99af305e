"""Evidence, no opinion: how one metric of one benchmark differs between baseline and candidate."""

from __future__ import annotations

from msgspec import Struct

from pytest_perfgate.model.metric import Metric
from pytest_perfgate.model.run import BenchmarkId


class ConfidenceInterval(Struct, frozen=True):
    """A two-sided interval at `level` (0.95 = 95 %); the bounds have the unit of what they enclose."""

    level: float
    lower: float
    upper: float


class Estimate(Struct, frozen=True):
    """A point with its interval, in the metric's base unit; `interval` is None when it can't be had."""

    value: float
    interval: ConfidenceInterval | None = None


class Comparison(Struct, frozen=True):
    """Evidence about one metric of one benchmark.

    Relative quantities (`relative_change`, `interval`, `smallest_detectable_change`, `machine_shift`) are
    fractions of the baseline: 0.05 is 5 %; positive means a larger value, which is slower for time metrics and
    better for throughput. NaN-free: what can't be computed is None. `p_value` is two-sided for "no change",
    before the correction for the size of the suite; `adjusted_p_value` after it.
    `log_change` and `standard_error` are on the natural log scale, `degrees_of_freedom` those of the t
    distribution that belongs to them. `smallest_detectable_change`: the change that would have been seen with
    80 % power. `machine_shift`: how much slower the machine itself was by its canaries.
    `equivalence_level`: error of each of the two one-sided tests that prove the absence of a change, at this look.
    `since`: the commit whose level the candidate was compared with when that is not the whole window (ratchet).
    """

    benchmark: BenchmarkId
    metric: Metric
    method: str
    baseline: Estimate | None = None
    candidate: Estimate | None = None
    relative_change: float | None = None
    interval: ConfidenceInterval | None = None
    log_change: float | None = None
    standard_error: float | None = None
    degrees_of_freedom: float | None = None
    p_value: float | None = None
    adjusted_p_value: float | None = None
    equivalence_level: float = 0.05
    smallest_detectable_change: float | None = None
    machine_shift: float | None = None
    baseline_runs: int = 0
    baseline_processes: int = 0
    candidate_processes: int = 0
    looks: int = 1
    since: str = ""
    warnings: tuple[str, ...] = ()
