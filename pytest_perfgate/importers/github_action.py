"""github-action-benchmark: its history `data.js`, the same as JSON, or the custom JSON that it takes.

Seen: `data.js` of a dozen repositories, 2021 to 2026 (tools cargo, pytest, googlecpp, catch2, customSmallerIsBetter and
customBiggerIsBetter), and the action's `src/extract.ts` and `src/write.ts`. `data.js` is a script,
`window.BENCHMARK_DATA = {...}`; what follows the sign is JSON and is read as such, nothing is evaluated. A number is
what the tool printed, a median or a mean. The action itself takes every JMH number for better when lower, also `ops/s`;
here a unit that tells a direction has it, and only custom numbers follow the word of who wrote them. Adapters drop
parameters and groups, so that a name may stand in a run twice: such a name is left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from msgspec import Struct

from pytest_perfgate.importers.importer import Importer, Setting, Settings
from pytest_perfgate.importers.json_text import decode_json
from pytest_perfgate.importers.result import Imported
from pytest_perfgate.importers.samples import LOCATION_PART, raw_sample
from pytest_perfgate.importers.source import Source
from pytest_perfgate.importers.units import metric_by_unit
from pytest_perfgate.model import BUILT_IN_METRICS, Commit, Direction, Metric, Sample

_SCRIPT = re.compile(r"\s*window\.BENCHMARK_DATA\s*=")
_DIRECTIONS = {
    "customBiggerIsBetter": Direction.HIGHER_IS_BETTER,
    "customSmallerIsBetter": Direction.LOWER_IS_BETTER,
}
_SHOWN = 3
_SETTINGS = (
    Setting("direction", "", "'lower' or 'higher' is better, for a custom JSON whose units do not tell."),
    Setting("suite", "", "Only this suite of a history; else all, each an environment of its own."),
)


class _Bench(Struct):
    name: str
    value: float
    unit: str


class _Commit(Struct):
    id: str
    message: str = ""
    timestamp: str = ""


class _Entry(Struct):
    commit: _Commit
    date: float
    benches: list[_Bench]
    tool: str = ""


class _History(Struct):
    entries: dict[str, list[_Entry]]


def parse_github_action(source: Source, settings: Settings) -> tuple[Imported, ...]:
    """A history: one Imported per entry, oldest first in each suite; a custom JSON: one."""
    content = _content(source)
    if isinstance(content, list):
        return (_custom(source, settings),)
    history = source.typed(_History, content=content)
    wanted = settings["suite"]
    if wanted and wanted not in history.entries:
        there = ", ".join(f"'{suite:.80}'" for suite in history.entries) or "none"
        raise ValueError(f"there is no suite '{wanted:.80}' in it; it has: {there}")
    return tuple(
        _executed(entry, suite)
        for suite, entries in history.entries.items()
        if wanted in {"", suite}
        for entry in entries
    )


def _content(source: Source) -> Any:  # noqa: ANN401 - any JSON value
    if source.is_json():
        return source.json()
    text = source.text()
    script = _SCRIPT.match(text)
    if script is None:
        raise ValueError("it is neither JSON nor 'window.BENCHMARK_DATA = ...'")
    # Blanks in place of the script's beginning keep the columns of errors right.
    return decode_json(" " * script.end() + text[script.end() :].rstrip().removesuffix(";"), source.name)


def _custom(source: Source, settings: Settings) -> Imported:
    directions = {"": None, "lower": Direction.LOWER_IS_BETTER, "higher": Direction.HIGHER_IS_BETTER}
    if settings["direction"] not in directions:
        raise ValueError(f"'direction' is '{settings['direction']:.40}'; it must be 'lower' or 'higher'")
    samples, warnings = _samples(source.typed(list[_Bench]), directions[settings["direction"]])
    return Imported(
        tool="github-action-benchmark",
        samples=samples,
        started_at=source.modified_at(),
        environment={LOCATION_PART: "as told"},
        warnings=warnings,
    )


def _executed(entry: _Entry, suite: str) -> Imported:
    """The machine is not told, and was not this one: a part that says so keeps this machine's out."""
    when = _when(entry.date)
    samples, warnings = _samples(entry.benches, _DIRECTIONS.get(entry.tool))
    return Imported(
        tool="github-action-benchmark",
        samples=samples,
        started_at=when,
        environment={LOCATION_PART: f"as told by {entry.tool:.40}", "suite": suite[:200], "cpu": "not told"},
        commit=Commit(
            revision=entry.commit.id[:64],
            committed_at=_time(entry.commit.timestamp),
            subject=entry.commit.message.partition("\n")[0][:200],
        )
        if entry.commit.id
        else None,
        warnings=tuple(f"{when:%Y-%m-%d %H:%M}: {line}" for line in warnings),
    )


def _samples(benches: Sequence[_Bench], direction: Direction | None) -> tuple[tuple[Sample, ...], tuple[str, ...]]:
    found: dict[tuple[str, Metric], set[float]] = {}
    problems: list[str] = []
    for bench in benches:
        name, metric, factor = _measured(bench, direction)
        if metric.unit == "s" and bench.value <= 0:
            problems.append(f"'{name:.200}' took {bench.value:g} {bench.unit:.20} and is left out")
            continue
        found.setdefault((name, metric), set()).add(bench.value * factor)
    twice = [name for (name, _), values in found.items() if len(values) > 1]
    if twice:
        named = ", ".join(f"'{name:.80}'" for name in twice[:_SHOWN]) + ", …" * (len(twice) > _SHOWN)
        problems.append(f"with several numbers of one name, which is which is not known; left out: {named}")
    samples = (raw_sample(name, metric, [*values]) for (name, metric), values in found.items() if len(values) == 1)
    return tuple(samples), tuple(problems)


def _measured(bench: _Bench, direction: Direction | None) -> tuple[str, Metric, float]:
    """Name, metric and factor.

    `NAME - METRIC` is how several metrics of one benchmark are written: with the unit by the action's adapter for Go,
    with our metric's name by `perfgate export`.
    """
    name, separator, suffix = bench.name.rpartition(" - ")
    known = BUILT_IN_METRICS.get(suffix) if separator else None
    metric, factor = _metric(bench, direction)
    if known is not None and (known.unit, known.direction) == (metric.unit, metric.direction):
        return name, known, factor
    if separator and suffix == bench.unit:
        return name, metric, factor
    return bench.name, metric, factor


def _metric(bench: _Bench, direction: Direction | None) -> tuple[Metric, float]:
    try:
        return metric_by_unit(bench.unit, direction)
    except ValueError as error:
        remedy = "set 'direction' to 'lower' or 'higher', such as '--set direction=lower'"
        raise ValueError(f"'{bench.name:.200}': {error}; {remedy}") from error


def _when(milliseconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, timezone.utc)
    except (ValueError, OverflowError, OSError) as error:
        raise ValueError(f"'date' is {milliseconds:g}, which is no time in milliseconds") from error


def _time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=timezone.utc)


def _recognises(source: Source) -> bool:
    if source.is_folder:
        return False
    if not source.is_json():
        return _SCRIPT.match(source.text()) is not None
    content = source.json()
    if isinstance(content, list):
        return bool(content) and all(_is_bench(one) for one in content)
    return isinstance(content, dict) and {"lastUpdate", "entries"} <= content.keys()


def _is_bench(one: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(one, dict) and {"name", "unit", "value"} <= one.keys()


IMPORTER = Importer(
    name="github-action-benchmark",
    title="github-action-benchmark: `data.js`, its JSON, custom JSON",
    versions="`data.js` of 2021 to 2026; its source",
    reads="`value` and `unit` of each entry; commit, date, suite; custom JSON: a list of name, unit, value",
    replicates="one number of each benchmark per run; each entry of a history is a run of one process",
    unit="of each entry: times as seconds, rates per second, else as it is",
    lost="`range`, `extra`, authors; names that stand in one run twice",
    recognises=_recognises,
    parse=parse_github_action,
    settings=_SETTINGS,
)
