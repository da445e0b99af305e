"""CodSpeed's walltime results: `.codspeed/results_*.json`, or a folder of them.

Seen: pytest-codspeed 5.0 as it writes it (`pytest --codspeed --codspeed-mode walltime`); the same keys in codspeed-rust
4.1 by its struct `WalltimeResults`. Times are nanoseconds per iteration, but `total_time` is seconds; the rounds
themselves are not in the file. Results of another instrument have no times.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers.importer import Importer, Settings
from pytest_perfgate.importers.result import Imported
from pytest_perfgate.importers.samples import LOCATION_PART, summary_sample
from pytest_perfgate.importers.source import Source
from pytest_perfgate.importers.uniform import refuse_repeated
from pytest_perfgate.model import Benchmark, BenchmarkId, Sample
from pytest_perfgate.model.metric import EXECUTION_TIME

_WALLTIME = "walltime"


class _Stats(Struct):
    q1_ns: float
    rounds: float = 0


class _Benchmark(Struct):
    name: str
    stats: _Stats
    uri: str = ""


class _Creator(Struct):
    name: str
    version: str = ""


class _Instrument(Struct):
    type: str


class _File(Struct):
    creator: _Creator
    instrument: _Instrument
    benchmarks: list[_Benchmark]
    python: Any = None


def parse_codspeed(source: Source, _settings: Settings) -> tuple[Imported, ...]:
    """Each file is one process."""
    return tuple(_process(source, path) for path in (_paths(source) if source.is_folder else [""]))


def _paths(source: Source) -> list[str]:
    return sorted(path for path in source.files if path.endswith(".json") and path.count("/") <= 1)


def _process(source: Source, path: str) -> Imported:
    content = source.typed(_File, path)
    if content.instrument.type != _WALLTIME:
        problem = f"its instrument is '{content.instrument.type:.40}'; only '{_WALLTIME}' has times"
        raise ForeignFileError(source.path_of(path), problem, place="$.instrument.type")
    samples = [_sample(entry) for entry in content.benchmarks]
    refuse_repeated([sample.benchmark for sample in samples])
    return Imported(
        tool=content.creator.name[:80],
        tool_version=content.creator.version[:80],
        samples=tuple(samples),
        benchmarks={
            sample.benchmark: Benchmark(sample.benchmark, extra_info={"rounds": f"{entry.stats.rounds:g}"})
            for sample, entry in zip(samples, content.benchmarks, strict=True)
        },
        started_at=source.modified_at(path),
        environment={LOCATION_PART: "lower quartile", "python": _python(content.python)},
    )


def _sample(entry: _Benchmark) -> Sample:
    sample, _ = summary_sample(_name(entry), EXECUTION_TIME, {"lower quartile": entry.stats.q1_ns * 1e-9})
    return sample


def _name(entry: _Benchmark) -> BenchmarkId:
    """The URI has file and parameters. Outside of a repository its path is that of one machine: the file is enough."""
    path, separator, rest = entry.uri.partition("::")
    if path.startswith("/") or path[1:3] in {":\\", ":/"}:
        path = path.replace("\\", "/").rpartition("/")[2]
    return BenchmarkId(f"{path}{separator}{rest}" or entry.name)


def _python(told: Any) -> str:  # noqa: ANN401 - any JSON value
    config = told.get("sysconfig") if isinstance(told, Mapping) else None
    version = config.get("py_version") if isinstance(config, Mapping) else None
    return version[:40] if isinstance(version, str) else ""


def _recognises(source: Source) -> bool:
    if source.is_folder:
        return any(_is_result(source.json(path)) for path in _paths(source))
    return source.is_json() and _is_result(source.json())


def _is_result(content: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(content, dict) and {"creator", "instrument", "benchmarks"} <= content.keys()


IMPORTER = Importer(
    name="codspeed",
    title="CodSpeed, walltime",
    versions="pytest-codspeed 5.0; codspeed-rust 4.1 by its source",
    reads="`q1_ns`",
    replicates="each file is one process; it has statistics of the rounds, not the rounds",
    unit="nanoseconds per iteration, as seconds",
    lost="the other statistics, `config`, most of `python`",
    recognises=_recognises,
    parse=parse_codspeed,
    usual_places=lambda _environ: (".codspeed",),
)
