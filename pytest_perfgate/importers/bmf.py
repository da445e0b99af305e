"""Bencher Metric Format: benchmark -> measure -> `value`, `lower_value`, `upper_value`.

Seen: the format's documentation (https://bencher.dev/docs/reference/bencher-metric-format), and what
`perfgate export --format bmf` writes. The format tells neither units nor directions: those of Bencher's own measures
are known, the metrics of an export by their names; every other measure must be told by the settings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers.direction import direction_settings, told_direction
from pytest_perfgate.importers.importer import Importer, Setting, Settings
from pytest_perfgate.importers.result import Imported
from pytest_perfgate.importers.samples import LOCATION_PART, raw_sample
from pytest_perfgate.importers.source import Source
from pytest_perfgate.importers.uniform import refuse_repeated
from pytest_perfgate.importers.units import metric_by_unit, metric_name
from pytest_perfgate.model import BUILT_IN_METRICS, Metric, MetricKind, Sample
from pytest_perfgate.model.metric import EXECUTION_TIME, THROUGHPUT_ELEMENTS

_KEYS = {"value", "lower_value", "upper_value"}
# By the slugs of Bencher: nanoseconds, operations per second, seconds, bytes, counts of iai and Gungraun.
_MEASURES: Mapping[str, tuple[Metric, float]] = {
    "latency": (EXECUTION_TIME, 1e-9),
    "throughput": (THROUGHPUT_ELEMENTS, 1.0),
    "build-time": (Metric("build-time", "s", kind=MetricKind.EXECUTION_TIME), 1.0),
    "file-size": (Metric("file-size", "B"), 1.0),
    "instructions": (Metric("instructions", "1", kind=MetricKind.INSTRUCTIONS), 1.0),
    "estimated-cycles": (Metric("estimated_cycles", "1", kind=MetricKind.INSTRUCTIONS), 1.0),
    "allocations": (Metric("allocations", "1", kind=MetricKind.ALLOCATIONS), 1.0),
}
_SETTINGS = (
    Setting("units", (), "MEASURE=UNIT: the unit of a measure that Bencher does not know."),
    *direction_settings("measures of your own"),
)


class _Value(Struct):
    value: float


def parse_bmf(source: Source, settings: Settings) -> tuple[Imported, ...]:
    """One Imported, of one process: a number per benchmark and measure."""
    if not _is_bmf(source.json()):
        raise ValueError("it is not benchmark -> measure -> 'value', with at most 'lower_value' and 'upper_value'")
    samples = tuple(_samples(_values(source), settings))
    refuse_repeated([f"{sample.benchmark} · {sample.metric.name}" for sample in samples])
    return (
        Imported(
            tool="Bencher Metric Format",
            samples=samples,
            started_at=source.modified_at(),
            environment={LOCATION_PART: "as told"},
        ),
    )


def _values(source: Source) -> dict[str, dict[str, float]]:
    """The numbers, each read with its own place: the decoder names no keys of a table."""
    return {
        benchmark: {
            measure: _value(source, one, f"'{benchmark:.80}', '{measure:.80}'") for measure, one in measures.items()
        }
        for benchmark, measures in source.json().items()
    }


def _value(source: Source, one: Any, place: str) -> float:  # noqa: ANN401 - any JSON value
    try:
        return source.typed(_Value, content=one).value
    except ForeignFileError as error:
        raise ForeignFileError(error.file, error.problem, place=f"{place}, {error.place}") from error


def _samples(content: Mapping[str, Mapping[str, float]], settings: Settings) -> Iterator[Sample]:
    measures = dict.fromkeys(measure for found in content.values() for measure in found)
    metrics = {measure: _metric(measure, settings) for measure in measures}
    unknown = [measure for measure, metric in metrics.items() if metric is None]
    if unknown:
        named = ", ".join(f"'{measure:.80}'" for measure in unknown[:5])
        raise ValueError(
            f"is more or less of {named} better? The format does not say: set 'lower_is_better' or 'higher_is_better', "
            f"such as '--set lower_is_better={unknown[0]:.80}'"
        )
    for benchmark, found in content.items():
        for measure, value in found.items():
            metric, factor = metrics[measure] or (EXECUTION_TIME, 1.0)
            yield raw_sample(benchmark, metric, [value * factor])


def _metric(measure: str, settings: Settings) -> tuple[Metric, float] | None:
    """None for a measure whose direction nobody tells."""
    unit = _unit(measure, settings["units"])
    direction = told_direction(measure, settings)
    if unit is None and direction is None:
        known = _MEASURES.get(measure)
        built_in = BUILT_IN_METRICS.get(measure)
        return known or ((built_in, 1.0) if built_in else None)
    try:
        metric, factor = metric_by_unit(unit or "1", direction)
    except ValueError:
        return None
    return Metric(metric_name(measure), metric.unit, metric.direction, metric.kind), factor


def _unit(measure: str, pairs: Sequence[str]) -> str | None:
    for pair in pairs:
        name, equals, unit = pair.rpartition("=")
        if not equals:
            raise ValueError(f"'units' has '{pair:.80}'; it must be MEASURE=UNIT, such as 'startup=ms'")
        if name == measure:
            return unit
    return None


def _is_bmf(content: Any) -> bool:  # noqa: ANN401 - any JSON value
    return (
        isinstance(content, dict)
        and bool(content)
        and all(
            isinstance(measures, dict) and measures and all(_is_value(one) for one in measures.values())
            for measures in content.values()
        )
    )


def _is_value(one: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(one, dict) and "value" in one and one.keys() <= _KEYS


IMPORTER = Importer(
    name="bmf",
    title="Bencher Metric Format",
    versions="its documentation; our own export",
    reads="`value` of each measure",
    replicates="each file is one process, with one number of each measure",
    unit="`latency` in nanoseconds, as seconds; those of Bencher's own measures; else by the settings",
    lost="`lower_value`, `upper_value`",
    recognises=lambda source: source.is_json() and _is_bmf(source.json()),
    parse=parse_bmf,
    settings=_SETTINGS,
)
