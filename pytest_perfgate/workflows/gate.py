"""Judge a run against the recorded baseline."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from statistics import median
from typing import Any

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
from pytest_perfgate.model import (
    Acceptance,
    BenchmarkId,
    Comparison,
    GateReport,
    Judgement,
    Outcome,
    Policy,
    Run,
    Sample,
    Severity,
    Verdict,
)
from pytest_perfgate.model.metric import EXECUTION_TIME
from pytest_perfgate.ports import BaselineStore
from pytest_perfgate.workflows.reference import (
    History,
    Reference,
    Window,
    expected_benchmarks,
    runs_under,
    select_reference,
)

LookAgain = Callable[[Collection[BenchmarkId], int], tuple[Sample, ...]]


def could_not_judge(outcome: Outcome, explanation: str, **facts: Any) -> GateReport:  # noqa: ANN401
    """A report without rows: `outcome` says what kept the gate from judging, `explanation` what to do."""
    return GateReport(outcome=outcome, explanation=explanation, **facts)


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
    elapsed_s: Callable[[], float] = lambda: 0.0,
) -> GateReport:
    """Compare, look again at what is in doubt, judge.

    `unmeasured`: benchmark -> why this run has no value of it (skipped). `look_again` measures some benchmarks
    in fresh processes; without it the first look decides. Raises StoreError and DamagedFileError.
    """
    facts = {
        "environment": candidate.environment,
        "candidate_commit": candidate.commit,
        "alpha": policy.alpha,
        "candidate": candidate,
    }
    problem = _not_to_be_judged(candidate)
    if problem is not None:
        return could_not_judge(*problem, **facts, warnings=candidate.warnings)
    headers = store.load_headers(candidate.environment.fingerprint)
    reference = select_reference(
        headers, suite=candidate.suite, history=history, window=window, now=now, candidate_id=candidate.id
    )
    warnings = (*candidate.warnings, *reference.describe_left_out())
    problem = _no_reference(candidate, store, reference, policy)
    if problem is not None:
        budgets = tuple(judge_budgets(candidate))
        return replace(could_not_judge(*problem, **facts, warnings=warnings), judgements=budgets)
    setting = _setting(candidate, store, reference, acceptances, now, policy)
    candidate, rows = _look(candidate, store, setting, look_again)
    rows = (*rows, *_new(candidate, rows, policy), *_missing(candidate, setting, unmeasured or {}))
    rows = apply_acceptances(rows, setting.acceptances, setting.under, policy.minimum_runs)
    outcome, explanation = _outcome(rows)
    return GateReport(
        outcome=outcome,
        judgements=tuple(rows),
        explanation=explanation,
        next_steps=_next_steps(rows, outcome),
        warnings=(*warnings, *getattr(store, "ignored", ())),
        **{**facts, "candidate": candidate},
        baseline=reference.headers,
        machine_shift=_machine_shift(rows),
        measured_s=elapsed_s(),
    )


def _not_to_be_judged(candidate: Run) -> tuple[Outcome, str] | None:
    if candidate.untrusted:
        return Outcome.UNTRUSTED_MEASUREMENT, (
            f"The benchmarks ran under {candidate.untrusted}; what they took says nothing about the code. "
            "Run the gate without it, for example with '--no-cov'."
        )
    if not candidate.samples:
        return Outcome.NOTHING_MEASURED, (
            "No benchmark was measured: they were skipped, disabled (--benchmark-disable, --benchmark-skip), or "
            "never called the fixture."
        )
    return None


def _no_reference(
    candidate: Run, store: BaselineStore, reference: Reference, policy: Policy
) -> tuple[Outcome, str] | None:
    found = len(reference.headers)
    record = "record one with 'pytest --perfgate-record'"
    if found >= policy.minimum_runs:
        return None
    if found:
        return Outcome.TOO_FEW_RUNS, (
            f"{found} of the {policy.minimum_runs} recorded runs that a verdict needs "
            f"{'is' if found == 1 else 'are'} in '{store.location}'; {record} ({policy.minimum_runs - found} more)."
        )
    left_out = "".join(f" {line}." for line in reference.describe_left_out())
    others = [name for name in store.environments() if name != candidate.environment.fingerprint]
    if others and not reference.left_out:
        return Outcome.OTHER_ENVIRONMENT, (
            f"'{store.location}' has runs of {len(others)} other environment{'s' * (len(others) > 1)}, none of this "
            f"one ({candidate.environment.fingerprint}); times of different machines can't be compared. On this "
            f"machine {record}."
        )
    return Outcome.NO_BASELINE, f"There is no baseline in '{store.location}';{left_out} {record.capitalize()}."


def _setting(  # noqa: PLR0913 - gathers them once
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
    candidate: Run, store: BaselineStore, setting: _Setting, look_again: LookAgain | None
) -> tuple[Run, tuple[Judgement, ...]]:
    """Judge; measure what is in doubt again and judge on all looks together, until nothing is in doubt."""
    policy = setting.policy
    judge = _judge_pooled if policy.method == "welch" else _judge_levels
    baseline = None if policy.method == "welch" else _read_baseline(candidate, store, setting)
    rows = judge(candidate, store, setting, baseline)
    for look in range(1, policy.max_looks):
        doubt = in_doubt(rows)
        if look_again is None or not doubt:
            break
        candidate = replace(candidate, samples=(*candidate.samples, *look_again(doubt, look)))
        rows = judge(candidate, store, setting, baseline)
    return candidate, rows


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


def _new(candidate: Run, rows: Sequence[Judgement], policy: Policy) -> Iterable[Judgement]:
    """Benchmarks without history: shown, and passed."""
    compared = {row.benchmark for row in rows if row.comparison is not None and row.comparison.baseline_processes}
    compared |= {row.benchmark for row in rows if row.comparison is not None and row.comparison.method == "welch"}
    judged = judged_metrics(candidate, policy)
    fresh = {s.benchmark: s.metric for s in candidate.samples if s.metric.name in judged}
    for benchmark in sorted(fresh):
        facts = candidate.benchmarks.get(benchmark)
        if benchmark not in compared and not (facts and facts.skip):
            yield _bare(benchmark, Verdict.NEW, "no recorded run has it yet")


def _missing(
    candidate: Run, setting: _Setting, unmeasured: Mapping[BenchmarkId, str]
) -> Iterable[Judgement]:
    """Benchmarks of the newest recorded run that this run has no value of."""
    measured = {sample.benchmark for sample in candidate.samples}
    expected = expected_benchmarks(setting.newest, candidate)
    for recorded in sorted(setting.newest.benchmarks):
        name = renamed(recorded, setting.acceptances)
        if name in measured:
            continue
        if recorded in expected:
            why = f"skipped: {unmeasured[name]}" if name in unmeasured else "in the baseline, but not in this run"
            yield _bare(name, Verdict.MISSING, why)
        else:
            yield replace(_bare(name, Verdict.MISSING, "not selected"), not_selected=True)


def _bare(benchmark: BenchmarkId, verdict: Verdict, reason: str) -> Judgement:
    return Judgement(benchmark, EXECUTION_TIME, verdict, Severity.NONE, reason)


def _outcome(rows: Sequence[Judgement]) -> tuple[Outcome, str]:
    """How the build ends; what can't be known never passes."""
    if any(row.fails for row in rows):
        return Outcome.REGRESSED, ""
    missing = [row for row in rows if row.verdict is Verdict.MISSING and not row.not_selected and not row.accepted]
    if missing:
        named = ", ".join(f"'{row.benchmark:.120}'" for row in missing[:3])
        return Outcome.MISSING_BENCHMARKS, (
            f"{len(missing)} benchmark{'s' * (len(missing) > 1)} of the baseline did not run ({named}"
            f"{', …' if len(missing) > 3 else ''}). If that is meant, accept it."  # noqa: PLR2004 - three are named
        )
    compared = [row for row in rows if row.comparison is not None]
    if not compared:
        return Outcome.NOTHING_COMPARED, (
            "No benchmark of this run is in the baseline, so nothing was compared; record them with "
            "'pytest --perfgate-record'."
        )
    if all(row.verdict is Verdict.INCONCLUSIVE for row in compared):
        return Outcome.NOTHING_CONCLUSIVE, (
            "Not one benchmark could be judged: the machine is too noisy, or the baseline too small. "
            "'perfgate doctor' says what this machine can see."
        )
    return Outcome.PASSED, ""


def _next_steps(rows: Sequence[Judgement], outcome: Outcome) -> tuple[str, ...]:
    failing = [row.benchmark for row in rows if row.fails]
    if outcome is Outcome.REGRESSED and failing:
        return (f"perfgate accept {_quoted(failing[0])} --reason 'why it may be slower'",)
    gone = [r.benchmark for r in rows if r.verdict is Verdict.MISSING and not r.not_selected and not r.accepted]
    if outcome is Outcome.MISSING_BENCHMARKS and gone:
        return (f"perfgate accept {_quoted(gone[0])} --removed --reason 'why it is gone'",)
    return ()


def _quoted(text: str) -> str:
    """As a POSIX shell reads it literally."""
    return "'" + text.replace("'", "'\"'\"'") + "'"


def _machine_shift(rows: Sequence[Judgement]) -> float | None:
    shifts = [r.comparison.machine_shift for r in rows if r.comparison and r.comparison.machine_shift is not None]
    return median(shifts) if shifts else None
