"""tinybench: its tasks as JSON, such as `JSON.stringify(bench.tasks.map(({ name, result }) => ({ name, result })))`.

Seen: 2.9, 3.1, 5.1 and 6.2 as they write it, with `result` as a key or spread beside `name`. Plain
`JSON.stringify(bench.tasks)` is the same up to 5, and has nothing in it in 6. Times are milliseconds: flat in `result`
up to 2, below `latency` since 3. Samples are always there up to 5, in 6 by `retainSamples`. `hz` and `throughput` are
no second measurement: they are made of the same samples (and `throughput.mean`, a mean of quotients, is not
`1 / latency.mean`).
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from pytest_perfgate.importers.importer import Importer, Settings
from pytest_perfgate.importers.result import Imported
from pytest_perfgate.importers.samples import LOCATION_PART
from pytest_perfgate.importers.source import Source
from pytest_perfgate.importers.uniform import Timed, uniform_samples

_MS = 1e-3
_OTHERS = {"stats", "unit", "value"}  # keys of Benchmark.js and github-action-benchmark, which are such lists, too


class _Latency(Struct):
    mean: float | None = None
    p50: float | None = None
    samples: list[float] | None = None


class _Result(Struct):
    mean: float | None = None
    samples: list[float] | None = None
    latency: _Latency | None = None
    runtime: str = ""
    runtimeVersion: str = ""  # noqa: N815 - tinybench's key


def parse_tinybench(source: Source, _settings: Settings) -> tuple[Imported, ...]:
    """One Imported, of one process."""
    tasks = source.json()
    if not _is_list_of_tasks(tasks):
        raise ValueError("it is no list of tasks with 'name' and 'result'")
    timed: list[Timed] = []
    failed: list[str] = []
    runtime = ""
    for task in tasks:
        result = source.typed(_Result, content=_result_of(task))
        runtime = runtime or f"{result.runtime} {result.runtimeVersion}".strip()
        latency = result.latency or _Latency(mean=result.mean, samples=result.samples)
        if latency.mean is None:
            failed.append(f"'{task['name']:.200}' has no times (it threw or was aborted) and is left out")
            continue
        timed.append(_timed(task["name"], latency))
    samples, how = uniform_samples(timed)
    return (
        Imported(
            tool="tinybench",
            samples=tuple(samples),
            started_at=source.modified_at(),
            environment={LOCATION_PART: how, "runtime": runtime[:80]},
            warnings=tuple(failed),
        ),
    )


def _timed(name: str, latency: _Latency) -> Timed:
    return Timed(
        name=name,
        values=[value * _MS for value in latency.samples or ()],
        summaries={
            "median": None if latency.p50 is None else latency.p50 * _MS,
            "mean": None if latency.mean is None else latency.mean * _MS,
        },
    )


def _result_of(task: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
    return task.get("result") or task


def _is_list_of_tasks(content: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(content, list) and bool(content) and all(_is_task(task) for task in content)


def _is_task(task: Any) -> bool:  # noqa: ANN401 - any JSON value
    """A failed task tells its error or state only."""
    if not isinstance(task, dict) or not isinstance(task.get("name"), str) or not _OTHERS.isdisjoint(task):
        return False
    result = _result_of(task)
    return isinstance(result, dict) and bool({"latency", "period", "error", "state"} & result.keys())


IMPORTER = Importer(
    name="tinybench",
    title="tinybench, tasks as JSON",
    versions="2.9, 3.1, 5.1, 6.2",
    reads="`samples` where all tasks have them, else the median, else the mean",
    replicates="each file is one process; the samples are its values",
    unit="milliseconds, as seconds",
    lost="`hz` and `throughput` (made of the same samples), the other statistics",
    recognises=lambda source: source.is_json() and _is_list_of_tasks(source.json()),
    parse=parse_tinybench,
)
