"""Vitest's benchmarks: the file of `vitest bench --outputJson FILE`.

Seen: 1.6, 2.1, 3.2 and 4.1 as they write it; 5.1 has no such option any more. Times are milliseconds. `samples` are
empty unless somebody's reporter keeps them; 1.x has no median. A benchmark that threw has a name and no times.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from pytest_perfgate.importers.importer import Importer, Settings
from pytest_perfgate.importers.result import Imported
from pytest_perfgate.importers.samples import LOCATION_PART
from pytest_perfgate.importers.source import Source
from pytest_perfgate.importers.uniform import Timed, uniform_samples
from pytest_perfgate.model import Benchmark, BenchmarkId

_MS = 1e-3


class _Benchmark(Struct):
    name: str
    mean: float | None = None
    median: float | None = None
    samples: list[float] = []


class _Group(Struct, rename={"full_name": "fullName"}):
    full_name: str
    benchmarks: list[_Benchmark]


class _File(Struct):
    groups: list[_Group]


class _Report(Struct):
    files: list[_File]


def parse_vitest(source: Source, _settings: Settings) -> tuple[Imported, ...]:
    """One Imported, of one process: each file of benchmarks runs once."""
    report = source.typed(_Report)
    timed: list[Timed] = []
    benchmarks: dict[BenchmarkId, Benchmark] = {}
    failed: list[str] = []
    for group in (group for file in report.files for group in file.groups):
        for one in group.benchmarks:
            name = f"{group.full_name} > {one.name}"
            if one.mean is None:
                failed.append(f"'{name:.200}' has no times (it threw?) and is left out")
                continue
            timed.append(_timed(name, one))
            benchmarks[BenchmarkId(name)] = Benchmark(BenchmarkId(name), group=group.full_name)
    samples, how = uniform_samples(timed)
    return (
        Imported(
            tool="Vitest",
            samples=tuple(samples),
            benchmarks=benchmarks,
            started_at=source.modified_at(),
            environment={LOCATION_PART: how},
            warnings=tuple(failed),
        ),
    )


def _timed(name: str, one: _Benchmark) -> Timed:
    return Timed(
        name=name,
        values=[value * _MS for value in one.samples],
        summaries={
            "median": None if one.median is None else one.median * _MS,
            "mean": None if one.mean is None else one.mean * _MS,
        },
    )


def _recognises(source: Source) -> bool:
    return source.is_json() and _is_report(source.json())


def _is_report(content: Any) -> bool:  # noqa: ANN401 - any JSON value
    files = content.get("files") if isinstance(content, dict) else None
    return (
        isinstance(files, list)
        and bool(files)
        and all(isinstance(file, dict) and {"filepath", "groups"} <= file.keys() for file in files)
    )


IMPORTER = Importer(
    name="vitest",
    title="Vitest bench, `--outputJson`",
    versions="1.6, 2.1, 3.2, 4.1",
    reads="`samples` where all benchmarks have them, else `median`, else `mean`",
    replicates="each file is one process; the usual file has one number of each benchmark, not its values",
    unit="milliseconds, as seconds",
    lost="`hz` (1 / mean), `rank`, percentiles, margins of error",
    recognises=_recognises,
    parse=parse_vitest,
)
