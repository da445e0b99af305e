"""Google Benchmark's `--benchmark_out` and `--benchmark_format=json`.

Seen: 1.7.1 and 1.9.5 as they wrote it; before 1.5 (by its source) entries have no `run_type` and `run_name`, and an
aggregate is known by the end of its name. Times are per iteration, in `time_unit`; rates are per second of what the
benchmark chose to be timed by (real time with `/real_time` or `/manual_time` in its name, else CPU time). Aggregates
stand among the repetitions that they are made of. What failed has `error_occurred` and times of zero; 1.8 added
`skipped`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from pytest_perfgate.importers.direction import direction_settings, left_out, told_direction
from pytest_perfgate.importers.importer import Importer, Settings
from pytest_perfgate.importers.result import Imported
from pytest_perfgate.importers.samples import LOCATION_PART, metric_of, raw_sample, summary_sample
from pytest_perfgate.importers.source import Source
from pytest_perfgate.importers.units import metric_name
from pytest_perfgate.model import BUILT_IN_METRICS, Metric, Sample
from pytest_perfgate.model.metric import CPU_TIME, EXECUTION_TIME, THROUGHPUT_BYTES, THROUGHPUT_ELEMENTS

_RATES = {"bytes_per_second": THROUGHPUT_BYTES, "items_per_second": THROUGHPUT_ELEMENTS}
# What the tool itself writes; any other number is a counter of the user's.
_OWN = {
    *("name", "family_index", "per_family_instance_index", "run_name", "run_type", "repetitions", "repetition_index"),
    *("threads", "iterations", "real_time", "cpu_time", "time_unit", "aggregate_name", "aggregate_unit", "label"),
    *("error_occurred", "error_message", "skipped", "skip_message", "big_o", "rms", "cpu_coefficient"),
    *("real_coefficient", "memory_per_iteration", "max_bytes_used", "total_allocated_bytes", "net_heap_growth"),
    *("allocs_per_iter", *_RATES),
}
_AGGREGATES = ("mean", "median", "stddev", "cv", "BigO", "RMS")


class _Entry(Struct):
    name: str
    real_time: float | None = None
    cpu_time: float | None = None
    time_unit: str = "ns"
    iterations: float = 1
    run_name: str = ""
    run_type: str = ""
    aggregate_name: str = ""
    error_occurred: bool = False
    error_message: str = ""
    skipped: bool = False
    skip_message: str = ""

    @property
    def aggregate(self) -> str:
        """Which statistic this is; empty for a repetition."""
        if self.run_type:
            return (self.aggregate_name or "unknown") if self.run_type == "aggregate" else ""
        return next((one for one in _AGGREGATES if self.name.endswith(f"_{one}")), "")

    @property
    def benchmark(self) -> str:
        """The name without what only tells a repetition or an aggregate apart."""
        return self.run_name or self.name.removesuffix(f"_{self.aggregate}")


class _Context(Struct):
    date: str = ""
    executable: str = ""
    num_cpus: int | None = None
    library_version: str = ""
    library_build_type: str = ""
    cpu_scaling_enabled: bool | None = None


class _File(Struct):
    context: _Context
    benchmarks: list[dict[str, Any]]


def parse_google_benchmark(source: Source, settings: Settings) -> tuple[Imported, ...]:
    """One Imported, of one process: repetitions are the values, aggregates count only where there is nothing else."""
    content = source.typed(_File)
    program = _program(content.context)
    entries = [(source.typed(_Entry, content=one), one) for one in content.benchmarks]
    failed = {
        entry.benchmark: entry.error_message or entry.skip_message
        for entry, _ in entries
        if entry.error_occurred or entry.skipped
    }
    groups: dict[str, list[tuple[_Entry, dict[str, Any]]]] = {}
    for entry, raw in entries:
        if entry.benchmark not in failed and entry.aggregate not in {"BigO", "RMS"}:
            groups.setdefault(entry.benchmark, []).append((entry, raw))
    if failed and not groups:
        name, why = next(iter(failed.items()))
        raise ValueError(f"every benchmark failed or was skipped, such as '{name:.200}': {why:.200}")
    samples: list[Sample] = []
    located: dict[str, str] = {}
    for name, group in groups.items():
        found, located[name] = _group(f"{program}{name}", group, settings)
        samples += found
    return (
        Imported(
            tool="google-benchmark",
            tool_version=content.context.library_version,
            samples=tuple(samples),
            started_at=_time(content.context.date) or source.modified_at(),
            environment={**_machine(content.context), LOCATION_PART: _how(located)},
            warnings=(
                *(f"'{program}{name:.200}' failed or was skipped: {why:.200}" for name, why in failed.items()),
                *_doubts(content.context),
                *left_out(_undirected(content.benchmarks, settings), "counters"),
            ),
        ),
    )


def _how(located: Mapping[str, str]) -> str:
    """The statistic of all; where only some have nothing but aggregates, theirs with their names."""
    if len(set(located.values())) <= 1:
        return "".join(set(located.values()))
    return "; ".join(f"{how} of {name}" for name, how in sorted(located.items()) if how)[:200]


def _program(context: _Context) -> str:
    """Programs share no names: two of them may have a benchmark `Sort/64` each."""
    name = re.split(r"[/\\]", context.executable)[-1].removesuffix(".exe")
    return f"{name}::" if name else ""


def _group(name: str, group: Sequence[tuple[_Entry, dict[str, Any]]], settings: Settings) -> tuple[list[Sample], str]:
    repetitions = [(entry, raw) for entry, raw in group if not entry.aggregate]
    if repetitions:
        return list(_raw(name, repetitions, settings)), ""
    found: dict[str, tuple[Metric, dict[str, float | None]]] = {}
    for entry, raw in group:
        if entry.aggregate in {"mean", "median"}:
            for metric, value in _values(name, entry, raw):
                found.setdefault(metric.name, (metric, {}))[1][entry.aggregate] = value
    samples = [summary_sample(name, metric, summaries) for metric, summaries in found.values()]
    if not samples:
        raise ValueError(f"'{name:.200}' has neither repetitions nor a mean or median")
    return [sample for sample, _ in samples], samples[0][1]


def _raw(name: str, repetitions: Sequence[tuple[_Entry, dict[str, Any]]], settings: Settings) -> Iterator[Sample]:
    values: dict[Metric, list[float]] = {}
    for entry, raw in repetitions:
        for metric, value in (*_values(name, entry, raw), *_counters(name, raw, settings)):
            values.setdefault(metric, []).append(value)
    iterations = max(entry.iterations for entry, _ in repetitions)
    whole = int(iterations) if 1 <= iterations < 2**53 else 1
    for metric, measured in values.items():
        yield raw_sample(name, metric, measured, iterations=whole)


def _values(name: str, entry: _Entry, raw: Mapping[str, Any]) -> Iterator[tuple[Metric, float]]:
    unit, factor = metric_of(entry.time_unit)
    if unit.unit != "s":
        raise ValueError(f"'{name:.200}' has the time unit '{entry.time_unit:.40}'")
    if entry.real_time is None:
        raise ValueError(f"'{name:.200}' has no 'real_time'")
    yield EXECUTION_TIME, entry.real_time * factor
    if entry.cpu_time:  # zero where another process or the GPU did the work
        yield CPU_TIME, entry.cpu_time * factor
    for key, metric in _RATES.items():
        if key in raw:
            yield metric, _number(name, key, raw[key])


def _counters(name: str, raw: Mapping[str, Any], settings: Settings) -> Iterator[tuple[Metric, float]]:
    """Counters of the user's whose direction is told; that of a rate is not known either (misses per second)."""
    for key, value in _unknown(raw):
        direction = told_direction(key, settings)
        if direction is None:
            continue
        label = metric_name(key)
        yield (
            Metric(f"{label}_counter" if label in BUILT_IN_METRICS else label, "1", direction),
            _number(name, key, value),
        )


def _undirected(benchmarks: Sequence[Mapping[str, Any]], settings: Settings) -> Iterator[str]:
    for raw in benchmarks:
        yield from (key for key, _ in _unknown(raw) if told_direction(key, settings) is None)


def _unknown(raw: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(key, value) for key, value in raw.items() if key not in _OWN and not isinstance(value, (str, bool))]


def _number(name: str, key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"'{name:.200}': '{key:.80}' is {value!r:.40}, no number")  # noqa: TRY004 - one message
    return float(value) if abs(value) < 1e300 else float("inf")  # noqa: PLR2004 - refused as no measurement


def _machine(context: _Context) -> dict[str, str]:
    return {"cores": str(context.num_cpus)} if context.num_cpus is not None else {}


def _doubts(context: _Context) -> Iterator[str]:
    if context.library_build_type == "debug":
        yield "the benchmark library was built for debugging, which slows what it measures"
    if context.cpu_scaling_enabled:
        yield "the CPU's clock was free to change while it was measured (cpu_scaling_enabled)"


def _time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return time if time.tzinfo else None


def _recognises(source: Source) -> bool:
    return source.is_json() and _is_report(source.json())


def _is_report(content: Any) -> bool:  # noqa: ANN401 - any JSON value
    if not isinstance(content, dict) or not isinstance(content.get("context"), dict):
        return False
    return isinstance(content.get("benchmarks"), list) and bool(
        {"library_build_type", "num_cpus", "mhz_per_cpu"} & content["context"].keys()
    )


IMPORTER = Importer(
    name="google-benchmark",
    title="Google Benchmark JSON",
    versions="1.7.1, 1.9.5; before 1.5 by its source",
    reads=(
        "`real_time`, `cpu_time`, bytes and items per second of each repetition, else `median` or `mean`; counters "
        "whose direction is set"
    ),
    replicates="each file is one process; the repetitions are its values",
    unit="by `time_unit`, as seconds per iteration; bytes and items per second; counters as they are",
    lost="`BigO` and `RMS`, labels, memory, the other aggregates",
    recognises=_recognises,
    parse=parse_google_benchmark,
    settings=direction_settings("counters"),
)
