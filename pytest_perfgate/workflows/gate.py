"""Judge a run against the recorded baseline."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.analysis.acceptance import (
    apply_acceptances,
    in_force,
    renamed,
    windows_by_acceptance,
)
from pytest_perfgate.analysis.budgets import judge_budgets
from pytest_perfgate.analysis.compare import Baseline, compare, compare_pooled, judged_metrics, read_baseline
from pytest_perfgate.analysis.judge import in_doubt, judge_all
from pytest_perfgate.analysis.row_past import with_past
from pytest_perfgate.model import (
    Acceptance,
    BenchmarkId,
    Comparison,
    GateReport,
    Judgement,
    Outcome,
    Policy,
    RowKey,
    Run,
    Sample,
)
from pytest_perfgate.ports import BaselineStore
from pytest_perfgate.workflows.anomalies import Watch, doubted, failed_by_anomaly, second_chance, too_few_to_watch
from pytest_perfgate.workflows.histories import passed_over
from pytest_perfgate.workflows.outcome import (
    machine_shift_of,
    missing_rows,
    new_rows,
    newest_revision,
    next_steps,
    outcome_of,
    places_of,
)
from pytest_perfgate.workflows.preconditions import why_no_reference, why_not_judged
from pytest_perfgate.workflows.reference import (
    History,
    Reference,
    Window,
    runs_under,
    select_reference,
)

LookAgain = Callable[[Collection[BenchmarkId], int], tuple[Sample, ...]]


class Confirmation(Struct, frozen=True):
    """What measuring in turns with a revision brought; nothing, where that could not be done.

    `rows`: each that has a comparison, decided or not; `runs`: base and candidate as the pairs have them.
    """

    rows: tuple[Judgement, ...] = ()
    runs: tuple[Run, ...] = ()


# Measures some benchmarks in turns with a revision.
Confirm = Callable[[Collection[BenchmarkId], str], Confirmation]


def could_not_judge(outcome: Outcome, explanation: str) -> GateReport:
    """A report without rows: `outcome` says what kept the gate from judging, `explanation` what to do."""
    return GateReport(outcome=outcome, explanation=explanation)


class _Setting(Struct, frozen=True):
    """What stays the same over all looks."""

    reference: Reference
    newest: Run
    acceptances: tuple[Acceptance, ...]
    under: Mapping[str, frozenset[str]]
    policy: Policy


def gate(  # noqa: PLR0913 - a workflow's dependencies are its arguments
    candidate: Run,
    *,
    store: BaselineStore,
    policy: Policy,
    window: Window,
    history: History,
    acceptances: Sequence[Acceptance],
    now: datetime,
    unmeasured: Mapping[BenchmarkId, str] | None = None,
    look_again: LookAgain | None = None,
    confirm: Confirm | None = None,
    watch: Watch | None = None,
    elapsed_s: Callable[[], float] = lambda: 0.0,
) -> GateReport:
    """Compare, look again at what is in doubt, judge.

    `unmeasured`: benchmark -> why this run has no value of it (skipped). `look_again` measures some benchmarks
    in fresh processes; without it the first look decides. `confirm` measures them in turns with the baseline's
    newest commit instead, where it can: that verdict counts. `watch` says how unusual the run is;
    the policy, what follows. Raises StoreError and DamagedFileError.
    """
    unjudged = GateReport(
        outcome=Outcome.NOTHING_MEASURED,
        environment=candidate.environment,
        candidate_commit=candidate.commit,
        candidate=candidate,
        alpha=policy.alpha,
        warnings=candidate.warnings,
    )
    problem = why_not_judged(candidate)
    if problem is not None:
        return replace(unjudged, outcome=problem[0], explanation=problem[1])
    headers = store.load_headers(candidate.environment.fingerprint)
    reference = select_reference(
        headers, suite=candidate.suite, history=history, window=window, now=now, candidate_id=candidate.id
    )
    left_out = reference.describe_left_out()
    problem = why_no_reference(candidate, store, reference, policy)
    if problem is not None:
        rows = tuple(judge_budgets(candidate))
        told = left_out if problem[0] is Outcome.TOO_FEW_RUNS else ()  # the others' explanation has it
        warnings = (*candidate.warnings, *told)
        return replace(unjudged, outcome=problem[0], explanation=problem[1], warnings=warnings, judgements=rows)
    setting = _setting(candidate, store, reference, acceptances, now, policy)
    unusual = None if watch is None else watch(candidate)
    candidate, trusted, first = second_chance(candidate, unusual, policy, watch, look_again)
    candidate, rows, confirming = _look(candidate, store, setting, look_again, confirm, first=first)
    rows = rows if trusted else doubted(rows)
    rows = (
        *rows,
        *new_rows(candidate, rows, policy),
        *missing_rows(candidate, setting.newest, setting.acceptances, unmeasured or {}),
    )
    rows = apply_acceptances(rows, setting.acceptances, setting.under, policy.minimum_runs)
    outcome, explanation = outcome_of(rows, candidate)
    report = replace(
        unjudged,
        outcome=outcome,
        judgements=tuple(rows),
        explanation=explanation,
        next_steps=next_steps(rows, outcome),
        warnings=(*candidate.warnings, *left_out, *passed_over(store), *too_few_to_watch(unusual, policy)),
        candidate=candidate,
        baseline=reference.headers,
        acceptances=setting.acceptances,
        confirming=confirming,
        places=places_of(rows, candidate),
        reference_revision=newest_revision(reference.headers),
        machine_shift=machine_shift_of(rows),
        measured_s=elapsed_s(),
        anomaly=unusual,
    )
    return failed_by_anomaly(report) if policy.anomaly == "fail" else report


def _setting(
    candidate: Run,
    store: BaselineStore,
    reference: Reference,
    acceptances: Sequence[Acceptance],
    now: datetime,
    policy: Policy,
) -> _Setting:
    accepted = in_force(acceptances, now.date())
    newest = next(iter(store.load_runs(candidate.environment.fingerprint, [reference.run_ids[-1]], metrics=())))
    return _Setting(reference, newest, accepted, runs_under(accepted, reference), policy)


def _look(
    candidate: Run,
    store: BaselineStore,
    setting: _Setting,
    look_again: LookAgain | None,
    confirm: Confirm | None,
    *,
    first: int = 1,
) -> tuple[Run, tuple[Judgement, ...], tuple[Run, ...]]:
    """Judge; measure what is in doubt again, in turns with the baseline's commit or judged on all looks together."""
    policy = setting.policy
    judge = _judge_pooled if policy.method == "welch" else _judge_levels
    baseline = None if policy.method == "welch" else _read_baseline(candidate, store, setting)
    rows = judge(candidate, store, setting, baseline)
    confirmed, confirming = _confirmed(rows, candidate, setting, confirm)
    for look in range(first, policy.max_looks):
        doubt = in_doubt(rows, candidate.benchmarks, policy) - {benchmark for benchmark, *_ in confirmed}
        if look_again is None or not doubt:
            break
        candidate = replace(candidate, samples=(*candidate.samples, *look_again(doubt, look)))
        rows = judge(candidate, store, setting, baseline)
    rows = tuple(confirmed.get(row.key, row) for row in rows)
    return candidate, rows if baseline is None else with_past(rows, baseline, alpha=policy.alpha), confirming


def _confirmed(
    rows: Sequence[Judgement], candidate: Run, setting: _Setting, confirm: Confirm | None
) -> tuple[dict[RowKey, Judgement], tuple[Run, ...]]:
    """What is in doubt, measured in turns with the newest recorded commit; each row keeps what was seen before."""
    doubt = in_doubt(rows, candidate.benchmarks, setting.policy)
    if confirm is None or not doubt or setting.newest.commit is None:
        return {}, ()
    before = {row.key: None if row.of_budget else row.comparison for row in rows}
    found = confirm(doubt, setting.newest.commit.revision)
    confirmed = {row.key: replace(row, screening=before[row.key]) for row in found.rows if row.key in before}
    return confirmed, found.runs


def _read_baseline(candidate: Run, store: BaselineStore, setting: _Setting) -> Baseline:
    runs = _renamed_runs(
        store.load_runs(
            candidate.environment.fingerprint,
            setting.reference.run_ids,
            metrics=frozenset(judged_metrics(candidate, setting.policy)),
        ),
        setting.acceptances,
    )
    return read_baseline(runs, candidate, setting.policy)


def _renamed_runs(runs: Iterable[Run], acceptances: Sequence[Acceptance]) -> Iterable[Run]:
    """Runs whose benchmarks carry today's names: a rename keeps its history."""
    if not any(acceptance.renamed_to for acceptance in acceptances):
        return runs
    return (
        replace(run, samples=tuple(replace(s, benchmark=renamed(s.benchmark, acceptances)) for s in run.samples))
        for run in runs
    )


def _judge_levels(
    candidate: Run, _store: BaselineStore, setting: _Setting, baseline: Baseline | None
) -> tuple[Judgement, ...]:
    if baseline is None:
        return ()
    windows = windows_by_acceptance(
        setting.acceptances,
        setting.under,
        frozenset(setting.reference.run_ids),
        candidate.benchmarks,
        setting.policy.minimum_runs,
    )
    return _judged(compare(candidate, baseline, setting.policy, windows=windows), candidate, setting.policy)


def _judge_pooled(
    candidate: Run, store: BaselineStore, setting: _Setting, _baseline: Baseline | None
) -> tuple[Judgement, ...]:
    runs = store.load_runs(candidate.environment.fingerprint, setting.reference.run_ids, slices=True)
    pooled = compare_pooled(candidate, _renamed_runs(runs, setting.acceptances), setting.policy)
    return _judged(pooled, candidate, setting.policy)


def _judged(comparisons: tuple[Comparison, ...], candidate: Run, policy: Policy) -> tuple[Judgement, ...]:
    return (*judge_all(comparisons, candidate.benchmarks, policy), *judge_budgets(candidate))
