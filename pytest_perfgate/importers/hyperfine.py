"""hyperfine's `--export-json`.

Seen: 1.15 and 2.0 as they wrote it. 1.x has `times`, wall clock in seconds without the shell's start, which it
estimates and subtracts: what is faster than a shell becomes 0.0 (`-N` runs without one). `user` and `system` of 1.x are
means over all runs. 2.0 has `schema_version` 2 and one object per run with a unit at each value; its parameters are
objects, too. Both write a result whose command failed (`--ignore-failure`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from pytest_perfgate.importers.importer import Importer, Settings
from pytest_perfgate.importers.result import Imported
from pytest_perfgate.importers.samples import metric_of, raw_sample
from pytest_perfgate.importers.source import Source
from pytest_perfgate.importers.uniform import refuse_repeated
from pytest_perfgate.importers.units import metric_by_unit
from pytest_perfgate.model import Metric, Sample
from pytest_perfgate.model.metric import CPU_SYSTEM, CPU_USER, EXECUTION_TIME, RSS_PEAK

_MEASURED = {
    "time_wall_clock": EXECUTION_TIME,
    "time_user": CPU_USER,
    "time_system": CPU_SYSTEM,
    "memory_peak_resident": RSS_PEAK,
}


class _Quantity(Struct):
    value: float
    unit: str


class _Result(Struct):
    command: str
    times: list[float] | None = None
    exit_codes: list[int | None] | None = None
    measurements: list[dict[str, Any]] | None = None
    parameters: dict[str, Any] = {}
    mean: float | None = None


class _Metadata(Struct, frozen=True):
    hyperfine_version: str = ""
    start_time: str = ""


class _File(Struct):
    results: list[_Result]
    metadata: _Metadata = _Metadata()


def parse_hyperfine(source: Source, _settings: Settings) -> tuple[Imported, ...]:
    """One Imported; every run of a command is a process of its own."""
    content = source.typed(_File)
    names = [_name(result) for result in content.results]
    refuse_repeated(names)
    samples: list[Sample] = []
    failed: list[str] = []
    for name, result in zip(names, content.results, strict=True):
        samples += _samples(source, name, result)
        if any(code != 0 for code in _exit_codes(result)):
            failed.append(name)
    return (
        Imported(
            tool="hyperfine",
            tool_version=content.metadata.hyperfine_version,
            samples=tuple(samples),
            started_at=_time(content.metadata.start_time) or source.modified_at(),
            warnings=tuple(
                f"'{name:.200}' ended with an error in some runs, which were timed as well" for name in failed
            ),
        ),
    )


def _name(result: _Result) -> str:
    """The command, and the parameters that its name does not show."""
    parameters = {
        name: str(value.get("value")) if isinstance(value, dict) else str(value)
        for name, value in result.parameters.items()
    }
    hidden = [
        f"{name}={value}"
        for name, value in sorted(parameters.items())
        if not re.search(rf"(?<!\w){re.escape(value)}(?!\w)", result.command)
    ]
    return f"{result.command} ({', '.join(hidden)})" if hidden else result.command


def _exit_codes(result: _Result) -> Sequence[object]:
    if result.measurements is not None:
        return [one.get("exit_code", 0) for one in result.measurements]
    return result.exit_codes or []


def _samples(source: Source, name: str, result: _Result) -> Iterator[Sample]:
    if result.measurements is None:
        if not result.times:
            raise ValueError(f"'{name:.200}' has no 'times': only the JSON export holds the runs")
        yield from _each(name, EXECUTION_TIME, result.times)
        return
    for key, metric in _MEASURED.items():
        found = [source.typed(_Quantity, content=one[key]) for one in result.measurements if one.get(key) is not None]
        if not found and metric is EXECUTION_TIME:
            raise ValueError(f"'{name:.200}' has no '{key}'")
        values = [one.value * _factor(one.unit, metric) for one in found]
        # A clock tick is 1 to 10 ms: a short command has used no time at all by it.
        if metric.unit != "s" or metric is EXECUTION_TIME or all(value > 0 for value in values):
            yield from _each(name, metric, values)


def _each(name: str, metric: Metric, values: Sequence[float]) -> Iterator[Sample]:
    if metric is EXECUTION_TIME and min(values) == 0:
        raise ValueError(
            f"'{name:.200}' took 0 s: hyperfine subtracts the time that it thinks a shell takes to start; "
            "run it with '-N', without a shell"
        )
    for process, value in enumerate(values):
        yield raw_sample(name, metric, [value], process=process)


def _factor(unit: str, wanted: Metric) -> float:
    found, factor = metric_by_unit(unit) if unit in {"second", "byte"} else metric_of(unit)
    if found.unit != wanted.unit:
        raise ValueError(f"the unit '{unit:.40}' is none of a {wanted.name}")
    return factor


def _time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return time if time.tzinfo else None


def _recognises(source: Source) -> bool:
    return source.is_json() and _is_export(source.json())


def _is_export(content: Any) -> bool:  # noqa: ANN401 - any JSON value
    results = content.get("results") if isinstance(content, dict) else None
    return (
        isinstance(results, list)
        and bool(results)
        and all(isinstance(one, dict) and "command" in one and _HELD & one.keys() for one in results)
    )


_HELD = {"times", "measurements"}

IMPORTER = Importer(
    name="hyperfine",
    title="hyperfine JSON",
    versions="1.15, 2.0",
    reads="`times`, or `measurements` with CPU times and peak memory; `parameters`",
    replicates="each run of a command is a process",
    unit="seconds; bytes",
    lost="`user` and `system` of 1.x, which are means over all runs",
    recognises=_recognises,
    parse=parse_hyperfine,
)
