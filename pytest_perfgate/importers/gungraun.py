"""Gungraun, which was iai-callgrind: its `summary.json` files (`--save-summary=json`), or its output as JSON lines.

Seen: the schemas v1, v2, v3 and v6 (iai-callgrind since 0.9), and programs that read v3. Counts stand in three places:
`callgrind_summary.summaries[].events` with `new` and `old` (v1, v2), `callgrind_summary.callgrind_run.total` (0.14, by
its readers), and `tool_summaries` or `profiles` with a total per tool (v3 to v6). `Left` is the new count, `Right`
that of the run before, `Both` has them in this order; of late a count stands in `Int` or `Float`. Valgrind counts: a
second run gives the same, so that one process is enough. Every metric that is kept is judged, so the finer events
(`Dr`, `L1hits`, `Bcm`) are kept on request only; rates (`L1HitRate`), which are no counts, never.
Source: `gungraun-runner/schemas/`.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers.importer import Importer, Setting, Settings
from pytest_perfgate.importers.result import Imported
from pytest_perfgate.importers.samples import raw_sample
from pytest_perfgate.importers.source import Source
from pytest_perfgate.importers.uniform import refuse_repeated
from pytest_perfgate.importers.units import metric_name
from pytest_perfgate.model import Benchmark, BenchmarkId, Metric, MetricKind, Sample
from pytest_perfgate.model.metric import ALLOCATED_PEAK

_COUNTS: Mapping[str, Metric] = {
    "Ir": Metric("instructions", "1", kind=MetricKind.INSTRUCTIONS),
    "EstimatedCycles": Metric("estimated_cycles", "1", kind=MetricKind.INSTRUCTIONS),
    "TotalBytes": Metric("allocated_bytes", "B", kind=MetricKind.ALLOCATIONS),
    "TotalBlocks": Metric("allocations", "1", kind=MetricKind.ALLOCATIONS),
    "AtTGmaxBytes": ALLOCATED_PEAK,
}
_MARKS = ("callgrind_summary", "tool_summaries", "profiles")
_OWN_KEYS = {"module_path", "benchmark_file", "benchmark_exe"}
_SUMMARY = "summary.json"
_LARGEST = 2**64  # what Valgrind's counters hold
_RATE = "Rate"
_SETTINGS = (Setting("events", (), "GLOB: further events that are kept, and so judged, such as 'Dr' or '*hits'."),)


def parse_gungraun(source: Source, settings: Settings) -> tuple[Imported, ...]:
    """One Imported: each benchmark ran once."""
    events = settings["events"]
    samples: list[Sample] = []
    benchmarks: dict[BenchmarkId, Benchmark] = {}
    warnings: list[str] = []
    paths: list[str] = []
    for place, content in _summaries(source):
        paths.append(place)
        name = _name(content, source.path_of(place))
        found = [raw_sample(name, _metric(event), [count]) for event, count in _new_counts(content, name, events)]
        if not found:
            warnings.append(f"'{name:.200}' has no new counts and is left out")
            continue
        samples += found
        facts = {"details": f"{content['details']:.200}"} if isinstance(content.get("details"), str) else {}
        benchmarks[BenchmarkId(name)] = Benchmark(BenchmarkId(name), extra_info=facts)
    refuse_repeated([f"{sample.benchmark} · {sample.metric.name}" for sample in samples])
    return (
        Imported(
            tool="Gungraun",
            samples=tuple(samples),
            benchmarks=benchmarks,
            started_at=source.modified_at(*paths),
            warnings=tuple(warnings),
        ),
    )


def _summaries(source: Source) -> Iterator[tuple[str, dict[str, Any]]]:
    """(path, summary): of a folder's files named summary.json, of a list, or of lines."""
    if source.is_folder:
        found = [(path, source.json(path)) for path in _paths(source)]
    elif source.is_json():
        content = source.json()
        found = [("", one) for one in (content if isinstance(content, list) else [content])]
    else:
        found = [("", one) for _, one in source.json_lines(*_MARKS)]
    for path, one in found:
        if not _is_summary(one):
            raise ForeignFileError(source.path_of(path), "it is no summary of Gungraun or iai-callgrind")
        yield path, one


def _paths(source: Source) -> list[str]:
    return sorted(path for path in source.files if f"/{path}".endswith(f"/{_SUMMARY}"))


def _name(content: dict[str, Any], file: str) -> str:
    """The path `file::group::function`, which since v2 is told beside the function, and the id of the case."""
    parts = [content["module_path"], content.get("id")]
    if not all(isinstance(part, str) for part in parts if part is not None):
        raise ForeignFileError(file, "'module_path' and 'id' must be texts")
    return "::".join(part for part in parts if part)


def _metric(event: str) -> Metric:
    unit = "B" if event.endswith("Bytes") else "1"
    return _COUNTS.get(event) or Metric(metric_name(event), unit, kind=MetricKind.INSTRUCTIONS)


def _new_counts(content: dict[str, Any], name: str, globs: Sequence[str]) -> list[tuple[str, float]]:
    """(event, count) of this run; the first tool that tells one has it (Callgrind is run first)."""
    counts: dict[str, float] = {}
    for events in _event_tables(content):
        for event in events.keys() - counts.keys():
            count = _new(events[event], name) if _is_wanted(event, globs) else None
            if count is not None:
                counts[event] = count
    known = [event for event in _COUNTS if event in counts]
    return [(event, counts[event]) for event in [*known, *sorted(counts.keys() - _COUNTS.keys())]]


def _is_wanted(event: str, globs: Sequence[str]) -> bool:
    if event in _COUNTS:
        return True
    return not event.endswith(_RATE) and any(fnmatch.fnmatchcase(event, glob) for glob in globs)


def _event_tables(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    old = _at(content, "callgrind_summary", "summaries")
    if isinstance(old, list):  # one per process that Callgrind followed
        yield _summed([events for one in old if (events := _at(one, "events"))])
    total = _at(content, "callgrind_summary", "callgrind_run", "total", "summary")
    if isinstance(total, dict):
        yield total
    for key in _MARKS[1:]:
        tools = content.get(key)
        for tool in tools if isinstance(tools, list) else ():
            by_tool = _at(tool, "summaries", "total", "summary")
            if isinstance(by_tool, dict):
                yield from (events for events in by_tool.values() if isinstance(events, dict))


def _summed(tables: list[Any]) -> dict[str, Any]:
    sums: dict[str, Any] = {}
    for events in tables:
        for event, diff in events.items() if isinstance(events, dict) else ():
            new = _at(diff, "new")
            if _is_number(new):
                sums[event] = {"new": _at(sums.get(event), "new") or 0}
                sums[event]["new"] += new
    return sums


def _new(diff: Any, name: str) -> float | None:  # noqa: ANN401 - any JSON value
    metrics = _at(diff, "metrics")
    new = _at(diff, "new") if metrics is None else _at(metrics, "Left")
    both = _at(metrics, "Both")
    if isinstance(both, list) and both:
        new = both[0]
    if isinstance(new, dict):
        new = new.get("Int", new.get("Float"))
    if new is None:
        return None
    if not _is_number(new) or new < 0:
        raise ValueError(f"'{name:.200}' has a count of {new!r:.40}")
    return float(new)


def _at(value: Any, *keys: str) -> Any:  # noqa: ANN401 - any JSON value
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= _LARGEST


def _is_summary(content: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(content, dict) and content.keys() >= _OWN_KEYS and not content.keys().isdisjoint(_MARKS)


def _recognises(source: Source) -> bool:
    if source.is_folder:
        return any(_is_summary(source.json(path)) for path in _paths(source))
    if source.is_json():
        content = source.json()
        return _is_summary(content[0] if isinstance(content, list) and content else content)
    return any(_is_summary(one) for _, one in source.json_lines(*_MARKS))


IMPORTER = Importer(
    name="gungraun",
    title="Gungraun, iai-callgrind",
    versions="schemas v1, v2, v3 and v6, by their text",
    reads="the new totals of `summary.json` (a folder such as `target/gungraun`, or one file) or of JSON lines: "
    "Ir, EstimatedCycles; of DHAT the blocks and bytes, in all and at the peak",
    replicates="counted, not timed: one process is enough",
    unit="1; bytes",
    lost="the counts of the run before, rates, errors of memcheck and its like, events that `events` does not name",
    recognises=_recognises,
    parse=parse_gungraun,
    settings=_SETTINGS,
    usual_places=lambda _environ: ("target/gungraun", "target/iai"),
)
