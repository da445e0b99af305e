"""JMH's JSON (`-rf json`).

Seen: 1.37 in a public result, an older one by `JSONResultFormat.java`; the fixtures are generated after both. `rawData`
has a list of iterations per fork, each a score per operation in `scoreUnit` already; a fork is a JVM of its own. Mode
`sample` has `rawDataHistogram` instead: per iteration pairs of a call's time and how often it was seen. `thrpt` counts
operations per time and is better when higher, `avgt`, `sample` and `ss` are times. What is no number is a text, such as
"NaN". Old versions name neither themselves nor the JVM.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers.importer import Importer, Settings
from pytest_perfgate.importers.result import Imported
from pytest_perfgate.importers.samples import MOST_VALUES, raw_sample
from pytest_perfgate.importers.source import Source
from pytest_perfgate.importers.uniform import refuse_repeated
from pytest_perfgate.importers.units import metric_name
from pytest_perfgate.model import BUILT_IN_METRICS, Direction, Metric, MetricKind, Sample
from pytest_perfgate.model.metric import EXECUTION_TIME, THROUGHPUT_ELEMENTS

_MODES = {"thrpt": THROUGHPUT_ELEMENTS, "avgt": EXECUTION_TIME, "sample": EXECUTION_TIME, "ss": EXECUTION_TIME}
_TIMES = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "hr": 3600.0, "day": 86400.0}
_ALLOCATED = "gc.alloc.rate.norm"
_ALLOCATED_BYTES = Metric("allocated_bytes", "B", kind=MetricKind.ALLOCATIONS)
_OLD_MARK = "·"  # before the names of profilers' metrics, until 1.36


class _Score(Struct, rename="camel"):
    score_unit: str
    raw_data: list[list[float | str]] | None = None
    raw_data_histogram: list[list[list[tuple[float, int]]]] | None = None


class _Result(Struct, rename="camel"):
    benchmark: str
    mode: str
    primary_metric: _Score
    jmh_version: str = ""
    threads: int = 1
    jdk_version: str = ""
    vm_name: str = ""
    vm_version: str = ""
    params: dict[str, str] = {}
    secondary_metrics: dict[str, _Score] = {}


def parse_jmh(source: Source, _settings: Settings) -> tuple[Imported, ...]:
    """One Imported; every fork is a process."""
    results = [source.typed(_Result, content=one) for one in source.typed(list[Any])]
    if not results:
        raise ForeignFileError(source.name, "no benchmark was run")
    refuse_repeated([_name(result) for result in results])
    machines = {_jvm(result) for result in results}
    if len(machines) > 1:
        raise ForeignFileError(source.name, f"it holds results of several JVMs: {', '.join(sorted(machines))}")
    return (
        Imported(
            tool="jmh",
            tool_version=results[0].jmh_version,
            samples=tuple(sample for result in results for sample in _samples(result)),
            started_at=source.modified_at(),
            environment={"jvm": next(iter(machines))},
        ),
    )


def _name(result: _Result) -> str:
    """With all that JMH tells apart: one method runs in several modes, with parameters and threads."""
    parts = [f"{name}={value}" for name, value in sorted(result.params.items())]
    parts += [f"threads={result.threads}"] * (result.threads != 1)
    return f"{result.benchmark}:{result.mode}" + (f"({', '.join(parts)})" if parts else "")


def _jvm(result: _Result) -> str:
    return f"{result.vm_name} {result.vm_version or result.jdk_version}".strip()[:200]


def _samples(result: _Result) -> Iterator[Sample]:
    name = _name(result)
    metric = _MODES.get(result.mode)
    if metric is None:
        raise ValueError(f"'{name:.200}' has the mode '{result.mode:.40}'; there are: {', '.join(_MODES)}")
    factor = _factor(result.primary_metric.score_unit, metric)
    if factor is None:
        raise ValueError(f"'{name:.200}' has the unit '{result.primary_metric.score_unit:.40}' in mode {result.mode}")
    forks = _forks(name, result.primary_metric)
    for process, values in enumerate(forks):
        yield raw_sample(name, metric, [value * factor for value in values], process=process)
    for key, score in result.secondary_metrics.items():
        yield from _secondary(name, key, score)


def _factor(unit: str, metric: Metric) -> float | None:
    """`ns/op` for times, `ops/ns` for rates; None for another unit."""
    amount, slash, per = unit.partition("/")
    if metric is THROUGHPUT_ELEMENTS:
        return 1 / _TIMES[per] if amount == "ops" and per in _TIMES else None
    return _TIMES.get(amount) if slash and per == "op" else None


def _forks(name: str, score: _Score) -> list[list[float]]:
    """Values of each fork; of calls that were counted by their time the quantiles."""
    if score.raw_data_histogram is not None:
        return [
            _quantiles(name, [pair for iteration in fork for pair in iteration]) for fork in score.raw_data_histogram
        ]
    forks = score.raw_data or []
    if not forks:
        raise ValueError(f"'{name:.200}' has no raw data; run it without '-Djmh.json.rawData=false'")
    if not all(forks):
        raise ValueError(f"'{name:.200}' has a fork without iterations")
    texts = [value for fork in forks for value in fork if isinstance(value, str)]
    if texts:
        raise ValueError(f"'{name:.200}' has a score of '{texts[0]:.40}', which is no number")
    return [[float(value) for value in fork] for fork in forks]


def _quantiles(name: str, pairs: Sequence[tuple[float, int]]) -> list[float]:
    """Evenly spaced quantiles of values that come with counts: a fork may have timed millions of calls."""
    known = sorted((value, count) for value, count in pairs if count > 0)
    total = sum(count for _, count in known)
    if not total or any(value != value for value, _ in known):  # noqa: PLR0124 - NaN
        raise ValueError(f"'{name:.200}' has a fork without calls")
    wanted = min(total, MOST_VALUES)
    ranks = iter([(2 * index + 1) * total // (2 * wanted) for index in range(wanted)])
    rank = next(ranks)
    found, seen = [], 0
    for value, count in known:
        seen += count
        while rank < seen:
            found.append(value)
            rank = next(ranks, total)
    return found


def _secondary(name: str, key: str, score: _Score) -> Iterator[Sample]:
    """What profilers and the methods of a group measured; a profiler that saw nothing writes NaN or no data."""
    forks = score.raw_data or []
    if not forks or not all(forks) or any(isinstance(value, str) for fork in forks for value in fork):
        return
    found = _secondary_metric(key.removeprefix(_OLD_MARK), score.score_unit)
    if found is None:
        return
    metric, factor = found
    for process, fork in enumerate(forks):
        yield raw_sample(name, metric, [float(value) * factor for value in fork], process=process)


def _secondary_metric(key: str, unit: str) -> tuple[Metric, float] | None:
    """None for what is neither better nor worse when there is more of it, such as the rate of allocation."""
    if key == _ALLOCATED:
        return _ALLOCATED_BYTES, 1.0
    label = metric_name(key)
    label = f"{label}_secondary" if label in BUILT_IN_METRICS else label
    rate, time = _factor(unit, THROUGHPUT_ELEMENTS), _factor(unit, EXECUTION_TIME)
    if rate is not None:
        return Metric(label, "1/s", Direction.HIGHER_IS_BETTER), rate
    return (Metric(label, "s"), time) if time is not None else None


def _recognises(source: Source) -> bool:
    if not source.is_json():
        return False
    content = source.json()
    return (
        isinstance(content, list)
        and bool(content)
        and all(isinstance(one, dict) and {"benchmark", "mode", "primaryMetric"} <= one.keys() for one in content)
    )


IMPORTER = Importer(
    name="jmh",
    title="JMH JSON",
    versions="1.37 in a public result, older by their source",
    reads=(
        "`rawData` or `rawDataHistogram` of every fork; mode, `params`, threads, JVM; times and rates of secondary "
        "metrics, allocated bytes"
    ),
    replicates="each fork is a process; its iterations are the values (in mode `sample` 100 quantiles of the calls)",
    unit="by `scoreUnit`: times as seconds per operation, `thrpt` as operations per second",
    lost=(
        "the other metrics of profilers, whose direction is not known; the JVM's arguments, warm-up and measuring "
        "times, percentiles"
    ),
    recognises=_recognises,
    parse=parse_jmh,
)
