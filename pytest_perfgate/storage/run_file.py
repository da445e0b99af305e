"""A recorded run as text: one header line, one line per benchmark, one line that closes it. Pure, no I/O.

The schema number stands first in the header. Schemas are read for ever: each number keeps its decoder. Locations are
plain numbers of six digits; the slices behind them are packed (see `slices_blob`) and only unpacked when asked for.
The closing line counts the benchmarks and carries a checksum, so that a truncated file is never taken for a whole one.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Iterable, Iterator

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from pytest_perfgate.errors import DamagedFileError, NewerSchemaError
from pytest_perfgate.model import Benchmark, BenchmarkId, Metric, Run, Sample
from pytest_perfgate.model.metric import CPU_TIME, EXECUTION_TIME
from pytest_perfgate.storage.integrity import REMEDY, End, check_whole, what_is_wrong
from pytest_perfgate.storage.slices_blob import decode_slices, encode_slices

SCHEMA = 1
_TIMED = (EXECUTION_TIME.name, CPU_TIME.name)


class _Header(Struct, frozen=True):
    schema: int
    run: Run
    metrics: tuple[Metric, ...]
    canaries: tuple[str, ...]


class _Process(Struct, frozen=True, array_like=True):
    """One process of one benchmark; `values` stand in the order of the header's metrics, null where not measured."""

    process: int
    look: int
    iterations: int
    values: list[float | None]
    canaries: list[float | None]
    slices: str = ""
    others: dict[str, list[float]] = field(default_factory=dict)


class _Line(Struct, frozen=True):
    benchmark: Benchmark
    processes: list[_Process]


class _SchemaOnly(Struct, frozen=True):
    schema: int


_decode_header = msgspec.json.Decoder(_Header).decode
_decode_line = msgspec.json.Decoder(_Line).decode


def encode_run(run: Run) -> bytes:
    """The run as a file's content."""
    metrics = tuple({sample.metric.name: sample.metric for sample in run.samples}.values())
    canaries = tuple(sorted({name for sample in run.samples for name in sample.canary_locations}))
    header = _Header(SCHEMA, replace(run, samples=(), benchmarks={}), metrics, canaries)
    lines = [msgspec.json.encode(header)]
    for benchmark, samples in _by_benchmark(run).items():
        facts = run.benchmarks.get(benchmark, Benchmark(benchmark))
        processes = [_encode_process(group, metrics, canaries) for group in _by_process(samples)]
        lines.append(msgspec.json.encode(_Line(facts, processes)))
    body = b"\n".join(lines) + b"\n"
    end = End(len(lines) - 1, hashlib.sha256(body).hexdigest())
    return body + msgspec.json.encode(end) + b"\n"


def _by_benchmark(run: Run) -> dict[BenchmarkId, list[Sample]]:
    found: dict[BenchmarkId, list[Sample]] = {name: [] for name in run.benchmarks}
    for sample in run.samples:
        found.setdefault(sample.benchmark, []).append(sample)
    return {name: samples for name, samples in found.items() if samples}


def _by_process(samples: Iterable[Sample]) -> list[list[Sample]]:
    groups: dict[int, list[Sample]] = {}
    for sample in samples:
        groups.setdefault(sample.process, []).append(sample)
    return [groups[process] for process in sorted(groups)]


def _encode_process(samples: list[Sample], metrics: tuple[Metric, ...], canaries: tuple[str, ...]) -> _Process:
    by_name = {sample.metric.name: sample for sample in samples}
    timed = by_name.get(EXECUTION_TIME.name) or next((s for s in samples if s.canary_locations), None)
    slices = _encode_timed(by_name, canaries)
    packed = {sample.metric.name for sample in samples if sample.canary_locations} if slices else set()
    others = {
        sample.metric.name: [_short(value) for value in sample.values]
        for sample in samples
        if len(sample.values) > 1 and sample.metric.name not in packed
    }
    return _Process(
        process=samples[0].process,
        look=samples[0].look,
        iterations=timed.iterations if timed else samples[0].iterations,
        values=[_short(by_name[metric.name].location) if metric.name in by_name else None for metric in metrics],
        canaries=[_maybe(timed.canary_locations.get(name)) for name in canaries] if timed else [],
        slices=slices,
        others=others,
    )


def _encode_timed(by_name: dict[str, Sample], canaries: tuple[str, ...]) -> str:
    if not all(name in by_name and by_name[name].canary_locations for name in _TIMED):
        return ""
    wall, cpu = (by_name[name] for name in _TIMED)
    columns = [wall.values, cpu.values, *(wall.canaries.get(name, ()) for name in canaries)]
    if len({len(column) for column in columns}) != 1:
        return ""
    locations = [wall.location, cpu.location, *(wall.canary_locations[name] for name in canaries)]
    return encode_slices(columns, [_short(value) for value in locations])


def _short(value: float) -> float:
    """Six digits: a rounding of 0.0001 % that halves the file. NaN and infinities are no JSON: they become null."""
    if not math.isfinite(value):
        return value
    rounded = float(f"{value:.6g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e15 else rounded  # noqa: PLR2004 - exact integers


def _maybe(value: float | None) -> float | None:
    return None if value is None else _short(value)


def decode_header(data: bytes, path: str) -> Run:
    """The run without its samples, from the first line."""
    return _header(data.split(b"\n", 1)[0], path).run


def decode_run(data: bytes, path: str, *, slices: bool = False, metrics: Collection[str] | None = None) -> Run:
    """The run of a file's content; `path` is for messages only.

    Raises DamagedFileError with the line, or NewerSchemaError.
    """
    lines = data.split(b"\n")
    header = _header(lines[0], path)
    check_whole(data, lines, path)
    samples: list[Sample] = []
    benchmarks: dict[BenchmarkId, Benchmark] = {}
    for number, text in enumerate(lines[1:-2], start=2):
        try:
            line = _decode_line(text)
            benchmarks[line.benchmark.id] = line.benchmark
            for process in line.processes:
                samples.extend(_samples(line.benchmark.id, process, header, slices=slices, metrics=metrics))
        except (msgspec.MsgspecError, ValueError, IndexError, UnicodeDecodeError) as error:
            raise DamagedFileError(path, number, what_is_wrong(text, error), REMEDY) from error
    return replace(header.run, samples=tuple(samples), benchmarks=benchmarks)


def _header(text: bytes, path: str) -> _Header:
    try:
        schema = msgspec.json.decode(text, type=_SchemaOnly).schema
        if schema > SCHEMA:
            raise NewerSchemaError(
                f"'{path}' has schema {schema}; this version of pytest-perfgate reads schemas up to {SCHEMA}. "
                "Upgrade it: 'pip install --upgrade pytest-perfgate'."
            )
        return _decode_header(text)
    except (msgspec.MsgspecError, ValueError) as error:
        raise DamagedFileError(path, 1, what_is_wrong(text, error), REMEDY) from error


def _samples(
    benchmark: BenchmarkId,
    process: _Process,
    header: _Header,
    *,
    slices: bool,
    metrics: Collection[str] | None,
) -> Iterator[Sample]:
    canary_locations = {
        name: value for name, value in zip(header.canaries, process.canaries, strict=False) if value is not None
    }
    unpacked = _unpack(process, header, canary_locations) if slices and process.slices else {}
    for metric, value in zip(header.metrics, process.values, strict=True):
        if value is None or (metrics is not None and metric.name not in metrics):
            continue
        timed = (metric.unit == "s" and metric.name in _TIMED) or metric.name.startswith("throughput_")
        values = _values(metric, value, process, unpacked) if slices else ()
        yield Sample(
            benchmark=benchmark,
            metric=metric,
            process=process.process,
            location=value,
            look=process.look,
            iterations=process.iterations if timed else 1,
            values=values,
            canary_locations=canary_locations if timed else {},
            canaries={name: unpacked[name] for name in header.canaries if name in unpacked} if timed else {},
        )


def _unpack(process: _Process, header: _Header, canary_locations: dict[str, float]) -> dict[str, tuple[float, ...]]:
    by_name = {metric.name: value for metric, value in zip(header.metrics, process.values, strict=True)}
    names = [*_TIMED, *header.canaries]
    locations = [by_name.get(name) or canary_locations.get(name, 0.0) or 0.0 for name in names]
    table = decode_slices(process.slices, locations)
    return {name: tuple(table[:, column].tolist()) for column, name in enumerate(names)}


def _values(
    metric: Metric, location: float, process: _Process, unpacked: dict[str, tuple[float, ...]]
) -> tuple[float, ...]:
    if metric.name in unpacked:
        return unpacked[metric.name]
    if metric.name.startswith("throughput_") and EXECUTION_TIME.name in unpacked:
        walls = unpacked[EXECUTION_TIME.name]
        # Throughput is an amount over the time of the same slices, so it is not stored twice.
        amount = location * _location_of(walls)
        return tuple(amount / wall if wall else 0.0 for wall in walls)
    return tuple(process.others.get(metric.name, (location,)))


def _location_of(values: tuple[float, ...]) -> float:
    from pytest_perfgate.stats.location import location

    return location(values)
