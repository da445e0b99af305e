"""nanobench: what its template `ankerl::nanobench::templates::json()` renders.

Seen: the template of version 4 (`src/include/nanobench.h`). `elapsed` is in seconds and divided by `iterations`
already, as the template's own `totalTime`, the sum of their products, shows; `batch` says how many units one iteration
handles, and is not divided out. The counters beside it are per iteration as well; those that the machine does not have
are zero. Every metric that is kept is judged, so they are kept on request. Names are not escaped by the template: one
with a quote makes a file that is no JSON.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from pytest_perfgate.importers.importer import Importer, Setting, Settings
from pytest_perfgate.importers.result import Imported
from pytest_perfgate.importers.samples import LOCATION_PART, raw_sample, throughput_sample
from pytest_perfgate.importers.source import Source
from pytest_perfgate.importers.uniform import Timed, uniform_samples
from pytest_perfgate.importers.units import metric_by_unit
from pytest_perfgate.model import Benchmark, BenchmarkId, Metric, Sample
from pytest_perfgate.model.metric import THROUGHPUT_ELEMENTS

_MEDIAN = "median(elapsed)"
_DEFAULT_TITLE = "benchmark"
_MOST = 2**53  # iterations per epoch: whole numbers beyond are damage


# nanobench's name -> ours, of what it counts per iteration.
_COUNTERS = {
    "instructions": Metric("instructions", "1"),
    "branchinstructions": Metric("branch_instructions", "1"),
    "branchmisses": Metric("branch_misses", "1"),
    "cpucycles": Metric("cpu_cycles", "1"),
    "contextswitches": Metric("context_switches", "1"),
    "pagefaults": Metric("page_faults", "1"),
}
_SETTINGS = (Setting("counters", (), f"What is kept beside the time, and so judged: {', '.join(_COUNTERS)}."),)


class _Measurement(Struct):
    iterations: float
    elapsed: float
    instructions: float = 0.0
    branchinstructions: float = 0.0
    branchmisses: float = 0.0
    cpucycles: float = 0.0
    contextswitches: float = 0.0
    pagefaults: float = 0.0


class _Result(Struct):
    name: str
    median: float = msgspec.field(name=_MEDIAN)
    title: str = ""
    unit: str = "op"
    batch: float = 1.0
    measurements: list[_Measurement] = []


class _File(Struct):
    results: list[_Result]


def parse_nanobench(source: Source, settings: Settings) -> tuple[Imported, ...]:
    """One Imported, of one process; the epochs are the values."""
    counters = _wanted(settings["counters"])
    results = source.typed(_File).results
    samples, how = uniform_samples([_timed(one) for one in results])
    rates = [_throughput(one, sample) for one, sample in zip(results, samples, strict=True) if one.batch > 1]
    return (
        Imported(
            tool="nanobench",
            samples=(*samples, *rates, *(sample for one in results for sample in _counted(one, counters))),
            benchmarks={
                BenchmarkId(_name(one)): Benchmark(BenchmarkId(_name(one)), group=one.title) for one in results
            },
            started_at=source.modified_at(),
            environment={LOCATION_PART: how},
        ),
    )


def _wanted(counters: Sequence[str]) -> Sequence[str]:
    for name in counters:
        if name not in _COUNTERS:
            raise ValueError(f"'counters' names '{name:.40}'; there are: {', '.join(_COUNTERS)}")
    return counters


def _counted(result: _Result, counters: Sequence[str]) -> Iterator[Sample]:
    """A counter that is zero in every epoch is one that the machine does not have."""
    for counter in counters:
        values = [getattr(one, counter) for one in result.measurements]
        if any(values):
            yield raw_sample(_name(result), _COUNTERS[counter], values)


def _name(result: _Result) -> str:
    return result.name if result.title in {"", _DEFAULT_TITLE} else f"{result.title}/{result.name}"


def _timed(result: _Result) -> Timed:
    iterations = sorted(one.iterations for one in result.measurements)
    return Timed(
        name=_name(result),
        values=[one.elapsed for one in result.measurements],
        summaries={"median": result.median},
        iterations=round(min(iterations[len(iterations) // 2], _MOST)) if iterations else 1,
    )


def _throughput(result: _Result, time: Sample) -> Sample:
    """Units per second, where one iteration handles several."""
    try:
        metric, factor = metric_by_unit(f"{result.unit}/s")
    except ValueError:
        metric, factor = THROUGHPUT_ELEMENTS, 1.0
    if not math.isfinite(result.batch):
        raise ValueError(f"'{_name(result):.200}' has a batch of {result.batch:g}")
    return throughput_sample(time, metric, result.batch * factor)


def _recognises(source: Source) -> bool:
    return source.is_json() and _is_rendered(source.json())


def _is_rendered(content: Any) -> bool:  # noqa: ANN401 - any JSON value
    results = content.get("results") if isinstance(content, dict) else None
    return (
        isinstance(results, list) and bool(results) and all(isinstance(one, dict) and _MEDIAN in one for one in results)
    )


IMPORTER = Importer(
    name="nanobench",
    title="nanobench, JSON template",
    versions="4, by its template",
    reads="`measurements`, else `median(elapsed)`; `batch` and `unit` as throughput; `counters` on request",
    replicates="each file is one process; the epochs are its values",
    unit="seconds per iteration; units per second where `batch` is above 1; counts per iteration",
    lost="counters that `counters` does not name, `complexityN`, the other statistics",
    recognises=_recognises,
    parse=parse_nanobench,
    settings=_SETTINGS,
)
