"""What can be measured: a metric has a name, a base unit and the direction that is better."""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType

from msgspec import Struct


class Direction(Enum):
    """Which way is better."""

    LOWER_IS_BETTER = "lower"
    HIGHER_IS_BETTER = "higher"


class MetricKind(Enum):
    """The family of a metric: it selects the minimum change that a Policy uses."""

    EXECUTION_TIME = "execution_time"
    THROUGHPUT = "throughput"
    MEMORY_USAGE = "memory_usage"
    ALLOCATIONS = "allocations"
    CPU_UTILIZATION = "cpu_utilization"
    NETWORK_LATENCY = "network_latency"
    ERROR_RATE = "error_rate"
    INSTRUCTIONS = "instructions"
    CUSTOM = "custom"


# Counted, not timed: one process tells what the next would.
DETERMINISTIC_KINDS = frozenset({MetricKind.ALLOCATIONS, MetricKind.INSTRUCTIONS})


class Metric(Struct, frozen=True):
    """A measurable quantity; `unit` is a base unit: `s`, `B`, `1` (count or ratio), `B/s`, `1/s`."""

    name: str
    unit: str
    direction: Direction = Direction.LOWER_IS_BETTER
    kind: MetricKind = MetricKind.CUSTOM


EXECUTION_TIME = Metric("execution_time", "s", Direction.LOWER_IS_BETTER, MetricKind.EXECUTION_TIME)
CPU_TIME = Metric("cpu_time", "s", Direction.LOWER_IS_BETTER, MetricKind.EXECUTION_TIME)
THROUGHPUT_BYTES = Metric("throughput_bytes", "B/s", Direction.HIGHER_IS_BETTER, MetricKind.THROUGHPUT)
THROUGHPUT_ELEMENTS = Metric("throughput_elements", "1/s", Direction.HIGHER_IS_BETTER, MetricKind.THROUGHPUT)
ALLOCATED_PEAK = Metric("allocated_peak", "B", Direction.LOWER_IS_BETTER, MetricKind.ALLOCATIONS)
RSS = Metric("rss", "B", Direction.LOWER_IS_BETTER, MetricKind.MEMORY_USAGE)
RSS_PEAK = Metric("rss_peak", "B", Direction.LOWER_IS_BETTER, MetricKind.MEMORY_USAGE)
CPU_UTILIZATION = Metric("cpu_utilization", "1", Direction.LOWER_IS_BETTER, MetricKind.CPU_UTILIZATION)
CPU_USER = Metric("cpu_user", "s", Direction.LOWER_IS_BETTER, MetricKind.EXECUTION_TIME)
CPU_SYSTEM = Metric("cpu_system", "s", Direction.LOWER_IS_BETTER, MetricKind.EXECUTION_TIME)
PAGE_FAULTS_MINOR = Metric("page_faults_minor", "1")
PAGE_FAULTS_MAJOR = Metric("page_faults_major", "1")
CONTEXT_SWITCHES_VOLUNTARY = Metric("context_switches_voluntary", "1")
CONTEXT_SWITCHES_INVOLUNTARY = Metric("context_switches_involuntary", "1")
DISK_READ = Metric("disk_read", "B")
DISK_WRITTEN = Metric("disk_written", "B")
NETWORK_RECEIVED = Metric("network_received", "B")
NETWORK_SENT = Metric("network_sent", "B")
THREADS = Metric("threads", "1")
SYSTEM_LOAD = Metric("system_load", "1")
NETWORK_LATENCY = Metric("network_latency", "s", Direction.LOWER_IS_BETTER, MetricKind.NETWORK_LATENCY)
ERROR_RATE = Metric("error_rate", "1", Direction.LOWER_IS_BETTER, MetricKind.ERROR_RATE)

# The name is the key in files and configuration, so it must be unique.
BUILT_IN_METRICS = MappingProxyType(
    {
        metric.name: metric
        for metric in (
            EXECUTION_TIME,
            CPU_TIME,
            THROUGHPUT_BYTES,
            THROUGHPUT_ELEMENTS,
            ALLOCATED_PEAK,
            RSS,
            RSS_PEAK,
            CPU_UTILIZATION,
            CPU_USER,
            CPU_SYSTEM,
            PAGE_FAULTS_MINOR,
            PAGE_FAULTS_MAJOR,
            CONTEXT_SWITCHES_VOLUNTARY,
            CONTEXT_SWITCHES_INVOLUNTARY,
            DISK_READ,
            DISK_WRITTEN,
            NETWORK_RECEIVED,
            NETWORK_SENT,
            THREADS,
            SYSTEM_LOAD,
            NETWORK_LATENCY,
            ERROR_RATE,
        )
    }
)

# What the gate judges unless a marker or the configuration names others; the rest is recorded only.
JUDGED_BY_DEFAULT = (
    EXECUTION_TIME.name,
    THROUGHPUT_BYTES.name,
    THROUGHPUT_ELEMENTS.name,
    ALLOCATED_PEAK.name,
    ERROR_RATE.name,
)
