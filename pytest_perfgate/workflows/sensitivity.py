"""What the gate can see here: the present settings, and what other ones would buy."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.analysis.columns import ColumnBuilder
from pytest_perfgate.analysis.compare import is_judged, judged_metrics, read_baseline
from pytest_perfgate.analysis.run_level import RATCHET_MINIMUM_RUNS, level_changes
from pytest_perfgate.analysis.sensitivity import Question, sensitivity_of, typical
from pytest_perfgate.errors import CannotJudgeError
from pytest_perfgate.model import BenchmarkId, Policy, Run
from pytest_perfgate.model.sensitivity import BenchmarkSensitivity, Design, SensitivityReport
from pytest_perfgate.ports import BaselineStore
from pytest_perfgate.workflows.names import chosen_names
from pytest_perfgate.workflows.preconditions import why_no_reference
from pytest_perfgate.workflows.reference import History, Window, select_reference

_RECORD = "'pytest --perfgate-record'"


class Effort(Struct, frozen=True):
    """How a run is measured: processes, and seconds per benchmark over all of them."""

    processes: int
    max_time_s: float


def sensitivity(  # noqa: PLR0913 - a workflow's dependencies are its arguments
    store: BaselineStore,
    fingerprint: str,
    *,
    policy: Policy,
    window: Window,
    history: History,
    effort: Effort,
    confirm: str = "baseline",
    only: Collection[str] = (),
    seed: int = 1,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> SensitivityReport:
    """The smallest changes seen with 80 and 95 % power, benchmark by benchmark, by the runs that the gate would use.

    `confirm`: "paired" where the first look's doubts are measured in turns: then it is said, too, what gets there.
    `only`: names or globs. `progress` hears how many rows of how many are done. Raises CannotJudgeError where too
    little is recorded, and for `method = "welch"`, whose error level is not what it says.
    """
    if policy.method == "welch":
        raise CannotJudgeError(
            "method = 'welch' takes rounds for independent, so that no power can be stated for it; "
            "'perfgate backtest --method welch' shows how it does on your runs."
        )
    headers = store.load_headers(fingerprint)
    if not headers:
        raise CannotJudgeError(f"'{store.location}' has no run of this environment; record with {_RECORD}.")
    newest = _newest(store, fingerprint, headers)
    reference = select_reference(headers, suite=newest.suite, history=history, window=window, now=newest.started_at)
    problem = why_no_reference(newest, store, reference, policy)
    if problem is not None:
        raise CannotJudgeError(problem[1])
    names = chosen_names(newest.benchmarks, only, store.location)
    metrics = judged_metrics(newest, policy)
    baseline = read_baseline(
        store.load_runs(fingerprint, reference.run_ids, metrics=frozenset(metrics)), newest, policy
    )
    builder = ColumnBuilder(metrics.values(), tuple(newest.benchmarks))
    builder.add(newest)
    changes = {
        ours.metric.name: (ours, level_changes(theirs, ours, policy.interval_level, tests=1, alpha=policy.alpha))
        for ours in builder.columns()
        if (theirs := baseline.columns.get(ours.metric.name)) is not None
    }
    asked = [
        (name, place, benchmark)
        for name, (ours, change) in changes.items()
        for place, benchmark in enumerate(ours.benchmarks)
        if is_judged(benchmark, change.metric, newest, policy)
        and not _is_skipped(newest, benchmark)
        and np.isfinite(ours.values[:, place]).any()
    ]
    tested = [(name, place, benchmark) for name, place, benchmark in asked if place not in changes[name][1].problems]
    designs = _designs(baseline.runs, effort, policy, window)
    question = Question(
        designs=designs,
        asked_twice=tuple(design.runs >= RATCHET_MINIMUM_RUNS for design in designs),
        policy=policy,
        tests=len(tested),
        seed=seed,
        in_turns=confirm == "paired",
    )
    wanted = [item for item in tested if item[2] in names]
    rows = []
    for number, (name, place, benchmark) in enumerate(wanted):
        progress(number, len(wanted))
        change = changes[name][1]
        rows.append(sensitivity_of(change, place, benchmark, newest.benchmarks.get(benchmark), question))
    return SensitivityReport(
        environment=fingerprint,
        alpha=policy.alpha,
        tests=question.tests,
        designs=_with_costs(designs, rows, effort),
        benchmarks=tuple(sorted(rows, key=lambda row: (-_size(row), row.benchmark, row.metric.name))),
        left_out={
            f"{benchmark} · {name}": changes[name][1].problems[place]
            for name, place, benchmark in asked
            if benchmark in names and place in changes[name][1].problems
        },
        confirm=confirm,
    )


def _newest(store: BaselineStore, fingerprint: str, headers: Sequence[Run]) -> Run:
    last = max(headers, key=lambda header: (header.started_at, header.id))
    return next(iter(store.load_runs(fingerprint, [last.id])))


def _is_skipped(run: Run, benchmark: BenchmarkId) -> bool:
    facts = run.benchmarks.get(benchmark)
    return facts is not None and bool(facts.skip)


def _designs(runs: int, effort: Effort, policy: Policy, window: Window) -> tuple[Design, ...]:
    """The present design, and what could be bought: more processes, more recorded runs."""
    now = Design("present settings", effort.processes, runs, policy.max_looks)
    found = [now]
    for factor in (2, 4):
        processes = factor * effort.processes
        name = f"processes = {processes}, max_time = {effort.max_time_s * factor:g}"
        found.append(replace(now, name=name, processes=processes))
    more = sorted(count for count in {min(2 * runs, window.runs), window.runs} if count > runs)
    return (*found, *(replace(now, name=f"{count} recorded runs", runs=count) for count in more))


def _with_costs(designs: Sequence[Design], rows: Sequence[BenchmarkSensitivity], effort: Effort) -> tuple[Design, ...]:
    """Seconds of measuring; metrics of one benchmark are measured together, its doubtful one decides the looks."""
    found = []
    for number, design in enumerate(designs):
        looks: dict[BenchmarkId, float] = {}
        for row in rows:
            looks[row.benchmark] = max(looks.get(row.benchmark, 1.0), row.seen[number].looks)
        per_look = effort.max_time_s * design.processes / effort.processes
        missing = design.runs - designs[0].runs
        found.append(
            replace(
                design,
                measuring_s=per_look * sum(looks.values()),
                once_s=missing * effort.max_time_s * len(looks),
                typical_80=typical(rows, number),
            )
        )
    return tuple(found)


def _size(row: BenchmarkSensitivity) -> float:
    """How far the change that is seen is above the one that matters."""
    size = row.seen[0].at_80
    return math.inf if size is None else size / row.min_change
