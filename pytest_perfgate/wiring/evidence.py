"""Evidence from outside, judged anew: what is shown is what the numbers say, by the thresholds of this checkout."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Sequence

from msgspec.structs import replace

from pytest_perfgate.config import paired_policy_from
from pytest_perfgate.errors import PerfgateError
from pytest_perfgate.model import BenchmarkId, GateReport, Judgement, Outcome, Pair, RowKey, Run, Side, Verdict
from pytest_perfgate.storage.evidence_checks import checked
from pytest_perfgate.storage.evidence_file import Evidence, decode_evidence
from pytest_perfgate.storage.memory import MemoryBaselines
from pytest_perfgate.wiring.project import Project, now, open_baselines, policy
from pytest_perfgate.workflows.gate import could_not_judge, gate
from pytest_perfgate.workflows.looks import Confirm, Confirmation
from pytest_perfgate.workflows.paired import (
    PairPlan,
    Suites,
    decided,
    gate_paired,
    measure_until_decided,
    samples_of,
)
from pytest_perfgate.workflows.reference import History, Window

# Outcomes that rest on no numbers: they may be stated. In our own words, since theirs may say anything.
_STATED = {
    Outcome.TESTS_FAILED: "Tests failed, so nothing was compared.",
    Outcome.NOTHING_MEASURED: "No benchmark was measured.",
    Outcome.NOTHING_SELECTED: "The selection holds no benchmark.",
    Outcome.NOTHING_DIFFERS: "Nothing that the benchmarks import differs from the base.",
    Outcome.SAME_CODE: "Both sides ran the same code.",
    Outcome.BASE_UNAVAILABLE: "The base could not be built or read.",
    Outcome.NO_BASELINE: "There is no baseline to compare with.",
    Outcome.OTHER_ENVIRONMENT: "Only other machines have recorded runs.",
    Outcome.MEASUREMENT_FAILED: "A benchmark could not be measured.",
    Outcome.UNTRUSTED_MEASUREMENT: "The benchmarks ran under a tracer, a debugger or a profiler.",
    Outcome.MISSING_BENCHMARKS: "Benchmarks of the base did not run.",
    Outcome.DAMAGED_BASELINE: "A recorded file is damaged.",
    Outcome.STORE_UNAVAILABLE: "The baseline can't be read.",
    Outcome.UNUSUAL_RUN: "The run is unusual, and settings say that it must not pass.",
}
# Time is over when there are no more pairs.
_UNTIL_NONE_IS_LEFT = PairPlan(budget_s=0.0)
_SEE_LOG = " The log of the run that measured says more."


def restate(project: Project, data: bytes, revision: str) -> tuple[GateReport, tuple[str, ...]]:
    """The report that the evidence amounts to, and notes for its readers.

    `revision`: the commit that was measured, as GitHub says. Raises RefusedEvidenceError.
    """
    evidence = checked(decode_evidence(data), revision)
    candidate = evidence.candidate
    if candidate is None or not candidate.samples:
        return _stated(evidence), ()
    notes: tuple[str, ...] = ()
    try:
        if evidence.stated.against:
            report = _judge_pairs(project, evidence, candidate)
        else:
            reference, notes = _own_reference(project, candidate, evidence.reference)
            report = _judge(project, replace(evidence, reference=reference), candidate)
    except PerfgateError as error:
        report = could_not_judge(Outcome.NOTHING_COMPARED, f"The numbers can't be judged: {error}")
    except Exception as error:  # noqa: BLE001 - numbers made to break the arithmetic are no numbers
        report = could_not_judge(Outcome.NOTHING_COMPARED, f"The numbers can't be judged ({type(error).__name__}).")
    return _not_better(report, evidence.stated.outcome), (*_contradictions(evidence.stated, report), *notes)


def _not_better(report: GateReport, stated: Outcome) -> GateReport:
    """A pass is none where the report itself names a fault that numbers can't show, such as a test that failed."""
    if report.exit_code or stated not in _STATED or not stated.exit_code:
        return report
    return replace(report, outcome=stated, explanation=_STATED[stated] + _SEE_LOG)


def _stated(evidence: Evidence) -> GateReport:
    outcome = evidence.stated.outcome
    if outcome in _STATED:
        return could_not_judge(outcome, _STATED[outcome] + _SEE_LOG)
    return could_not_judge(
        Outcome.NOTHING_MEASURED, f"The artifact says '{outcome.value}', but holds no numbers that could show it."
    )


def _own_reference(
    project: Project, candidate: Run, reference: tuple[Run, ...]
) -> tuple[tuple[Run, ...], tuple[str, ...]]:
    """The reference runs as our own store has them, where it does: those nobody else could touch."""
    wanted = {run.id for run in reference}
    try:
        store = open_baselines(project)
        own = {run.id: run for run in store.load_runs(candidate.environment.fingerprint, wanted, slices=True)}
    except PerfgateError:
        own = {}
    foreign = len(wanted - own.keys())
    note = (
        f"{foreign} of {len(wanted)} recorded {'run is' if foreign == 1 else 'runs are'} not in this repository's "
        "baseline; they are taken as the artifact has them."
    )
    return tuple(own.get(run.id, run) for run in reference), ((note,) if foreign else ())


def _judge(project: Project, evidence: Evidence, candidate: Run) -> GateReport:
    store = MemoryBaselines()
    for run in evidence.reference:
        store.save_run(run)
    return gate(
        candidate,
        store=store,
        policy=policy(project),
        window=Window(days=100_000, runs=len(evidence.reference)),
        history=History(),
        acceptances=evidence.acceptances,
        now=now(),
        confirm=_confirm_again(project, evidence.confirming),
    )


def _confirm_again(project: Project, sides: tuple[Run, ...]) -> Confirm | None:
    """What was measured in turns after the first look, looked at once more, pair after pair."""
    if not sides:
        return None
    base, candidate = sides

    def confirm(benchmarks: Collection[BenchmarkId], _revision: str) -> Confirmation:
        recorded = _RecordedPairs(base, candidate)
        if not recorded.waiting:
            return Confirmation()
        _, rows = measure_until_decided(
            recorded.measure,
            candidate=recorded.candidate_of,
            policy=paired_policy_from(project.config),
            plan=_UNTIL_NONE_IS_LEFT,
            elapsed_s=recorded.elapsed_s,
            only=benchmarks,
        )
        return Confirmation(decided(rows), sides)

    return confirm


def _judge_pairs(project: Project, evidence: Evidence, candidate: Run) -> GateReport:
    """The looks once more, pair after pair in their order."""
    (base,) = evidence.reference
    recorded = _RecordedPairs(base, candidate)
    report, _ = gate_paired(
        recorded.measure,
        candidate=recorded.candidate_of,
        policy=paired_policy_from(project.config),
        plan=_UNTIL_NONE_IS_LEFT,
        suites=lambda: Suites(base=frozenset(base.benchmarks) | _stated_missing(evidence.stated)),
        acceptances=evidence.acceptances,
        now=now(),
        elapsed_s=recorded.elapsed_s,
    )
    return replace(report, against="the base of the pull request")


def _stated_missing(stated: GateReport) -> frozenset[BenchmarkId]:
    """What the report says is gone: no number shows it, and nobody gains by saying it."""
    return frozenset(r.benchmark for r in stated.judgements if r.verdict is Verdict.MISSING and not r.not_selected)


class _RecordedPairs:
    """Hands out the pairs of two runs as a measurement would; its time is over when none is left."""

    def __init__(self, base: Run, candidate: Run) -> None:
        self.waiting = deque(_pairs(base, candidate))
        self._candidate = candidate

    def measure(self, _wanted: Collection[BenchmarkId] | None) -> Pair:
        """The next one."""
        return self.waiting.popleft()

    def candidate_of(self, pairs: Sequence[Pair]) -> Run:
        """The candidate, as far as `pairs` have measured it."""
        return replace(self._candidate, samples=samples_of(pairs, "candidate"))

    def elapsed_s(self) -> float:
        """Before all budgets, or after them."""
        return -math.inf if self.waiting else math.inf


def _pairs(base: Run, candidate: Run) -> list[Pair]:
    numbers = sorted({sample.process for run in (base, candidate) for sample in run.samples})
    return [Pair(_side(base, number), _side(candidate, number)) for number in numbers]


def _side(run: Run, number: int) -> Side:
    samples = tuple(sample for sample in run.samples if sample.process == number)
    return Side(collected=tuple(run.benchmarks), samples=samples, benchmarks=run.benchmarks, untrusted=run.untrusted)


def _contradictions(stated: GateReport, found: GateReport) -> tuple[str, ...]:
    theirs, ours = _verdicts(stated.judgements), _verdicts(found.judgements)
    rows = sum(1 for key in ours if key in theirs and theirs[key] != ours[key])
    if stated.outcome is found.outcome and not rows:
        return ()
    other = f", and another verdict for {rows} row{'s' * (rows > 1)}" if rows else ""
    note = (
        f"The report that came with the numbers says '{stated.outcome.value}'{other}. This comment states what the "
        "numbers say by this repository's settings."
    )
    return (note,)


def _verdicts(rows: Sequence[Judgement]) -> dict[RowKey, object]:
    return {row.key: (row.verdict, bool(row.accepted)) for row in rows}
