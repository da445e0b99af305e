"""The files that Criterion writes for one result: sample.json, benchmark.json, estimates.json, tukey.json, raw.csv.

Criterion calls them private, and they did change: up to 0.3.2 it wrote `[[iterations], [totals]]` and capitalised
statistics (`{"Median": …}`), since 0.3.3 objects and lower case, `slope` null under flat sampling; up to 0.2 raw.csv
had `sample_time_nanos` and no unit. Every form is read.
"""

from __future__ import annotations

import csv
import io
from typing import Any

from msgspec import Struct

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers.criterion_measured import NANOSECONDS, Measured, parse_throughput
from pytest_perfgate.importers.source import Source

_SEVERE = (0, 3)  # of tukey.json's four fences: what lies beyond the outer ones


class _Sample(Struct):
    iters: list[float]
    times: list[float]
    sampling_mode: str = "Linear"


class _Identity(Struct):
    full_id: str
    group_id: str = ""
    throughput: Any = None


class _Estimate(Struct):
    point_estimate: float


class _Estimates(Struct):
    median: _Estimate


class _Raw(Struct, frozen=True):
    """A raw.csv: the parts of the id, the totals, and the unit that the measurement told."""

    id: str
    group: str
    unit: str
    iterations: tuple[float, ...]
    totals: tuple[float, ...]
    throughput: dict[str, float]


def read_measured(source: Source, place: str) -> Measured:
    """The result in the folder `place`, which must be whole."""
    files = source.files
    raw = _read_raw(source, f"{place}/raw.csv") if f"{place}/raw.csv" in files else None
    identity = _identity(source, place, raw)
    sample = None
    if f"{place}/sample.json" in files:
        sample = _read_sample(source, f"{place}/sample.json")
    elif raw is not None:
        sample = _Sample(list(raw.iterations), list(raw.totals))
    written = next(name for name in ("sample.json", "raw.csv", "estimates.json") if f"{place}/{name}" in files)
    return Measured(
        id=identity.full_id,
        iterations=tuple(sample.iters) if sample else (),
        totals=tuple(sample.times) if sample else (),
        median=None if sample else _read_median(source, f"{place}/estimates.json"),
        unit=raw.unit if raw else None,
        throughput=parse_throughput(identity.throughput),
        group=identity.group_id,
        finished_at=source.modified_at(f"{place}/{written}"),
        facts=_facts(source, place, sample),
    )


def _identity(source: Source, place: str, raw: _Raw | None) -> _Identity:
    path = f"{place}/benchmark.json"
    if path in source.files:
        return source.typed(_Identity, path)
    if raw is not None:
        return _Identity(raw.id, raw.group, raw.throughput)
    # The folder's name is all that is left of a tree by the first versions.
    return _Identity(place.rsplit("/", 1)[0])


def _read_sample(source: Source, path: str) -> _Sample:
    content = source.json(path)
    if isinstance(content, list):
        if len(content) != 2:  # noqa: PLR2004 - iterations and totals
            raise ForeignFileError(source.path_of(path), f"it has {len(content)} lists, not iterations and times")
        content = {"iters": content[0], "times": content[1]}
    return source.typed(_Sample, path, content=content)


def _read_median(source: Source, path: str) -> float:
    content = source.json(path)
    if isinstance(content, dict) and "Median" in content:
        content = {"median": content["Median"]}
    return source.typed(_Estimates, path, content=content).median.point_estimate


def _facts(source: Source, place: str, sample: _Sample | None) -> dict[str, str]:
    """How it was sampled, and how many values lie beyond the outer fences of tukey.json."""
    if sample is None:
        return {}
    facts = {"sampling": sample.sampling_mode.lower()[:40]}
    path = f"{place}/tukey.json"
    if path in source.files and len(sample.iters) == len(sample.times):
        fences = source.typed(list[float], path)
        if len(fences) == 4:  # noqa: PLR2004 - two low, two high
            low, high = (fences[index] for index in _SEVERE)
            values = [total / count for total, count in zip(sample.times, sample.iters, strict=True) if count]
            severe = sum(1 for value in values if not low <= value <= high)
            facts["severe outliers"] = f"{severe} of {len(values)}"
    return facts


def _read_raw(source: Source, path: str) -> _Raw:
    rows = list(csv.DictReader(io.StringIO(source.text(path))))
    if not rows:
        raise ForeignFileError(source.path_of(path), "it has no row")
    first = rows[0]
    old = "sample_time_nanos" in first
    total = "sample_time_nanos" if old else "sample_measured_value"
    parts = [first.get(name) or "" for name in ("group", "function", "value")]
    return _Raw(
        id="/".join(part for part in parts if part),
        group=parts[0],
        unit=NANOSECONDS if old else (first.get("unit") or "").strip(),
        iterations=tuple(_cell(row, "iteration_count", source, path, line) for line, row in enumerate(rows, 2)),
        totals=tuple(_cell(row, total, source, path, line) for line, row in enumerate(rows, 2)),
        throughput=_raw_throughput(first),
    )


def _raw_throughput(row: dict[str, str]) -> dict[str, float]:
    kind, amount = row.get("throughput_type") or "", row.get("throughput_num") or ""
    return {kind.lower(): float(amount)} if kind and amount.isdecimal() else {}


def _cell(row: dict[str, str], name: str, source: Source, path: str, line: int) -> float:
    try:
        return float(row[name])
    except (KeyError, TypeError, ValueError) as error:
        problem = f"the column '{name}' has no number"
        raise ForeignFileError(source.path_of(path), problem, place=f"line {line}") from error
