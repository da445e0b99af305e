"""asv's results: the folder `results` (`.asv/results`), or one file of it.

Seen: 0.6.6 as it wrote it, result format 2; format 1 is refused. A file holds one commit in one environment: per
benchmark a row of `result_columns` whose end is left out. `result` and `samples` have an entry for each combination of
the parameters, the last one changing fastest; null is what failed, NaN what was skipped. `samples` are there with
`--record-samples` only, those of all its processes in one list. Seconds are per call already. Units and types are in
`benchmarks.json`; without it they follow from the prefix of the name.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from msgspec import Struct

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers.direction import direction_settings, told_direction
from pytest_perfgate.importers.importer import Importer, Settings
from pytest_perfgate.importers.json_text import decode_json
from pytest_perfgate.importers.result import Imported
from pytest_perfgate.importers.samples import LOCATION_PART, raw_sample, summary_sample
from pytest_perfgate.importers.source import Source
from pytest_perfgate.importers.units import metric_name
from pytest_perfgate.model import BUILT_IN_METRICS, Commit, Direction, Metric, MetricKind, Sample
from pytest_perfgate.model.metric import EXECUTION_TIME, RSS_PEAK

_BENCHMARKS = "benchmarks.json"
_MACHINE = "machine.json"
_FORMAT = 2
_SIZE = Metric("object_size", "B", kind=MetricKind.MEMORY_USAGE)
_PREFIXES = {"time_": "time", "timeraw_": "time", "peakmem_": "peakmemory", "mem_": "memory", "track_": "track"}
_MOST = 2**53


class _File(Struct):
    commit_hash: str
    result_columns: list[str]
    results: dict[str, Any]
    version: int
    env_name: str = ""
    date: float | None = None
    params: dict[str, Any] = {}


class _Row(Struct):
    """One benchmark: lists have an entry per combination of parameters."""

    result: list[Any] | None = None
    params: list[list[Any]] = []
    started_at: float | None = None
    stats_q_25: list[float | None] | None = None
    stats_number: list[float | None] | None = None
    samples: list[list[float] | None] | None = None


class _Kind(Struct):
    type: str = ""
    unit: str = ""


class _Measured(Struct):
    name: str
    metric: Metric
    value: float
    samples: Sequence[float]
    quartile: float | None
    number: int


def parse_asv(source: Source, settings: Settings) -> tuple[Imported, ...]:
    """One Imported per file of results: a commit in an environment."""
    kinds = _kinds(source)
    if not source.is_folder:
        return (_execution(source, "", kinds, settings),)
    return tuple(_execution(source, path, kinds, settings) for path in _paths(source))


def _paths(source: Source) -> list[str]:
    return sorted(
        path
        for path in source.files
        if path.endswith(".json") and path.rsplit("/", 1)[-1] not in {_BENCHMARKS, _MACHINE} and path.count("/") <= 1
    )


def _kinds(source: Source) -> dict[str, _Kind]:
    if source.is_folder and _BENCHMARKS in source.files:
        content = source.json(_BENCHMARKS)
    else:
        text = source.nearest(_BENCHMARKS)
        content = decode_json(text, _BENCHMARKS) if text is not None else {}
    if not isinstance(content, dict):
        raise ForeignFileError(source.path_of(_BENCHMARKS), "an object is needed, but it is something else")
    return {
        name: source.typed(_Kind, _BENCHMARKS, content=facts)
        for name, facts in content.items()
        if isinstance(facts, dict)
    }


def _execution(source: Source, path: str, kinds: Mapping[str, _Kind], settings: Settings) -> Imported:
    version = source.json(path).get("version") if isinstance(source.json(path), dict) else None
    if version != _FORMAT:
        raise ForeignFileError(source.path_of(path), f"asv's format {_FORMAT} is read; 'asv update' writes it")
    content = source.typed(_File, path)
    rows = {name: _row(source, path, name, content) for name in sorted(content.results)}
    failed = [name for name, row in rows.items() if row.result is None or None in row.result]
    measured = [
        one
        for name, row in rows.items()
        for one in _measured(name, row, _metric(name, kinds.get(name, _guessed(name)), settings))
    ]
    samples, how = _samples(measured)
    return Imported(
        tool="asv",
        samples=tuple(samples),
        started_at=_started_at(content, rows) or source.modified_at(path),
        environment={**_environment(content), LOCATION_PART: how},
        commit=Commit(content.commit_hash[:64], committed_at=_time(content.date)) if content.commit_hash else None,
        warnings=tuple(f"'{name:.200}' failed, or some of its parameters did; that is left out" for name in failed),
    )


def _row(source: Source, path: str, name: str, content: _File) -> _Row:
    """A row by its columns; a version that had only a value wrote it bare."""
    cells = content.results[name]
    cells = cells if isinstance(cells, list) else [cells]
    if len(cells) > len(content.result_columns):
        raise ForeignFileError(source.path_of(path), f"'{name:.200}' has more cells than there are columns")
    row = {key: cell for key, cell in zip(content.result_columns, cells, strict=False) if cell is not None}
    return source.typed(_Row, path, content=row)


def _guessed(name: str) -> _Kind:
    method = name.rsplit(".", 1)[-1]
    return _Kind(next((kind for prefix, kind in _PREFIXES.items() if method.startswith(prefix)), "track"))


def _measured(name: str, row: _Row, metric: Metric) -> Iterator[_Measured]:
    names = _names(name, row.params)
    results = row.result or []
    if len(results) > len(names):
        raise ValueError(f"'{name:.200}' has {len(results)} results for {len(names)} combinations of parameters")
    for index, (full, value) in enumerate(zip(names, results, strict=False)):
        if value is None or (isinstance(value, float) and math.isnan(value)):
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(f"'{full:.200}' is {value!r:.40}, no number")  # noqa: TRY004 - the caller adds the file
        number = _at(row.stats_number, index)
        yield _Measured(
            name=full,
            metric=metric,
            value=float(value) if abs(value) < 1e300 else math.inf,  # noqa: PLR2004 - refused as no measurement
            samples=_at(row.samples, index) or (),
            quartile=_at(row.stats_q_25, index),
            number=int(number) if number is not None and 1 <= number < _MOST else 1,
        )


def _names(name: str, params: Sequence[Sequence[Any]]) -> list[str]:
    """The benchmark with each combination of its parameters, as asv shows it."""
    if math.prod(len(values) for values in params) > 10**6:
        raise ValueError(f"'{name:.200}' has more than a million combinations of parameters")
    return [f"{name}({', '.join(map(str, one))})" if one else name for one in itertools.product(*params)]


def _at(column: Sequence[Any] | None, index: int) -> Any:  # noqa: ANN401 - a cell of that column
    return column[index] if column is not None and index < len(column) else None


def _metric(name: str, kind: _Kind, settings: Settings) -> Metric:
    """As for asv itself everything is better when lower, unless the settings say otherwise."""
    known = {"time": EXECUTION_TIME, "peakmemory": RSS_PEAK, "memory": _SIZE}.get(kind.type)
    if known is not None:
        return known
    label = metric_name(kind.unit)
    direction = told_direction(name, settings) or Direction.LOWER_IS_BETTER
    label = f"{label}_higher" if direction is Direction.HIGHER_IS_BETTER else label
    return Metric(f"{label}_tracked" if label in BUILT_IN_METRICS else label, "1", direction)


def _samples(measured: Sequence[_Measured]) -> tuple[list[Sample], str]:
    """Times by their samples where all have them, else by the best that all have."""
    timed = [one for one in measured if one.metric is EXECUTION_TIME]
    how = ""
    if not all(one.samples for one in timed):
        how = "lower quartile" if all(one.quartile for one in timed) else "median"
    samples = []
    for one in measured:
        if one.metric is not EXECUTION_TIME:
            samples.append(raw_sample(one.name, one.metric, [one.value]))
        elif how:
            level = one.quartile if how == "lower quartile" else one.value
            samples.append(summary_sample(one.name, one.metric, {how: level})[0])
        else:
            samples.append(raw_sample(one.name, one.metric, one.samples, iterations=one.number))
    return samples, how


def _environment(content: _File) -> dict[str, str]:
    """The machine as `machine.json` had it; the environment's name has Python, requirements and variables."""
    machine = {
        "cpu": content.params.get("cpu"),
        "cores": content.params.get("num_cpu"),
        "os": content.params.get("os"),
        "architecture": content.params.get("arch"),
        "machine": content.params.get("machine"),
        "asv environment": content.env_name,
    }
    return {key: str(value)[:200] for key, value in machine.items() if value}


def _started_at(content: _File, rows: Mapping[str, _Row]) -> datetime | None:
    times = [row.started_at for row in rows.values() if row.started_at is not None]
    return _time(min(times)) if times else _time(content.date)


def _time(milliseconds: float | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, timezone.utc) if milliseconds is not None else None
    except (OverflowError, ValueError, OSError):
        return None


def _recognises(source: Source) -> bool:
    if not source.is_folder:
        return source.is_json() and _is_result(source.json())
    paths = _paths(source)
    return bool(paths) and all(_is_result(source.json(path)) for path in paths)


def _is_result(content: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(content, dict) and {"commit_hash", "env_name", "results"} <= content.keys()


IMPORTER = Importer(
    name="asv",
    title="asv results",
    versions="0.6.6, format 2",
    reads="`samples`, else `stats_q_25`, else `result`, of every combination of parameters; commit, machine, times",
    replicates="each file (a commit in an environment) is one process and one run: samples of processes are mixed",
    unit="seconds, bytes; what is tracked is better when lower, as for asv, unless the settings say otherwise",
    lost="`profile`, durations, intervals",
    recognises=_recognises,
    parse=parse_asv,
    settings=direction_settings("tracking benchmarks"),
    usual_places=lambda _environ: (".asv/results", "results"),
)
