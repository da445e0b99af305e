"""The looks at a run: judged, and what is in doubt measured again or in turns with the baseline's commit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.analysis.acceptance import renamed, windows_by_acceptance
from pytest_perfgate.analysis.budgets import judge_budgets
from pytest_perfgate.analysis.compare import Baseline, compare, compare_pooled, judged_metrics, read_baseline
from pytest_perfgate.analysis.judge import in_doubt, judge_all
from pytest_perfgate.analysis.row_past import with_past
from pytest_perfgate.model import Acceptance, BenchmarkId, Comparison, Judgement, Policy, RowKey, Run, Sample
from pytest_perfgate.ports import BaselineStore
from pytest_perfgate.workflows.reference import Reference

LookAgain = Callable[[Collection[BenchmarkId], int], tuple[Sample, ...]]


class Confirmation(Struct, frozen=True):
    """What measuring in turns with a revision brought; nothing, where that could not be done.

    `rows`: each that has a comparison, decided or not; `runs`: base and candidate as the pairs have them.
    """

    rows: tuple[Judgement, ...] = ()
    runs: tuple[Run, ...] = ()


# Measures some benchmarks in turns with a revision.
Confirm = Callable[[Collection[BenchmarkId], str], Confirmation]


class Setting(Struct, frozen=True):
    """What stays the same over all looks."""

    reference: Reference
    newest: Run
    acceptances: tuple[Acceptance, ...]
    under: Mapping[str, frozenset[str]]
    policy: Policy


def look_until_decided(
    candidate: Run,
    store: BaselineStore,
    setting: Setting,
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
    rows: Sequence[Judgement], candidate: Run, setting: Setting, confirm: Confirm | None
) -> tuple[dict[RowKey, Judgement], tuple[Run, ...]]:
    """What is in doubt, measured in turns with the newest recorded commit; each row keeps what was seen before."""
    doubt = in_doubt(rows, candidate.benchmarks, setting.policy)
    if confirm is None or not doubt or setting.newest.commit is None:
        return {}, ()
    before = {row.key: None if row.of_budget else row.comparison for row in rows}
    found = confirm(doubt, setting.newest.commit.revision)
    confirmed = {row.key: replace(row, screening=before[row.key]) for row in found.rows if row.key in before}
    return confirmed, found.runs


def _read_baseline(candidate: Run, store: BaselineStore, setting: Setting) -> Baseline:
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
    candidate: Run, _store: BaselineStore, setting: Setting, baseline: Baseline | None
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
    candidate: Run, store: BaselineStore, setting: Setting, _baseline: Baseline | None
) -> tuple[Judgement, ...]:
    runs = store.load_runs(candidate.environment.fingerprint, setting.reference.run_ids, slices=True)
    pooled = compare_pooled(candidate, _renamed_runs(runs, setting.acceptances), setting.policy)
    return _judged(pooled, candidate, setting.policy)


def _judged(comparisons: tuple[Comparison, ...], candidate: Run, policy: Policy) -> tuple[Judgement, ...]:
    return (*judge_all(comparisons, candidate.benchmarks, policy), *judge_budgets(candidate))
