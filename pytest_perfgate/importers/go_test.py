"""`go test -bench`, its text and its `-json`.

Seen: Go 1.27 as it wrote both; the format itself is specified (Go proposal 14313, "Benchmark data format"). A line is a
name, the number of iterations, and pairs of value and unit, each per operation already. `key: value` lines say what
holds for the lines below, `pkg` begins a test binary. The name ends in `-N` where GOMAXPROCS is above 1. All of
`-count` runs in one process; a file to which several `go test` were appended holds `pkg` again for each. With `-json` a
line is cut into several events, and those of packages that run at once are mixed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct, field

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers.direction import direction_settings, left_out, told_direction
from pytest_perfgate.importers.importer import Importer, Settings
from pytest_perfgate.importers.result import Imported
from pytest_perfgate.importers.samples import metric_of, raw_sample
from pytest_perfgate.importers.source import Source
from pytest_perfgate.importers.units import metric_name
from pytest_perfgate.model import BUILT_IN_METRICS, Direction, Metric, MetricKind, Sample
from pytest_perfgate.model.metric import EXECUTION_TIME, THROUGHPUT_BYTES

_RESULT = re.compile(r"^(?P<name>Benchmark\S*)[ \t]+(?P<count>\d+)[ \t]+(?P<pairs>\S+[ \t]+\S+.*)$")
_CONFIGURATION = re.compile(r"^(?P<key>[a-z][^\s:A-Z]*):[ \t]+(?P<value>.*)$")
_UNIT_LINE = re.compile(r"^Unit[ \t]+(?P<unit>\S+)[ \t]+(?P<facts>.*)$")
_FAILED = re.compile(r"^(?:--- FAIL: (?=Benchmark)|FAIL[ \t]+)(?P<name>\S+)")
_PROCESSORS = re.compile(r"-(\d+)$")
_UNITS = {
    "ns/op": (EXECUTION_TIME, 1e-9),
    "MB/s": (THROUGHPUT_BYTES, 1e6),
    "B/op": (Metric("allocated_bytes", "B", kind=MetricKind.ALLOCATIONS), 1.0),
    "allocs/op": (Metric("allocations", "1", kind=MetricKind.ALLOCATIONS), 1.0),
}
_MACHINE = {"goos": "os", "goarch": "architecture", "cpu": "cpu"}
_MOST = 2**53


class _Line(Struct):
    name: str
    package: str
    process: int
    count: int
    pairs: tuple[tuple[float, str], ...]


class _Output(Struct):
    lines: list[_Line] = []
    configuration: dict[str, str] = {}
    better: dict[str, Direction] = {}
    failed: list[str] = []
    started: dict[str, int] = field(default_factory=dict)


class _Event(Struct, rename="pascal"):
    action: str = ""
    package: str = ""
    output: str = ""


def parse_go_test(source: Source, settings: Settings) -> tuple[Imported, ...]:
    """One Imported; each time that a package was started is a process, `-count` gives its values."""
    output = _Output()
    for text, numbered in _texts(source):
        _read(source, text, output, numbered=numbered)
    units = {unit for line in output.lines for _, unit in line.pairs}
    better = {unit: told for unit in units if (told := told_direction(unit, settings) or output.better.get(unit))}
    processors = _processors(output.lines)
    values: dict[tuple[str, int], list[_Line]] = {}
    for line in output.lines:
        name = line.name.removesuffix(f"-{processors}") if processors else line.name
        values.setdefault((f"{line.package}.{name}" if line.package else name, line.process), []).append(line)
    machine = {part: output.configuration[key] for key, part in _MACHINE.items() if key in output.configuration}
    others = {key: value for key, value in output.configuration.items() if key not in _MACHINE}
    return (
        Imported(
            tool="go test",
            samples=tuple(
                sample for (name, process), lines in values.items() for sample in _samples(name, process, lines, better)
            ),
            started_at=source.modified_at(),
            environment={**machine, **({"gomaxprocs": processors} if processors else {})},
            facts=others,
            warnings=(
                *(f"'{name:.200}' failed: what it did not come to is missing" for name in output.failed),
                *left_out((unit for unit in units if _metric(unit, better.get(unit)) is None), "units"),
            ),
        ),
    )


def _texts(source: Source) -> Iterator[tuple[str, bool]]:
    """The text of each package, and whether its lines are those of the file."""
    if not source.is_json_lines():
        yield source.text(), True
        return
    packages: dict[str, list[str]] = {}
    for _, content in source.json_lines('"output"'):
        event = source.typed(_Event, content=content)
        if event.action == "output":
            packages.setdefault(event.package, []).append(event.output)
    for parts in packages.values():
        yield "".join(parts), False


def _read(source: Source, text: str, output: _Output, *, numbered: bool) -> None:
    package = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if (result := _RESULT.match(line)) is not None:
            pairs = _pairs(source, result["pairs"], f"line {number}" if numbered else result["name"][:80])
            process = max(output.started.get(package, 1) - 1, 0)
            output.lines.append(_Line(result["name"], package, process, _count(result["count"]), pairs))
        elif (unit := _UNIT_LINE.match(line)) is not None:
            facts = dict(fact.partition("=")[::2] for fact in unit["facts"].split())
            if facts.get("better") in {"higher", "lower"}:
                output.better[unit["unit"]] = Direction(facts["better"])
        elif (said := _CONFIGURATION.match(line)) is not None:
            if said["key"] == "pkg":
                package = said["value"].strip()
                output.started[package] = output.started.get(package, 0) + 1
            else:
                output.configuration[said["key"][:80]] = said["value"].strip()[:200]
        elif (failed := _FAILED.match(line)) is not None:
            output.failed.append(failed["name"])


def _pairs(source: Source, text: str, place: str) -> tuple[tuple[float, str], ...]:
    words = text.split()
    if len(words) % 2:
        raise ForeignFileError(source.name, "values and units do not pair up (cut off?)", place=place)
    found = []
    for value, unit in zip(words[::2], words[1::2], strict=True):
        try:
            found.append((float(value), unit))
        except ValueError as error:
            raise ForeignFileError(source.name, f"'{value:.40}' is no number", place=place) from error
    return tuple(found)


def _count(digits: str) -> int:
    return int(digits) if len(digits) < len(str(_MOST)) else 1


def _processors(lines: Sequence[_Line]) -> str:
    """The number behind every name, which then is GOMAXPROCS; empty where they differ or have none."""
    ends = {match[1] if (match := _PROCESSORS.search(line.name)) else "" for line in lines}
    return next(iter(ends)) if len(ends) == 1 else ""


def _samples(name: str, process: int, lines: Sequence[_Line], better: dict[str, Direction]) -> Iterator[Sample]:
    values: dict[str, list[float]] = {}
    for line in lines:
        for value, unit in line.pairs:
            values.setdefault(unit, []).append(value)
    for unit, measured in values.items():
        found = _metric(unit, better.get(unit))
        if found is None:
            continue
        metric, factor = found
        iterations = max(line.count for line in lines)
        yield raw_sample(name, metric, [value * factor for value in measured], process=process, iterations=iterations)


def _metric(unit: str, direction: Direction | None) -> tuple[Metric, float] | None:
    """Custom units are metrics of their own name: `p99-ns/op` is a time, what is per second better when higher.

    None where nobody says which way is better.
    """
    if unit in _UNITS:
        return _UNITS[unit]
    plain = unit.removesuffix("/op")
    label, dash, end = plain.rpartition("-")
    metric, factor = metric_of(end if dash and end in {"ns", "us", "ms", "s", "B"} else plain, direction=direction)
    if direction is None and metric.unit not in {"s", "B"} and not metric.unit.endswith("/s"):
        return None
    name = metric_name(label if factor != 1.0 and dash else unit)
    return Metric(f"{name}_custom" if name in BUILT_IN_METRICS else name, metric.unit, metric.direction), factor


def _recognises(source: Source) -> bool:
    if source.is_folder or "Benchmark" not in source.text():
        return False
    if source.is_json_lines():
        return any(
            isinstance(event, dict) and {"Action", "Package"} <= event.keys()
            for _, event in source.json_lines('"Action"')
        )
    return any(_is_result(line) for line in source.text().split("\n") if line.startswith("Benchmark"))


def _is_result(line: str) -> bool:
    match = _RESULT.match(line)
    return match is not None and re.match(r"[\d.e+-]+[ \t]+\S*[A-Za-z]", match["pairs"]) is not None


IMPORTER = Importer(
    name="go",
    title="`go test -bench`, text and `-json`",
    versions="Go 1.27; the published format",
    reads="every value of a result line; `goos`, `goarch`, `pkg`, `cpu`, `Unit ... better=`",
    replicates="each `pkg` that is started is a process; `-count` gives its values",
    unit="ns/op as seconds, MB/s as bytes per second, B/op, allocs/op; others where their direction is known",
    lost="the log; `-N` behind all names becomes a part of the environment",
    recognises=_recognises,
    parse=parse_go_test,
    settings=direction_settings("units of your own"),
)
