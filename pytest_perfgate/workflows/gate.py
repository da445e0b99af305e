"""Judge a run against the recorded baseline."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from pytest_perfgate.analysis.acceptance import apply_acceptances, in_force
from pytest_perfgate.analysis.budgets import judge_budgets
from pytest_perfgate.model import Acceptance, BenchmarkId, GateReport, Outcome, Policy, Run
from pytest_perfgate.ports import BaselineStore
from pytest_perfgate.workflows.anomalies import Watch, doubted, failed_by_anomaly, second_chance, too_few_to_watch
from pytest_perfgate.workflows.histories import passed_over
from pytest_perfgate.workflows.looks import Confirm, LookAgain, Setting, look_until_decided
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


def could_not_judge(outcome: Outcome, explanation: str) -> GateReport:
    """A report without rows: `outcome` says what kept the gate from judging, `explanation` what to do."""
    return GateReport(outcome=outcome, explanation=explanation)


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
    candidate, rows, confirming = look_until_decided(candidate, store, setting, look_again, confirm, first=first)
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
) -> Setting:
    accepted = in_force(acceptances, now.date())
    newest = next(iter(store.load_runs(candidate.environment.fingerprint, [reference.run_ids[-1]], metrics=())))
    return Setting(reference, newest, accepted, runs_under(accepted, reference), policy)
