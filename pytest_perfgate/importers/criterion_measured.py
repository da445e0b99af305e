"""What Criterion and cargo-criterion measured of one benchmark, and the samples that it makes."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from pytest_perfgate.importers.importer import Settings
from pytest_perfgate.importers.samples import metric_of, raw_sample, summary_sample, throughput_sample
from pytest_perfgate.model import Direction, Metric, Sample
from pytest_perfgate.model.metric import EXECUTION_TIME, THROUGHPUT_BYTES, THROUGHPUT_ELEMENTS

# The unit of Criterion's own measurement, the wall clock.
NANOSECONDS = "ns"
_BITS = 1 / 8
_LARGEST = 2**64  # of Criterion's numbers
# Criterion's names of what an iteration handles -> metric, and the factor to its base unit.
_THROUGHPUTS = {
    "bytes": (THROUGHPUT_BYTES, 1.0),
    "bytesdecimal": (THROUGHPUT_BYTES, 1.0),
    "bits": (THROUGHPUT_BYTES, _BITS),
    "elements": (THROUGHPUT_ELEMENTS, 1.0),
}


class Measured(Struct, frozen=True):
    """One benchmark.

    `totals`: one per sample, in `unit`, each for as many iterations as stand in `iterations`; `unit`: None where
    the files do not tell it. `median`: instead of totals, per iteration, from a tree that has no samples.
    `throughput`: kind -> amount per iteration. `finished_at`: when the result was written.
    """

    id: str
    iterations: tuple[float, ...] = ()
    totals: tuple[float, ...] = ()
    median: float | None = None
    unit: str | None = None
    throughput: Mapping[str, float] = {}
    group: str = ""
    finished_at: datetime | None = None
    facts: dict[str, str] = {}

    @property
    def duration_s(self) -> float:
        """How long the measurement took at least, where it is a time."""
        return sum(self.totals) * 1e-9 if self.unit in {None, NANOSECONDS} else 0.0


def parse_throughput(value: object) -> dict[str, float]:
    """`null`, `{"Bytes": 1024}`, `{"ElementsAndBytes": {"elements": 3, "bytes": 12}}`, or a list of such."""
    found: dict[str, float] = {}
    for part in value if isinstance(value, list) else [value]:
        for kind, amount in part.items() if isinstance(part, dict) else ():
            nested = amount if isinstance(amount, dict) else {kind: amount}
            found.update({str(name).lower(): number for name, number in nested.items() if _is_amount(number)})
    return found


def _is_amount(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < _LARGEST


def samples_of(measured: Measured, name: str, settings: Settings) -> tuple[list[Sample], list[str]]:
    """Samples of one process, under `name`, and what there is to warn of."""
    metric, factor, warnings = _metric(measured, settings)
    if measured.median is not None:
        sample, _ = summary_sample(name, metric, {"median": measured.median * factor})
        iterations = 1
    else:
        values, iterations = _per_iteration(measured, factor)
        sample = raw_sample(name, metric, values, iterations=iterations)
    found = [sample]
    for kind, amount in measured.throughput.items():
        if kind not in _THROUGHPUTS:
            warnings.append(f"'{name:.200}' has a throughput in '{kind:.40}', which is not known and left out")
        elif metric is EXECUTION_TIME:
            rate, scale = _THROUGHPUTS[kind]
            found.append(throughput_sample(sample, rate, amount * scale))
    return found, warnings


def _per_iteration(measured: Measured, factor: float) -> tuple[list[float], int]:
    """Values per iteration; totals grow with the iterations under linear sampling, and stay level under flat."""
    counts = measured.iterations
    if len(counts) != len(measured.totals) or not counts:
        raise ValueError(f"'{measured.id:.200}' has {len(measured.totals)} values for {len(counts)} iteration counts")
    if not all(count >= 1 for count in counts):
        raise ValueError(f"'{measured.id:.200}' has a sample of {min(counts):g} iterations")
    values = [total * factor / count for total, count in zip(measured.totals, counts, strict=True)]
    return values, round(sorted(counts)[len(counts) // 2])


def _metric(measured: Measured, settings: Settings) -> tuple[Metric, float, list[str]]:
    """What was measured: what the configuration says, else the files, else the wall clock that is Criterion's own."""
    unit = _setting_for(measured.id, settings["units"])
    unit = measured.unit if unit is None else unit
    if unit is None or unit == NANOSECONDS:
        return EXECUTION_TIME, 1e-9, []
    higher = any(fnmatch.fnmatchcase(measured.id, pattern) for pattern in settings["higher_is_better"])
    direction = Direction.HIGHER_IS_BETTER if higher else None
    if not unit:
        unitless = Metric("value", "1", direction or Direction.LOWER_IS_BETTER)
        return unitless, 1.0, [f"'{measured.id:.200}' was measured by a measurement of its own that tells no unit"]
    metric, factor = metric_of(unit, direction=direction)
    if metric.name == "value":
        metric = Metric(_as_name(unit), metric.unit, metric.direction, metric.kind)
    return metric, factor, []


def _setting_for(benchmark: str, pairs: Sequence[str]) -> str | None:
    for pair in pairs:
        pattern, equals, unit = pair.rpartition("=")
        if not equals:
            raise ValueError(f"'units' has '{pair:.80}'; it must be GLOB=UNIT, such as 'cycles/*=cycles'")
        if fnmatch.fnmatchcase(benchmark, pattern):
            return unit
    return None


def _as_name(unit: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "_-." else "_" for letter in unit)[:40] or "value"


def unique_names(found: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """(name, warning) for each (id, folder): two benchmarks with the same id get their folders' names behind it."""
    counts: dict[str, int] = {}
    for name, _ in found:
        counts[name] = counts.get(name, 0) + 1
    for name, folder in found:
        if counts[name] == 1:
            yield name, ""
        else:
            yield f"{name} ({folder})", f"'{name:.200}' is the id of {counts[name]} benchmarks; told apart by folder"
