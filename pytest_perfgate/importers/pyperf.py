"""pyperf's JSON: a suite of benchmarks, each of several worker processes.

Seen: 2.10 as it wrote it; format version 1.0, which perf 1.0 and later write (`pyperf/_bench.py`). A run is a process.
Its `values` are divided by loops already; `warmups` are kept apart by pyperf, and a run without `values` only looked
for the number of loops. Metadata that all runs share stand with the benchmark, those that all benchmarks share at the
top, so that a name may stand in either. Dates have no zone; they are read as UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from msgspec import Struct

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers.importer import Importer, Settings
from pytest_perfgate.importers.result import Imported
from pytest_perfgate.importers.samples import raw_sample
from pytest_perfgate.importers.source import Source
from pytest_perfgate.importers.uniform import refuse_repeated
from pytest_perfgate.model import Metric, MetricKind, Sample
from pytest_perfgate.model.metric import EXECUTION_TIME

_FORMAT = "1.0"
_UNITS = {
    "second": EXECUTION_TIME,
    "byte": Metric("memory", "B", kind=MetricKind.MEMORY_USAGE),
    "integer": Metric("value", "1"),
}


class _Run(Struct):
    values: list[float] = []
    metadata: dict[str, Any] = {}


class _Benchmark(Struct):
    runs: list[_Run]
    metadata: dict[str, Any] = {}


class _Format(Struct):
    version: Any = None


class _File(Struct):
    benchmarks: list[_Benchmark]
    metadata: dict[str, Any] = {}


def parse_pyperf(source: Source, _settings: Settings) -> tuple[Imported, ...]:
    """One Imported: the suite that the file holds."""
    if str(source.typed(_Format).version) != _FORMAT:
        raise ForeignFileError(source.name, f"pyperf's format {_FORMAT} is read; 'pyperf convert' writes it")
    content = source.typed(_File)
    samples: list[Sample] = []
    names: list[str] = []
    for benchmark in content.benchmarks:
        shared = {**content.metadata, **benchmark.metadata}
        names.append(_name(shared))
        samples += _samples(names[-1], shared, benchmark)
    refuse_repeated(names)
    first = _of_a_run(content)
    return (
        Imported(
            tool="pyperf",
            tool_version=str(first.get("perf_version", ""))[:80],
            samples=tuple(samples),
            started_at=_started_at(content) or source.modified_at(),
            environment=_environment(first),
        ),
    )


def _name(metadata: Mapping[str, Any]) -> str:
    name = metadata.get("name")
    if not isinstance(name, str) or not name:
        raise ValueError("a benchmark has no name in its metadata")
    return name


def _samples(name: str, shared: Mapping[str, Any], benchmark: _Benchmark) -> list[Sample]:
    measured = [run for run in benchmark.runs if run.values]
    if not measured:
        raise ValueError(f"'{name:.200}' has no values, only calibrations")
    unit = shared.get("unit") or measured[0].metadata.get("unit") or "second"
    metric = _UNITS.get(unit) if isinstance(unit, str) else None
    if metric is None:
        raise ValueError(f"'{name:.200}' has the unit '{unit!s:.40}'; there are: {', '.join(_UNITS)}")
    return [
        raw_sample(name, metric, run.values, process=process, iterations=_iterations({**shared, **run.metadata}))
        for process, run in enumerate(measured)
    ]


def _iterations(metadata: Mapping[str, Any]) -> int:
    numbers = [metadata.get(key, 1) for key in ("loops", "inner_loops")]
    loops, inner = (number if isinstance(number, int) and 0 < number < 2**53 else 1 for number in numbers)
    return loops * inner


def _of_a_run(content: _File) -> dict[str, Any]:
    """All metadata as they hold for the first process that measured."""
    for benchmark in content.benchmarks:
        for run in benchmark.runs:
            if run.values:
                return {**content.metadata, **benchmark.metadata, **run.metadata}
    return content.metadata


def _environment(metadata: Mapping[str, Any]) -> dict[str, str]:
    platform = metadata.get("platform")
    parts = {
        "cpu": metadata.get("cpu_model_name"),
        "cores": metadata.get("cpu_count"),
        "os": platform.partition("-")[0] if isinstance(platform, str) else None,
        "python": " ".join(str(metadata.get(key) or "") for key in ("python_implementation", "python_version")).strip(),
    }
    return {key: str(value)[:200] for key, value in parts.items() if value}


def _started_at(content: _File) -> datetime | None:
    texts = [run.metadata.get("date") for benchmark in content.benchmarks for run in benchmark.runs]
    texts += [content.metadata.get("date")]
    return min((time for text in texts if (time := _time(text)) is not None), default=None)


def _time(text: object) -> datetime | None:
    try:
        time = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=timezone.utc)


def _recognises(source: Source) -> bool:
    return source.is_json() and _is_suite(source.json())


def _is_suite(content: Any) -> bool:  # noqa: ANN401 - any JSON value
    if not isinstance(content, dict) or "version" not in content:
        return False
    benchmarks = content.get("benchmarks")
    return (
        isinstance(benchmarks, list)
        and bool(benchmarks)
        and all(isinstance(one, dict) and isinstance(one.get("runs"), list) for one in benchmarks)
    )


IMPORTER = Importer(
    name="pyperf",
    title="pyperf JSON",
    versions="2.10, format 1.0",
    reads="`values` of each run; `name`, `unit`, loops, machine, Python and dates of the metadata",
    replicates="each run is a process, with several values; files add up",
    unit="seconds per loop; bytes; whole numbers",
    lost="warm-ups and calibrations, the other metadata",
    recognises=_recognises,
    parse=parse_pyperf,
)
