"""BenchmarkDotNet's JSON: a `*-report-full.json` per class, or the folder `BenchmarkDotNet.Artifacts/results` of them.

Seen: `JsonExporterBase.cs` of 0.13, the example of 0.9.9 in its documentation; no output as the tool wrote it, and the
fixtures are generated. `Measurements` (which `brief` leaves out) hold nanoseconds for all `Operations` of an iteration;
those of stage `Result` have the loop's own time subtracted and lack the outliers. `LaunchIndex` counts processes.
`Statistics.OriginalValues` are nanoseconds per operation, of all launches. What failed has `Statistics` null. Before
0.11 a measurement had one mode, `Result`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers.importer import Importer, Settings
from pytest_perfgate.importers.result import Imported
from pytest_perfgate.importers.samples import raw_sample
from pytest_perfgate.importers.source import Source
from pytest_perfgate.importers.uniform import refuse_repeated
from pytest_perfgate.model import Benchmark, BenchmarkId, Metric, MetricKind, Sample
from pytest_perfgate.model.metric import EXECUTION_TIME

_ALLOCATED = Metric("allocated_bytes", "B", kind=MetricKind.ALLOCATIONS)
_NS = 1e-9
_MOST = 2**53


class _Measurement(Struct, rename="pascal"):
    iteration_mode: str
    operations: int
    nanoseconds: float
    iteration_stage: str = ""
    launch_index: int = 1


class _Statistics(Struct, rename="pascal"):
    original_values: list[float] = []


class _Memory(Struct, rename="pascal"):
    bytes_allocated_per_operation: float | None = None


class _Benchmark(Struct, rename="pascal"):
    full_name: str
    display_info: str = ""
    type: str = ""
    statistics: _Statistics | None = None
    memory: _Memory | None = None
    measurements: list[_Measurement] | None = None


class _Host(Struct, rename="pascal"):
    benchmark_dot_net_version: str = ""
    os_version: str = ""
    processor_name: Any = None
    logical_core_count: int | None = None
    processor_count: int | None = None
    runtime_version: str = ""
    architecture: str = ""
    configuration: str = ""
    has_attached_debugger: bool = False


class _Report(Struct, rename="pascal"):
    host_environment_info: _Host
    benchmarks: list[_Benchmark]


def parse_benchmarkdotnet(source: Source, _settings: Settings) -> tuple[Imported, ...]:
    """One Imported: the classes of a folder ran one after the other; every launch is a process."""
    paths = _paths(source) if source.is_folder else [""]
    reports = [source.typed(_Report, path) for path in paths]
    hosts = [report.host_environment_info for report in reports]
    different = next((index for index, host in enumerate(hosts) if _machine(host) != _machine(hosts[0])), None)
    if different is not None:
        problem = f"it is of another machine or runtime than '{paths[0]}'"
        raise ForeignFileError(source.path_of(paths[different]), problem)
    benchmarks = [benchmark for report in reports for benchmark in report.benchmarks]
    measured = [benchmark for benchmark in benchmarks if benchmark.statistics is not None]
    if benchmarks and not measured:
        raise ForeignFileError(source.name, f"every benchmark failed, such as '{benchmarks[0].full_name:.200}'")
    names = _names(measured)
    return (
        Imported(
            tool="BenchmarkDotNet",
            tool_version=hosts[0].benchmark_dot_net_version,
            samples=tuple(sample for name, one in zip(names, measured, strict=True) for sample in _samples(name, one)),
            benchmarks={
                BenchmarkId(name): Benchmark(BenchmarkId(name), group=one.type[:200])
                for name, one in zip(names, measured, strict=True)
            },
            started_at=source.modified_at(*paths),
            environment=_machine(hosts[0]),
            warnings=tuple(_doubts(hosts[0], [one.full_name for one in benchmarks if one.statistics is None])),
        ),
    )


def _paths(source: Source) -> list[str]:
    """The fullest report of each class: the exporters write the same results several times."""
    found: dict[str, str] = {}
    for path in sorted(source.files):
        match = re.fullmatch(r"(.*)-report(-full|-brief)?(-compressed)?\.json", path)
        if match is not None and (match[1] not in found or match[2] == "-full"):
            found[match[1]] = path
    return list(found.values())


def _names(benchmarks: Sequence[_Benchmark]) -> list[str]:
    """`FullName` has the parameters; where several jobs (runtimes) run it, only `DisplayInfo` tells them apart."""
    counts: dict[str, int] = {}
    for one in benchmarks:
        counts[one.full_name] = counts.get(one.full_name, 0) + 1
    names = [f"{one.full_name} [{_job(one)}]" if counts[one.full_name] > 1 else one.full_name for one in benchmarks]
    refuse_repeated(names)
    return names


def _job(benchmark: _Benchmark) -> str:
    """`Type.Method: Job-ABCDEF(Runtime=.NET 8.0) [Size=10]`: what the job sets, else its name."""
    text = re.sub(r" \[.*\]$", "", benchmark.display_info.partition(": ")[2])
    inside = re.search(r"\((.*)\)$", text)
    return (inside[1] if inside else text)[:200]


def _samples(name: str, benchmark: _Benchmark) -> Iterator[Sample]:
    launches = _launches(name, benchmark)
    for process, (values, operations) in enumerate(launches):
        yield raw_sample(name, EXECUTION_TIME, values, process=process, iterations=operations)
    allocated = benchmark.memory.bytes_allocated_per_operation if benchmark.memory else None
    if allocated is not None:  # counted once, over all launches
        yield raw_sample(name, _ALLOCATED, [allocated])


def _launches(name: str, benchmark: _Benchmark) -> list[tuple[list[float], int]]:
    """Seconds per operation of each launch, and how many operations an iteration had."""
    launches: dict[int, list[_Measurement]] = {}
    for one in benchmark.measurements or []:
        if one.iteration_stage == "Result" or (not one.iteration_stage and one.iteration_mode == "Result"):
            launches.setdefault(one.launch_index, []).append(one)
    if any(not 1 <= one.operations < _MOST for results in launches.values() for one in results):
        raise ValueError(f"'{name:.200}' has an iteration of no sound number of operations")
    if launches:
        return [
            ([one.nanoseconds * _NS / one.operations for one in results], max(one.operations for one in results))
            for _, results in sorted(launches.items())
        ]
    values = benchmark.statistics.original_values if benchmark.statistics else []
    return [([value * _NS for value in values], 1)]


def _machine(host: _Host) -> dict[str, str]:
    """What splits environments; build numbers in brackets change with every update and are left out."""
    cpu = host.processor_name.get("Value") if isinstance(host.processor_name, dict) else host.processor_name
    parts = {
        "cpu": cpu,
        "cores": host.logical_core_count or host.processor_count,
        "os": host.os_version.partition(" (")[0],
        "architecture": host.architecture,
        "runtime": host.runtime_version.partition(" (")[0],
    }
    return {key: str(value)[:200] for key, value in parts.items() if value}


def _doubts(host: _Host, failed: Sequence[str]) -> Iterator[str]:
    yield from (f"'{name:.200}' failed and is left out" for name in failed)
    if host.has_attached_debugger:
        yield "a debugger was attached while it was measured"
    if host.configuration.upper() == "DEBUG":
        yield "it was built for debugging, which slows what it measures"


def _recognises(source: Source) -> bool:
    if source.is_folder:
        paths = _paths(source)
        return bool(paths) and all(_is_report(source.json(path)) for path in paths)
    return source.is_json() and _is_report(source.json())


def _is_report(content: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(content, dict) and {"HostEnvironmentInfo", "Benchmarks"} <= content.keys()


IMPORTER = Importer(
    name="benchmarkdotnet",
    title="BenchmarkDotNet JSON",
    versions="0.13 by its source, 0.9.9 by its documentation",
    reads="`Measurements` of stage `Result`, else `Statistics.OriginalValues`; allocated bytes; host and runtime",
    replicates="each launch is a process (`LaunchCount`); its iterations are the values",
    unit="nanoseconds over operations, as seconds; bytes per operation",
    lost="warm-up, pilot and overhead, outliers that it removed, collections of the garbage collector, other metrics",
    recognises=_recognises,
    parse=parse_benchmarkdotnet,
    usual_places=lambda _environ: ("BenchmarkDotNet.Artifacts/results",),
)
