"""What a load test tells of one kind of request: latency, its tail, how many per second, how many failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from pytest_perfgate.importers.samples import check_value, raw_sample
from pytest_perfgate.model import Benchmark, BenchmarkId, Direction, Metric, MetricKind, Sample
from pytest_perfgate.model.metric import ERROR_RATE, NETWORK_LATENCY, THROUGHPUT_ELEMENTS

# What the gate judges of a load test, where its default would not look at latencies.
_JUDGED = (NETWORK_LATENCY.name, THROUGHPUT_ELEMENTS.name, ERROR_RATE.name)


class Load(Struct, frozen=True):
    """Of one kind of request: seconds, requests per second, share of failures (0 to 1); None where not told.

    `latency`: median or mean, the same statistic for all of one output. `tail`: percentile as `p95` -> seconds.
    `latencies`: of each request, where they are told.
    """

    name: str
    latency: float | None = None
    tail: Mapping[str, float] = {}
    requests_per_second: float | None = None
    error_rate: float | None = None
    latencies: Sequence[float] = ()


def load_samples(load: Load) -> list[Sample]:
    """Samples of one process; ValueError for what is no measurement."""
    found: list[Sample] = []
    if load.latency is not None:
        check_value(load.name, NETWORK_LATENCY, load.latency)
        values = tuple(load.latencies) or (load.latency,)
        found.append(Sample(BenchmarkId(load.name), NETWORK_LATENCY, 0, load.latency, values=values))
    for name, value in load.tail.items():
        metric = Metric(f"latency_{name}", "s", Direction.LOWER_IS_BETTER, MetricKind.NETWORK_LATENCY)
        found.append(raw_sample(load.name, metric, [value]))
    if load.requests_per_second is not None:
        found.append(raw_sample(load.name, THROUGHPUT_ELEMENTS, [load.requests_per_second]))
    if load.error_rate is not None:
        if not 0 <= load.error_rate <= 1:
            raise ValueError(f"'{load.name:.200}' has an error rate of {load.error_rate:g}; it must be from 0 to 1")
        found.append(raw_sample(load.name, ERROR_RATE, [load.error_rate]))
    return found


def load_facts(name: str) -> Benchmark:
    """That the gate is to judge latencies, too."""
    return Benchmark(BenchmarkId(name), metrics=_JUDGED)
