"""pytest-benchmark's JSON: one file per session, or the folder `.benchmarks` that `--benchmark-save` fills.

Seen: 2.5 to 5.3 (the schema has grown: `ops` came with 3.1, the dictionary of CPU facts with 3.0). Times are seconds
and divided by `iterations` already; `data` holds one per round: `--benchmark-json` always writes it, `--benchmark-save`
only beside `--benchmark-save-data`. Source: `pytest_benchmark/stats.py` and `plugin.py` of those versions.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from msgspec import Struct

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers.importer import Importer, Settings
from pytest_perfgate.importers.result import Imported
from pytest_perfgate.importers.samples import LOCATION_PART, raw_sample, summary_sample
from pytest_perfgate.importers.source import Source
from pytest_perfgate.model import Benchmark, BenchmarkId, Commit, Sample
from pytest_perfgate.model.metric import EXECUTION_TIME

_NO_REVISION = {"unversioned", "unknown", ""}


class _Stats(Struct):
    mean: float
    median: float | None = None
    q1: float | None = None
    data: list[float] = []
    iterations: int = 1


class _Benchmark(Struct):
    name: str
    stats: _Stats
    fullname: str | None = None
    group: str | None = None
    extra_info: dict[str, Any] | None = None


class _Commit(Struct):
    id: str | None = None
    dirty: bool = False
    branch: str | None = None
    time: str | None = None


class _File(Struct):
    benchmarks: list[_Benchmark]
    machine_info: dict[str, Any] = {}
    commit_info: _Commit | None = None
    datetime: str = ""
    version: str = ""


def parse_pytest_benchmark(source: Source, _settings: Settings) -> tuple[Imported, ...]:
    """Each file is one session, of one process."""
    return tuple(_session(source, path) for path in (_paths(source) if source.is_folder else [""]))


def _paths(source: Source) -> list[str]:
    """Sessions lie in the folder itself or, as `--benchmark-save` has it, in one per machine."""
    return sorted(path for path in source.files if path.endswith(".json") and path.count("/") <= 1)


def _session(source: Source, path: str) -> Imported:
    content = source.typed(_File, path)
    samples: list[Sample] = []
    located: set[str] = set()
    for entry in content.benchmarks:
        sample, how = _sample(entry)
        samples.append(sample)
        located.add(how)
    if len(located) > 1:
        raise ForeignFileError(source.path_of(path), "some benchmarks have raw data and some have not")
    _refuse_repeated(samples)
    return Imported(
        tool="pytest-benchmark",
        tool_version=content.version,
        samples=tuple(samples),
        benchmarks={BenchmarkId(_name(entry)): _facts(entry) for entry in content.benchmarks},
        started_at=_time(content.datetime) or source.modified_at(path),
        environment={**_machine(content.machine_info), LOCATION_PART: "".join(located)},
        commit=_commit(content.commit_info),
    )


def _name(entry: _Benchmark) -> str:
    return entry.fullname or entry.name  # the parameters are part of both


def _sample(entry: _Benchmark) -> tuple[Sample, str]:
    stats = entry.stats
    if stats.data:
        return raw_sample(_name(entry), EXECUTION_TIME, stats.data, iterations=stats.iterations), ""
    summaries = {"lower quartile": stats.q1, "median": stats.median, "mean": stats.mean}
    return summary_sample(_name(entry), EXECUTION_TIME, summaries)


def _refuse_repeated(samples: list[Sample]) -> None:
    seen: set[str] = set()
    for sample in samples:
        if sample.benchmark in seen:
            raise ValueError(f"'{sample.benchmark:.200}' stands in it twice; which of the two counts is not known")
        seen.add(sample.benchmark)


def _facts(entry: _Benchmark) -> Benchmark:
    return Benchmark(
        id=BenchmarkId(_name(entry)),
        group=entry.group or "",
        extra_info={str(key): f"{value!s:.200}" for key, value in (entry.extra_info or {}).items()},
    )


def _machine(info: dict[str, Any]) -> dict[str, str]:
    cpu = info.get("cpu")
    cpu = cpu if isinstance(cpu, dict) else {}
    parts = {
        "cpu": cpu.get("brand_raw") or cpu.get("brand") or info.get("processor"),
        "cores": cpu.get("count"),
        "os": info.get("system"),
        "architecture": info.get("machine"),
        "python": " ".join(str(info.get(key) or "") for key in ("python_implementation", "python_version")).strip(),
    }
    return {key: str(value)[:200] for key, value in parts.items() if value}


def _commit(info: _Commit | None) -> Commit | None:
    if info is None or info.id is None or info.id in _NO_REVISION:
        return None
    return Commit(
        revision=info.id[:64], branch=(info.branch or "")[:200], dirty=info.dirty, committed_at=_time(info.time or "")
    )


def _time(text: str) -> datetime | None:
    """Old versions wrote no zone; what they wrote was UTC."""
    try:
        time = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=timezone.utc)


def _recognises(source: Source) -> bool:
    if source.is_folder:
        return any(_is_session(source.json(path)) for path in _paths(source))
    return source.is_json() and _is_session(source.json())


def _is_session(content: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(content, dict) and {"machine_info", "benchmarks", "datetime"} <= content.keys()


IMPORTER = Importer(
    name="pytest-benchmark",
    title="pytest-benchmark JSON",
    versions="2.5 to 5.3",
    reads="`stats.data`, else `stats.q1`; machine, commit, time, group and `extra_info`",
    replicates="each file is one process; the rounds are its values",
    unit="seconds per iteration",
    lost="`options`, `cprofile`, the other statistics",
    recognises=_recognises,
    parse=parse_pytest_benchmark,
    usual_places=lambda _environ: (".benchmarks",),
)
