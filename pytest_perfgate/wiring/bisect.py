"""A search for a commit with everything real: git, worktrees, pairs of processes, and a state that survives."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.analysis.judge import min_change_of
from pytest_perfgate.config import paired_policy_from
from pytest_perfgate.errors import CannotJudgeError, ConfigError
from pytest_perfgate.measure import revision as revisions
from pytest_perfgate.measure.bisection import line_between, open_bisection
from pytest_perfgate.measure.cache_folder import prepare_cache
from pytest_perfgate.measure.owner import read_owner, write_owner
from pytest_perfgate.model import BenchmarkId
from pytest_perfgate.model.bisect import (
    BisectQuestion,
    BisectRecord,
    BisectReport,
    Finding,
    LineCommit,
    MeasuredPair,
    Unusable,
)
from pytest_perfgate.model.metric import EXECUTION_TIME
from pytest_perfgate.model.source import Revision
from pytest_perfgate.storage.bisect_state import BisectState, BisectStates
from pytest_perfgate.wiring.bisect_steps import BisectSteps
from pytest_perfgate.wiring.listener import Listener
from pytest_perfgate.wiring.origins import Workplace, find_workplace
from pytest_perfgate.wiring.project import Project, now
from pytest_perfgate.wiring.request import PairedRequest
from pytest_perfgate.workflows.bisect import bisect, steps_left
from pytest_perfgate.workflows.bisect_search import BisectPlan, Mark

_FOLDER = "bisect"
_OWNER = "owner.json"


class BisectRequest(Struct, frozen=True):
    """What a face asks for; what is empty or None comes from the configuration, or from the search that is resumed.

    `good`, `bad`: revisions, "." for the working tree; `arguments`: pytest's, the benchmarks first; `folder`: where
    it was called.
    """

    folder: Path
    seed: int
    good: str = ""
    bad: str = ""
    arguments: tuple[str, ...] = ()
    improvement: bool = False
    min_change: float | None = None
    budget_s: float | None = None
    resume: bool = False
    reset: bool = False


def run_bisect(project: Project, request: BisectRequest, *, listener: Listener) -> BisectReport:
    """Search, or go on searching; every pair is kept as soon as it is measured."""
    began = time.monotonic()
    place = find_workplace(project, Revision(request.bad), say=listener.say)
    with _claimed(place) as folder:
        states = BisectStates(folder)
        state = _state(project, request, place, states)
        question = state.question
        line = line_between(place.root, question.good, question.bad)
        if len(line) == 1:
            raise ConfigError([f"--good and --bad are the same commit, {line[0].short}; there is nothing between them"])
        states.save(replace(state, finished=False))
        measured = sum(isinstance(record, MeasuredPair) for record in state.records)
        listener.say(_plan_in_words(question, line, measured))
        findings, records = _search(project, place, state, line, states, listener)
        states.save(BisectState(question, records, finished=True))
    if not findings:
        raise CannotJudgeError(_nothing_found(question, records))
    pairs = [record for record in records if isinstance(record, MeasuredPair)]
    return BisectReport(
        question=question,
        good=line[0],
        bad=line[-1],
        commits=len(line) - 1,
        findings=findings,
        measured_commits=len({commit for pair in pairs for commit in (pair.base, pair.candidate)}),
        pairs=len(pairs),
        measured_s=time.monotonic() - began,
        unusable={record.commit: record.why for record in records if isinstance(record, Unusable)},
    )


def reset_bisect(project: Project) -> bool:
    """Forget an unfinished search; whether there was one."""
    place = find_workplace(project, Revision("HEAD"), say=lambda _text: None)
    with _claimed(place) as folder:
        states = BisectStates(folder)
        there = Path(states.location).exists()
        states.delete()
    return there


def _search(
    project: Project,
    place: Workplace,
    state: BisectState,
    line: Sequence[LineCommit],
    states: BisectStates,
    listener: Listener,
) -> tuple[tuple[Finding, ...], tuple[BisectRecord, ...]]:
    question = state.question
    paired = PairedRequest(
        arguments=question.arguments,
        folder=place.root / question.folder,
        python_files=None,
        seed=question.seed,
        started_at=now(),
    )
    terms = ("faster", "before") if question.improvement else ("slower", "before")
    with open_bisection(place.root, question.good, question.bad, place.cache, terms) as bisection:
        # What was measured may already be all that is needed; then nothing is checked out.
        steps: list[BisectSteps] = []

        def measure(base: LineCommit, candidate: LineCommit, wanted: Collection[BenchmarkId] | None) -> BisectRecord:
            if not steps:
                pairs = sum(isinstance(record, MeasuredPair) for record in state.records)
                workplace = replace(place, setup=question.setup)
                steps.append(BisectSteps(project, workplace, question, paired, listener, measured=pairs))
            return steps[0].measure(base, candidate, wanted)

        def ask(marks: Mapping[str, Mark]) -> str:
            named = {mark: [one.revision for one in line if marks.get(one.revision) is mark] for mark in Mark}
            changed = next(iter(named[Mark.CHANGED]), None)
            return bisection.next(changed=changed, before=named[Mark.BEFORE], skipped=named[Mark.SKIP])

        def save(records: Sequence[BisectRecord]) -> None:
            states.save(BisectState(question, tuple(records)))

        try:
            plan = BisectPlan(alpha=project.config.alpha)
            return bisect(question, line, state.records, measure=measure, ask=ask, save=save, plan=plan)
        finally:
            for each in steps:
                each.close()
            listener.on_end()


def _state(project: Project, request: BisectRequest, place: Workplace, states: BisectStates) -> BisectState:
    """The search that is resumed, or a new one."""
    if request.reset:
        states.delete()
    kept = states.load()
    if request.resume:
        if kept is None:
            raise ConfigError(
                [f"--resume: no search was begun in '{place.root}'; begin with --good, --bad and a benchmark"]
            )
        if request.budget_s is None:
            return kept
        return replace(kept, question=replace(kept.question, budget_s=request.budget_s))
    if kept is not None and not kept.finished:
        between = f"{kept.question.good[:12]} and {kept.question.bad[:12]}"
        raise ConfigError(
            [f"A search between {between} is not finished; go on with '--resume', or add '--reset' to begin anew"]
        )
    return BisectState(_question(project, request, place))


def _question(project: Project, request: BisectRequest, place: Workplace) -> BisectQuestion:
    settings = project.config
    good, bad = (
        revisions.snapshot(place.root) if name == "." else revisions.resolve(place.root, name)
        for name in (request.good, request.bad)
    )
    least = request.min_change
    if least is None:
        least = min_change_of(EXECUTION_TIME, None, paired_policy_from(settings))
    return BisectQuestion(
        good=good,
        bad=bad,
        arguments=request.arguments,
        seed=request.seed,
        folder=_below(request.folder, place.root),
        setup=settings.setup,
        improvement=request.improvement,
        min_change=least,
        budget_s=settings.budget,
    )


def _below(folder: Path, root: Path) -> str:
    try:
        return folder.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return "."


@contextmanager
def _claimed(place: Workplace) -> Iterator[Path]:
    """The folder of the state, for this process alone."""
    folder = prepare_cache(place.cache, _FOLDER)
    owner = folder / _OWNER
    other = read_owner(owner)
    if other is not None and other.is_alive and other.pid != psutil.Process().pid:
        raise CannotJudgeError(f"Another 'perfgate bisect' is at work in '{place.root}' (process {other.pid}).")
    write_owner(owner)
    try:
        yield folder
    finally:
        owner.unlink(missing_ok=True)


def _plan_in_words(question: BisectQuestion, line: Sequence[LineCommit], measured: int) -> str:
    count = len(line) - 1
    before = f", {measured} pairs are measured already" if measured else ""
    return (
        f"perfgate: {count} commit{'s' * (count > 1)} between {line[0].short} and {line[-1].short}, about "
        f"{steps_left(line) + 2} comparisons of at most {question.budget_s:g} s each, seed {question.seed}{before}"
    )


def _nothing_found(question: BisectQuestion, records: Sequence[BisectRecord]) -> str:
    broken = next((record.broken for record in records if isinstance(record, MeasuredPair) and record.broken), "")
    if broken:
        return f"Nothing could be measured: {broken}"
    asked = " ".join(question.arguments)
    return (
        f"'{asked:.300}' selects no benchmark in bad ({question.bad[:12]}), whose benchmark files measure every commit."
    )
