"""Locust: the statistics that `--csv PREFIX` writes to PREFIX_stats.csv, or those of `--json`.

Seen: 2.47 as it writes both; the columns are those since 1.0. Response times are milliseconds, rounded to two digits
(and to whole milliseconds) before Locust counts them: a percentile of 11 ms may be anything from 10.5 to 11.5. Only the
average is exact, so it is the latency here, and percentiles below 10 ms are left out. The JSON has no percentiles but
how often each rounded time occurred. A failed request counts in all of them. `Aggregated` mixes the others.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

from msgspec import Struct

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers.importer import Importer, Settings
from pytest_perfgate.importers.load_test import Load, load_facts, load_samples
from pytest_perfgate.importers.result import Imported
from pytest_perfgate.importers.samples import LOCATION_PART
from pytest_perfgate.importers.source import Source
from pytest_perfgate.importers.uniform import refuse_repeated
from pytest_perfgate.model import BenchmarkId

_MS = 1e-3
_FINEST = 10.0  # milliseconds: below, a step of the rounding is more than a tenth
_TAIL = {"95%": "p95", "99%": "p99"}
_COLUMNS = ("Type", "Name", "Request Count", "Failure Count", "Average Response Time", "Requests/s")
_AGGREGATED = "Aggregated"


class _Entry(Struct):
    name: str
    num_requests: float
    num_failures: float
    total_response_time: float
    start_time: float
    last_request_timestamp: float | None
    response_times: dict[str, float]
    method: str | None = None
    num_none_requests: float = 0


def parse_locust(source: Source, _settings: Settings) -> tuple[Imported, ...]:
    """One Imported, of one process: a test is one replicate, however many requests it makes."""
    started_at = source.modified_at()
    if source.is_json():
        entries = source.typed(list[_Entry])
        loads = [_of_entry(entry) for entry in entries if entry.num_requests > entry.num_none_requests]
        started_at = _when(min((entry.start_time for entry in entries), default=0.0)) or started_at
    else:
        loads = list(_of_rows(source))
    refuse_repeated([load.name for load in loads])
    return (
        Imported(
            tool="Locust",
            samples=tuple(sample for load in loads for sample in load_samples(load)),
            benchmarks={BenchmarkId(load.name): load_facts(load.name) for load in loads},
            started_at=started_at,
            environment={LOCATION_PART: "mean"},
        ),
    )


def _of_rows(source: Source) -> Iterator[Load]:
    reader = csv.DictReader(io.StringIO(source.text()), strict=True)
    try:
        if not set(_COLUMNS) <= set(reader.fieldnames or ()):
            raise ForeignFileError(source.name, f"it has not the columns {', '.join(_COLUMNS)}", place="line 1")
        for row in reader:
            if row["Name"] != _AGGREGATED or row["Type"]:
                place = f"line {reader.line_num}"
                if None in row or None in row.values():
                    problem = "it has not as many cells as the first line has columns"
                    raise ForeignFileError(source.name, problem, place=place)
                load = _of_row(row, source, place)
                if load is not None:
                    yield load
    except csv.Error as error:
        raise ForeignFileError(source.name, f"no CSV: {error}", place=f"line {reader.line_num}") from error


def _of_row(row: Mapping[str, str], source: Source, place: str) -> Load | None:
    def number(column: str) -> float:
        try:
            return float(row[column])
        except ValueError as error:
            problem = f"'{row[column]:.40}' is no number"
            raise ForeignFileError(source.name, problem, place=f"{place}, column '{column}'") from error

    count = number("Request Count")
    if count <= 0:
        return None
    return Load(
        name=_name(row["Type"], row["Name"]),
        latency=number("Average Response Time") * _MS,
        tail=_tail({column: number(column) for column in _TAIL if row.get(column) not in {None, "N/A"}}),
        requests_per_second=number("Requests/s"),
        error_rate=number("Failure Count") / count,
    )


def _of_entry(entry: _Entry) -> Load:
    counted = entry.num_requests - entry.num_none_requests
    duration = (entry.last_request_timestamp or 0.0) - entry.start_time
    return Load(
        name=_name(entry.method or "", entry.name),
        latency=entry.total_response_time / counted * _MS,
        tail=_tail({column: _percentile(entry, float(column[:-1]) / 100) for column in _TAIL}),
        requests_per_second=entry.num_requests / duration if duration > 0 else None,
        error_rate=entry.num_failures / entry.num_requests,
    )


def _name(method: str, name: str) -> str:
    return f"{method} {name}".strip()


def _tail(percentiles: Mapping[str, float]) -> dict[str, float]:
    return {_TAIL[column]: value * _MS for column, value in percentiles.items() if value >= _FINEST}


def _percentile(entry: _Entry, share: float) -> float:
    """The rounded time that at least this share of the requests stayed within."""
    try:
        times = sorted((float(time), count) for time, count in entry.response_times.items())
    except ValueError as error:
        raise ValueError(f"'{entry.name:.200}' has response times that are no numbers") from error
    wanted = share * sum(count for _, count in times)
    so_far = 0.0
    for time, count in times:
        so_far += count
        if so_far >= wanted:
            return time
    return 0.0


def _when(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, timezone.utc) if seconds > 0 else None
    except (ValueError, OverflowError, OSError):
        return None


def _recognises(source: Source) -> bool:
    if source.is_folder:
        return False
    if source.is_json():
        content = source.json()
        return isinstance(content, list) and bool(content) and all(_is_entry(one) for one in content)
    header = source.text().partition("\n")[0].split(",")
    return set(_COLUMNS) <= {column.strip('"') for column in header}


def _is_entry(one: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(one, dict) and {"num_requests", "num_failures", "response_times"} <= one.keys()


IMPORTER = Importer(
    name="locust",
    title="Locust, `--csv` and `--json`",
    versions="2.47; the columns since 1.0",
    reads="of each request: average response time, p95 and p99, requests per second, share of failures",
    replicates="each file is one process: a test is one replicate",
    unit="milliseconds, as seconds; 1/s; share from 0 to 1",
    lost="the row `Aggregated`, other percentiles and those below 10 ms (Locust rounds them), content sizes, "
    "the history and failures files",
    recognises=_recognises,
    parse=parse_locust,
)
