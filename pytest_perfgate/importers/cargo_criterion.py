"""cargo-criterion: its message stream (`--message-format=json`), and its data folder, `target/criterion/data/main`.

Seen: 1.0 and 1.1. The stream is one JSON text per line, between lines of other kinds; `id` in it is a title, cut at 100
bytes, with ` #2` behind the second of two that are cut alike. The data folder holds CBOR: `benchmark.cbor` names the
newest of the `measurement_*.cbor` beside it. Source: `src/message_formats/json.rs` and `src/model.rs`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers.cbor import decode_cbor
from pytest_perfgate.importers.criterion_measured import Measured, parse_throughput
from pytest_perfgate.importers.criterion_tree import Results
from pytest_perfgate.importers.json_text import decode_json
from pytest_perfgate.importers.source import Source

_COMPLETE = "benchmark-complete"
_MARK = f'"{_COMPLETE}"'
_CUT = "..."
_LONGEST_TITLE = 100
_RECORD = "/benchmark.cbor"


class _PerIteration(Struct):
    per_iteration: float
    unit: str


class _Message(Struct):
    id: str
    iteration_count: list[float]
    measured_values: list[float]
    unit: str
    throughput: list[_PerIteration] = []


class _Id(Struct):
    group_id: str
    function_id: str | None = None
    value_str: str | None = None
    throughput: Any = None


class _Record(Struct):
    id: _Id
    latest_record: str


class _Statistics(Struct):
    datetime: str
    iterations: list[float]
    values: list[float]
    throughput: Any = None


def is_stream(source: Source) -> bool:
    """Whether a file has the messages of cargo-criterion."""
    return not source.is_folder and '"reason"' in source.text() and _MARK in source.text()


def read_stream(source: Source) -> Results:
    """Every benchmark that was completed, by its title."""
    measured: dict[str, Measured] = {}
    for number, line in enumerate(source.text().split("\n"), start=1):
        if _MARK not in line:
            continue
        content = decode_json(line, source.name, line=number)
        if not isinstance(content, dict) or content.get("reason") != _COMPLETE:
            continue
        one = _from_message(source.typed(_Message, content=content), source)
        if one.id in measured:
            raise ForeignFileError(source.name, f"'{one.id:.200}' is completed twice", place=f"line {number}")
        measured[one.id] = one
    return Results(measured, tuple(_cut_titles(measured)))


def _from_message(message: _Message, source: Source) -> Measured:
    return Measured(
        id=message.id,
        iterations=tuple(message.iteration_count),
        totals=tuple(message.measured_values),
        unit=message.unit,
        throughput=parse_throughput([{part.unit: part.per_iteration} for part in message.throughput]),
        finished_at=source.modified_at(),
    )


def _cut_titles(measured: dict[str, Measured]) -> Iterator[str]:
    cut = [name for name in measured if _CUT in name[-len(" #99...") :] and len(name.encode()) > _LONGEST_TITLE]
    if cut:
        yield (
            f"{len(cut)} title{'s' * (len(cut) > 1)} in the stream "
            f"{'were' if len(cut) > 1 else 'was'} cut at 100 bytes, such as '{cut[0]:.120}': two that begin alike are "
            "told apart by their order only; 'target/criterion/data' has the whole ids"
        )


def is_data(source: Source) -> bool:
    """Whether a folder is cargo-criterion's data."""
    return any(f"/{path}".endswith(_RECORD) for path in source.files)


def read_data(source: Source) -> Results:
    """The newest measurement of each benchmark."""
    measured: dict[str, Measured] = {}
    for path in sorted(path for path in source.files if f"/{path}".endswith(_RECORD)):
        folder = path.removesuffix(_RECORD.lstrip("/")).rstrip("/")
        record = _typed(source, path, _Record)
        measured[folder] = _from_record(source, folder, record)
    return Results(measured, ())


def _from_record(source: Source, folder: str, record: _Record) -> Measured:
    newest = record.latest_record.replace("\\", "/").rsplit("/", 1)[-1]
    statistics = _typed(source, f"{folder}/{newest}".lstrip("/"), _Statistics)
    parts = (record.id.group_id, record.id.function_id, record.id.value_str)
    return Measured(
        id="/".join(part for part in parts if part is not None),
        iterations=tuple(statistics.iterations),
        totals=tuple(statistics.values),
        throughput=parse_throughput(statistics.throughput or record.id.throughput),
        group=record.id.group_id,
        finished_at=_time(statistics.datetime),
    )


def _typed(source: Source, path: str, type_: Any) -> Any:  # noqa: ANN401 - a Struct of that type
    try:
        return msgspec.convert(decode_cbor(source.content(path)), type_)
    except (ValueError, RecursionError) as error:
        raise ForeignFileError(source.path_of(path), f"no record of cargo-criterion: {error}") from error


def _time(text: str) -> datetime | None:
    """RFC 3339 with nanoseconds, of which Python before 3.11 reads six digits."""
    whole, dot, rest = text.rstrip("Z").partition(".")
    digits = rest[:6].ljust(6, "0") if rest.isdecimal() else ""
    try:
        return datetime.fromisoformat(f"{whole}{dot if digits else ''}{digits}+00:00")
    except ValueError:
        return None
