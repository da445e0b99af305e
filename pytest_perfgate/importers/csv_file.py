"""A plain CSV file, whose columns the configuration names.

The defaults are the columns that `perfgate export --format csv` writes, so that an export can be read again.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

from msgspec import Struct

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers.importer import Importer, Setting, Settings
from pytest_perfgate.importers.result import Imported
from pytest_perfgate.importers.samples import metric_of, raw_sample
from pytest_perfgate.importers.source import Source
from pytest_perfgate.model import Commit, Direction, Metric, Sample

_SETTINGS = (
    Setting("benchmark", ("benchmark",), "Columns whose texts, joined by '/', name the benchmark."),
    Setting("value", "value", "Column of the measured value."),
    Setting("unit", "", "Unit of every value, such as 'ms'; else it stands in the column 'unit', else seconds."),
    Setting("metric", "", "Name of what was measured; else the column 'metric', else by the unit."),
    Setting("direction", "", "'lower' or 'higher' is better; else the column 'direction', else by the unit."),
    Setting("process", "process", "Column that tells processes apart; without it all rows are of one process."),
    Setting("run", "run", "Column that tells runs apart; without it all rows are of one run."),
    Setting("revision", "revision", "Column of the commit that was measured."),
    Setting("started_at", "started_at", "Column of the time at which the run began, ISO 8601."),
    Setting("delimiter", ",", "What stands between columns; 'tab' for a tabulator."),
    Setting("decimal", ".", "What stands before decimals."),
)


class _Row(Struct, frozen=True):
    run: str
    revision: str
    started_at: str
    benchmark: str
    process: str
    metric: Metric
    value: float


def parse_csv(source: Source, settings: Settings) -> tuple[Imported, ...]:
    """One Imported per run; rows of one benchmark, metric and process are its values, in their order."""
    runs: dict[str, list[_Row]] = {}
    for row in _rows(source, settings):
        runs.setdefault(row.run, []).append(row)
    return tuple(_imported(rows, source) for rows in runs.values())


def _rows(source: Source, settings: Settings) -> Iterator[_Row]:
    reader = _reader(source, settings)
    header = reader.fieldnames or []
    missing = [name for name in (*settings["benchmark"], settings["value"]) if name not in header]
    if missing:
        raise ForeignFileError(
            source.name,
            f"there is no column '{missing[0]:.80}' in {', '.join(f'{name!r:.80}' for name in header[:20]) or 'it'}; "
            "[tool.perfgate.importers.csv] names the columns",
            place="line 1",
        )
    try:
        for cells in reader:
            yield _row(cells, settings, source, f"line {reader.line_num}")
    except csv.Error as error:
        raise ForeignFileError(source.name, f"no CSV: {error}", place=f"line {reader.line_num}") from error


def _reader(source: Source, settings: Settings) -> csv.DictReader[str]:
    delimiter = "\t" if settings["delimiter"] == "tab" else settings["delimiter"]
    if len(delimiter) != 1:
        raise ValueError(f"'delimiter' is '{delimiter:.20}'; it must be one character, or 'tab'")
    reader = csv.DictReader(io.StringIO(source.text()), delimiter=delimiter, strict=True)
    try:
        columns = reader.fieldnames or ()
    except csv.Error as error:
        raise ForeignFileError(source.name, f"no CSV: {error}", place="line 1") from error
    if len(set(columns)) != len(columns):
        raise ForeignFileError(source.name, "two columns have the same name", place="line 1")
    return reader


def _row(cells: dict[str, Any], settings: Settings, source: Source, place: str) -> _Row:
    if None in cells or None in cells.values():
        raise ForeignFileError(source.name, "it has not as many cells as the first line has columns", place=place)
    unit = settings["unit"] or cells.get("unit") or "s"
    direction = settings["direction"] or cells.get("direction") or ""
    if direction not in {"", "lower", "higher"}:
        raise ForeignFileError(source.name, f"direction is 'lower' or 'higher', not '{direction:.40}'", place=place)
    metric, factor = metric_of(
        unit,
        name=settings["metric"] or cells.get("metric") or "",
        direction=Direction(direction) if direction else None,
    )
    return _Row(
        run=cells.get(settings["run"]) or "",
        revision=cells.get(settings["revision"]) or "",
        started_at=cells.get(settings["started_at"]) or "",
        benchmark="/".join(cells[name] for name in settings["benchmark"]),
        process=cells.get(settings["process"]) or "",
        metric=metric,
        value=_number(cells[settings["value"]], settings["decimal"], source, place) * factor,
    )


def _number(text: str, decimal: str, source: Source, place: str) -> float:
    plain = "?" if decimal != "." and "." in text else text.replace(decimal, ".")
    try:
        return float(plain)
    except ValueError as error:
        hint = "; if that is a decimal comma, set 'decimal' to ','" if "," in text and decimal == "." else ""
        raise ForeignFileError(source.name, f"'{text:.40}' is no number{hint}", place=place) from error


def _imported(rows: list[_Row], source: Source) -> Imported:
    first = rows[0]
    processes = {name: index for index, name in enumerate(dict.fromkeys(row.process for row in rows))}
    values: dict[tuple[str, str, str], list[_Row]] = {}
    for row in rows:
        values.setdefault((row.benchmark, row.metric.name, row.process), []).append(row)
    return Imported(
        tool="csv",
        samples=tuple(_sample(group, processes[group[0].process]) for group in values.values()),
        started_at=_time(first.started_at) or source.modified_at(),
        commit=Commit(first.revision) if first.revision else None,
    )


def _sample(rows: list[_Row], process: int) -> Sample:
    first = rows[0]
    if any(row.metric != first.metric for row in rows):
        raise ValueError(f"'{first.benchmark:.200}' has its {first.metric.name} in two units or directions")
    return raw_sample(first.benchmark, first.metric, [row.value for row in rows], process=process)


def _time(text: str) -> datetime | None:
    if not text:
        return None
    time = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return time if time.tzinfo else time.replace(tzinfo=timezone.utc)


def _recognises(source: Source) -> bool:
    if source.is_folder or source.is_json():
        return False
    return {"benchmark", "value"} <= set(source.text().partition("\n")[0].split(","))


IMPORTER = Importer(
    name="csv",
    title="CSV",
    versions="any, by a mapping in `[tool.perfgate.importers.csv]`",
    reads="the columns that the mapping names",
    replicates="each value of the column `process`; without that column, the file",
    unit="of the mapping or of the column `unit`",
    lost="every other column",
    recognises=_recognises,
    parse=parse_csv,
    settings=_SETTINGS,
)
