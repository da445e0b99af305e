"""Replay the recorded history through settings: the gate itself judges every recorded run by those before it."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence

from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.analysis.backtest import lines_for, ranked, result_of
from pytest_perfgate.analysis.known_steps import KnownSteps, is_timed, known_steps, slowed, victim_of
from pytest_perfgate.errors import CannotJudgeError
from pytest_perfgate.model import Acceptance, BenchmarkId, GateReport, Policy, Run, Sample
from pytest_perfgate.model.backtest import (
    BacktestReport,
    FailedRow,
    Injection,
    ReplayedBuild,
    Setting,
    Step,
)
from pytest_perfgate.ports import BaselineStore
from pytest_perfgate.workflows.gate import gate
from pytest_perfgate.workflows.reference import History, Window

# Runs of one task: they share the loading of the window before them.
BLOCK = 8


class Plan(Struct, frozen=True):
    """What is replayed; the same for every task.

    `ids`: the recorded runs in their order; `candidates`: places of those that are judged; `sizes`: slowdowns to
    inject; `seed`: of the victims.
    """

    fingerprint: str
    ids: tuple[str, ...]
    candidates: tuple[int, ...]
    settings: tuple[Setting, ...]
    policy: Policy
    steps: tuple[Step, ...]
    acceptances: tuple[Acceptance, ...]
    sizes: tuple[float, ...]
    seed: int

    @property
    def blocks(self) -> tuple[tuple[int, ...], ...]:
        """The candidates of each task."""
        return tuple(self.candidates[start : start + BLOCK] for start in range(0, len(self.candidates), BLOCK))


def usable_runs(headers: Sequence[Run], policy: Policy, location: str) -> tuple[Run, ...]:
    """The headers of the runs that a replay can use, oldest first, of the newest run's suite.

    Raises CannotJudgeError where they are too few.
    """
    trusted = [h for h in headers if not h.untrusted and not (h.commit is not None and h.commit.dirty)]
    ordered = sorted(trusted, key=lambda header: (header.started_at, header.id))
    usable = tuple(header for header in ordered if header.suite == ordered[-1].suite)
    if len(usable) <= policy.minimum_runs:
        raise CannotJudgeError(
            f"'{location}' has {len(usable)} usable run{'s' * (len(usable) != 1)} of this environment; a replay needs "
            f"more than the {policy.minimum_runs} that a verdict needs. Record with 'pytest --perfgate-record'."
        )
    return usable


def check_processes(runs: Sequence[Run], settings: Collection[Setting]) -> None:
    """Raise CannotJudgeError where a setting asks for more processes than a recorded run has."""
    recorded = min(len({sample.process for sample in run.samples if sample.look == 0}) for run in runs)
    most = max(setting.processes for setting in settings)
    if most > recorded:
        raise CannotJudgeError(
            f"processes = {most} can't be replayed: the recorded runs have {recorded}. "
            "'perfgate sensitivity' says what more would buy."
        )


def replay_block(
    plan: Plan,
    block: Sequence[int],
    load: Callable[[Sequence[str]], Sequence[Run]],
    hold: Callable[[Sequence[Run]], BaselineStore],
) -> tuple[ReplayedBuild, ...]:
    """Judge the runs at some places under every setting.

    `load` brings runs by their ids, in their order; `hold` makes a store of runs.
    """
    widest = max(setting.window_runs for setting in plan.settings)
    looks = max(setting.max_looks for setting in plan.settings)
    start = max(0, block[0] - widest)
    runs = tuple(load(plan.ids[start : block[-1] + looks]))
    known = known_steps(plan.steps)
    builds = []
    for number, setting in enumerate(plan.settings):
        trimmed = [_with_processes(run, setting.processes) for run in runs]
        level = [known.levelled(run, start + index) for index, run in enumerate(trimmed)]
        replayed = _Replay(plan, setting, number, start, trimmed, level, known, hold)
        builds += [replayed.build(place) for place in block]
    return tuple(builds)


def _with_processes(run: Run, count: int) -> Run:
    """The first processes of a run's first look."""
    kept = sorted({sample.process for sample in run.samples if sample.look == 0})[:count]
    number = {process: index for index, process in enumerate(kept)}
    return replace(
        run,
        samples=tuple(
            s if number[s.process] == s.process else replace(s, process=number[s.process])
            for s in run.samples
            if s.look == 0 and s.process in number
        ),
    )


class _Replay:
    """One setting over the runs of one task."""

    def __init__(
        self,
        plan: Plan,
        setting: Setting,
        number: int,
        start: int,
        runs: Sequence[Run],
        level: Sequence[Run],
        known: KnownSteps,
        hold: Callable[[Sequence[Run]], BaselineStore],
    ) -> None:
        self._plan, self._setting, self._number, self._start = plan, setting, number, start
        self._runs, self._level, self._known, self._hold = runs, level, known, hold
        least = {**plan.policy.min_change, "execution_time": setting.min_change}
        self._policy = replace(
            plan.policy, method=setting.method, alpha=setting.alpha, correction=setting.correction, min_change=least
        )

    def build(self, place: int) -> ReplayedBuild:
        """The run at a place: as recorded, with the known changes taken out, and with slowdowns on top of that."""
        index = place - self._start
        candidate = self._runs[index]
        same_code = [run for run in self._runs[index + 1 :] if _is_same_code(run, candidate)]
        recorded = self._judge(self._runs, index, same_code[: self._setting.max_looks - 1], self._plan.acceptances)
        looks = self._level[index + 1 : index + self._setting.max_looks]
        unchanged = self._judge(self._level, index, looks, ())
        first = self._start + max(0, index - len(recorded.baseline))
        return ReplayedBuild(
            setting=self._number,
            place=place,
            run=candidate.id,
            outcome=recorded.outcome.value,
            failed=tuple(self._confirmed(row, first, place) for row in _failed(recorded)),
            false_failed=_failed(unchanged),
            injections=tuple(self._inject(index, looks, size, place) for size in self._plan.sizes if _timed(candidate)),
            effort=len(unchanged.candidate.samples) / len(candidate.samples) if unchanged.candidate else 1.0,
        )

    def _inject(self, index: int, looks: Sequence[Run], size: float, place: int) -> Injection:
        victim = victim_of(_timed(self._level[index]), seed=self._plan.seed, place=place, size=size)
        slow = [slowed(run, victim, math.log1p(size)) for run in (self._level[index], *looks)]
        runs = [*self._level[:index], slow[0]]
        report = self._judge(runs, index, slow[1:], ())
        failed = {row.benchmark for row in report.judgements if row.fails}
        return Injection(size, victim, victim in failed, bool(failed - {victim}))

    def _judge(
        self, runs: Sequence[Run], index: int, looks: Sequence[Run], acceptances: Sequence[Acceptance]
    ) -> GateReport:
        candidate = runs[index]
        known = [item for item in acceptances if item.accepted_at is None or item.accepted_at <= candidate.started_at]

        def look_again(doubt: Collection[BenchmarkId], look: int) -> tuple[Sample, ...]:
            after = self._setting.processes * look
            return tuple(
                replace(s, look=look, process=s.process + after)
                for s in looks[look - 1].samples
                if s.benchmark in doubt
            )

        return gate(
            candidate,
            store=self._hold(runs[:index]),
            policy=replace(self._policy, max_looks=1 + len(looks)),
            window=Window(days=self._setting.window_days, runs=self._setting.window_runs),
            history=History(),
            acceptances=known,
            now=candidate.started_at,
            look_again=look_again,
        )

    def _confirmed(self, row: FailedRow, first: int, place: int) -> FailedRow:
        return replace(row, step=self._known.explaining(row.benchmark, row.metric, first, place))


def _failed(report: GateReport) -> tuple[FailedRow, ...]:
    return tuple(
        FailedRow(row.benchmark, row.metric.name, row.comparison.relative_change or 0.0)
        for row in report.judgements
        if row.fails and row.comparison is not None
    )


def _is_same_code(run: Run, candidate: Run) -> bool:
    return run.commit is not None and candidate.commit is not None and run.commit.revision == candidate.commit.revision


def _timed(run: Run) -> tuple[BenchmarkId, ...]:
    """Benchmarks with a metric of time."""
    return tuple(dict.fromkeys(sample.benchmark for sample in run.samples if is_timed(sample.metric)))


def summarised(
    plan: Plan,
    headers: Sequence[Run],
    builds: Sequence[ReplayedBuild],
    present: Setting,
    *,
    benchmarks: int,
    max_time_s: float,
) -> BacktestReport:
    """All settings, best first; the same whatever order the tasks ended in."""
    ordered = tuple(sorted(builds, key=lambda build: (build.setting, build.place)))
    results = ranked(
        result_of(
            setting,
            [build for build in ordered if build.setting == number],
            plan.steps,
            measured_s=benchmarks * max_time_s * setting.processes / present.processes,
        )
        for number, setting in enumerate(plan.settings)
    )
    return BacktestReport(
        environment=plan.fingerprint,
        runs=len(plan.ids),
        benchmarks=benchmarks,
        first=f"{headers[0].started_at:%Y-%m-%d}",
        last=f"{headers[-1].started_at:%Y-%m-%d}",
        steps=plan.steps,
        present=present,
        results=results,
        lines=lines_for(results[0].setting, present, max_time_s),
        builds=ordered,
    )
