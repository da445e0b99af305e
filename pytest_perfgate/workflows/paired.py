"""Measure pair after pair until every benchmark is decided or the time is up; judge by the pairs alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.analysis.acceptance import apply_acceptances, in_force
from pytest_perfgate.analysis.budgets import judge_budgets
from pytest_perfgate.analysis.judge import judge_all
from pytest_perfgate.analysis.paired import Looks, compare_pairs
from pytest_perfgate.model import (
    Acceptance,
    BenchmarkId,
    GateReport,
    Judgement,
    Pair,
    Policy,
    RowKey,
    Run,
    Sample,
    Verdict,
)
from pytest_perfgate.model.policy import FEWEST_PAIRS
from pytest_perfgate.workflows.outcome import next_steps, places_of
from pytest_perfgate.workflows.paired_rows import marked, missing_from, paired_outcome, unmeasured_rows

MeasurePair = Callable[[Collection[BenchmarkId] | None], Pair]

_DECIDED = {Verdict.REGRESSED, Verdict.IMPROVED, Verdict.UNCHANGED}
# What the clock does not see: Python's start before it, the processes' end and the report after the last pair.
_UNSEEN_S = 2.0
# A benchmark that ends its process so often is not measured any more; the others are.
_MOST_BREAKS = 2


class PairPlan(Struct, frozen=True):
    """`budget_s`: wall time for all of it, from Python's start to the end; `most_pairs`: as many at most."""

    budget_s: float = 60.0
    most_pairs: int = 30


class Measured(Struct):
    """What the pairs of one gate brought; `broken`: benchmark -> why it ended a process."""

    pairs: list[Pair]
    broken: dict[BenchmarkId, str]


def measure_until_decided(
    measure_pair: MeasurePair,
    *,
    candidate: Callable[[Sequence[Pair]], Run],
    policy: Policy,
    plan: PairPlan,
    elapsed_s: Callable[[], float],
    only: Collection[BenchmarkId] | None = None,
) -> tuple[Measured, tuple[Judgement, ...]]:
    """Pairs, and the verdict on each row at the look that decided it.

    `candidate` makes the run of all candidate samples; `only`: the benchmarks to measure, None for all.
    """
    measured = Measured([], {})
    settled: dict[RowKey, Judgement] = {}
    wanted: Collection[BenchmarkId] | None = only
    while True:
        pair = measure_pair(wanted)
        measured.pairs.append(pair)
        _note_break(pair, measured.broken)
        last = _is_last(measured.pairs, plan, elapsed_s())
        rows = _judged(measured.pairs, candidate(measured.pairs), policy, plan, last=last)
        if len(measured.pairs) >= FEWEST_PAIRS:
            for row in rows:
                if row.verdict in _DECIDED:
                    settled.setdefault(row.key, row)
        wanted = _undecided(measured, rows, settled, only)
        if last or not wanted:
            return measured, tuple(settled.get(row.key, row) for row in rows)


def decided(rows: Sequence[Judgement]) -> tuple[Judgement, ...]:
    """The rows that pairs say something of: both sides have values."""
    return tuple(row for row in rows if row.comparison is not None and row.comparison.candidate is not None)


def _is_last(pairs: Sequence[Pair], plan: PairPlan, elapsed_s: float) -> bool:
    """Whether the time does not hold another pair like the newest; three are made whatever they take."""
    if len(pairs) < FEWEST_PAIRS:
        return False
    return len(pairs) >= plan.most_pairs or elapsed_s + pairs[-1].took_s + _UNSEEN_S > plan.budget_s


def _judged(
    pairs: Sequence[Pair], candidate: Run, policy: Policy, plan: PairPlan, *, last: bool
) -> tuple[Judgement, ...]:
    rows = compare_pairs(pairs, candidate, policy, Looks(plan.most_pairs, last=last))
    return (*judge_all(rows, candidate.benchmarks, policy), *judge_budgets(candidate))


def _undecided(
    measured: Measured,
    rows: Sequence[Judgement],
    settled: dict[RowKey, Judgement],
    only: Collection[BenchmarkId] | None,
) -> frozenset[BenchmarkId]:
    """What needs another pair: every benchmark with an open row, or of which nothing has been seen yet."""
    first = measured.pairs[0]
    hopeless = {name for name in measured.broken if _breaks(name, measured.pairs) >= _MOST_BREAKS}
    failed = {name for pair in measured.pairs for side in (pair.base, pair.candidate) for name in side.failed}
    skipped = {name for side in (first.base, first.candidate) for name in side.skipped}
    both = {name for name in first.candidate.collected if name in first.base.collected}
    pending = {row.benchmark for row in rows if row.key not in settled}
    seen = {row.benchmark for row in rows}
    open_ones = {name for name in both if name in pending or name not in seen}
    if only is not None:
        open_ones &= set(only)
    return frozenset(open_ones - hopeless - failed - skipped)


def _note_break(pair: Pair, broken: dict[BenchmarkId, str]) -> None:
    if pair.broken and pair.culprit is not None:
        broken.setdefault(pair.culprit, pair.broken)


def _breaks(name: BenchmarkId, pairs: Sequence[Pair]) -> int:
    return sum(pair.culprit == name for pair in pairs)


class Suites(Struct, frozen=True):
    """What the two revisions have of benchmarks.

    `base`: the base's own suite, None where it can't be told; `changed_code`: benchmarks whose own code differs.
    """

    base: frozenset[BenchmarkId] | None = None
    changed_code: frozenset[BenchmarkId] = frozenset()


def gate_paired(  # noqa: PLR0913 - a workflow's dependencies are its arguments
    measure_pair: MeasurePair,
    *,
    candidate: Callable[[Sequence[Pair]], Run],
    policy: Policy,
    plan: PairPlan,
    suites: Callable[[], Suites],
    acceptances: Sequence[Acceptance],
    now: datetime,
    elapsed_s: Callable[[], float],
    unmeasured: dict[BenchmarkId, str] | None = None,
    only: Collection[BenchmarkId] | None = None,
) -> tuple[GateReport, Measured]:
    """The paired gate: every benchmark of the candidate against the base, measured in the same minutes."""
    measured, rows = measure_until_decided(
        measure_pair, candidate=candidate, policy=policy, plan=plan, elapsed_s=elapsed_s, only=only
    )
    run = candidate(measured.pairs)
    own = suites()
    rows = marked(rows, own.changed_code)
    rows = (
        *rows,
        *unmeasured_rows(measured.pairs, measured.broken, rows, run),
        *missing_from(run, own.base, unmeasured or {}),
    )
    accepted = in_force(acceptances, now.date())
    rows = apply_acceptances(rows, accepted, {}, policy.minimum_runs)
    outcome, explanation = paired_outcome(rows, measured.pairs, measured.broken, run)
    report = GateReport(
        outcome=outcome,
        judgements=rows,
        explanation=explanation,
        next_steps=next_steps(rows, outcome),
        warnings=run.warnings,
        environment=run.environment,
        candidate_commit=run.commit,
        candidate=run,
        acceptances=accepted,
        places=places_of(rows, run),
        alpha=policy.alpha,
        measured_s=elapsed_s(),
    )
    return report, measured


def samples_of(pairs: Sequence[Pair], side: str) -> tuple[Sample, ...]:
    """All samples of one side, each pair its own process."""
    return tuple(
        replace(sample, process=number) for number, pair in enumerate(pairs) for sample in getattr(pair, side).samples
    )
