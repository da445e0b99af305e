"""What the team tolerates: the only place where thresholds live."""

from __future__ import annotations

from msgspec import Struct, field

from pytest_perfgate.model.metric import JUDGED_BY_DEFAULT, MetricKind

DEFAULT_MIN_CHANGE = {
    MetricKind.EXECUTION_TIME.value: 0.05,
    MetricKind.THROUGHPUT.value: 0.05,
    MetricKind.ALLOCATIONS.value: 0.05,
    MetricKind.MEMORY_USAGE.value: 0.15,
    MetricKind.CPU_UTILIZATION.value: 0.20,
    MetricKind.NETWORK_LATENCY.value: 0.10,
    MetricKind.ERROR_RATE.value: 0.05,
    MetricKind.INSTRUCTIONS.value: 0.05,
    MetricKind.CUSTOM.value: 0.05,
}

# The tolerances of the document that the project grew from; `tolerance = "wide"` selects them.
WIDE_MIN_CHANGE = {
    **DEFAULT_MIN_CHANGE,
    MetricKind.EXECUTION_TIME.value: 0.10,
    MetricKind.MEMORY_USAGE.value: 0.15,
    MetricKind.ALLOCATIONS.value: 0.15,
    MetricKind.THROUGHPUT.value: 0.10,
    MetricKind.CPU_UTILIZATION.value: 0.20,
}

# A paired run measures both sides in the same minutes, so it can be asked for smaller changes.
PAIRED_MIN_CHANGE = {
    MetricKind.EXECUTION_TIME.value: 0.02,
    MetricKind.THROUGHPUT.value: 0.02,
}
# The estimate of a change of just the minimum lies below it half of the time; pairs are sharp enough to ask for less.
PAIRED_LEAST_ESTIMATE = 0.5
# Fewer pairs have no spread worth the name.
FEWEST_PAIRS = 3


class Policy(Struct, frozen=True):
    """What counts as a regression.

    `method`: "canary" (default: run level, canaries taken out, moderated variances), "welch" (textbook Welch
    on pooled values) or "paired" (pairs of processes in lockstep). `alpha`: the error level after correction for
    the suite. `correction`: "benjamini-hochberg", "holm" or "none". `min_change`: metric name, or metric kind, ->
    smallest relative change that matters; a name wins over its kind. `minimum_runs`: fewer recorded runs (paired:
    pairs) than this are no baseline. `minimum_processes`: fewer than this tell nothing of what is timed, since a
    whole process is slow by chance now and then. `metrics`: names of the metrics that are judged. `max_looks`: the
    first look included. `least_estimate`: share of the minimum change that the estimate itself must reach to be a
    change. `anomaly`: what an unusual run means: "advise" (a line in the report), "retry" (measure again, and trust
    nothing if that does not help) or "fail" (it does not pass). `min_history`: earlier runs that it takes to call one
    unusual.
    """

    method: str = "canary"
    alpha: float = 0.01
    correction: str = "benjamini-hochberg"
    min_change: dict[str, float] = field(default_factory=lambda: dict(DEFAULT_MIN_CHANGE))
    minimum_runs: int = 3
    minimum_processes: int = 2
    metrics: tuple[str, ...] = JUDGED_BY_DEFAULT
    max_looks: int = 5
    least_estimate: float = 1.0
    interval_level: float = 0.95
    anomaly: str = "advise"
    min_history: int = 50
