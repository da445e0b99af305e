"""Find the commit that changed a benchmark: measure, ask git, measure, until it is known."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence

from pytest_perfgate.model import BenchmarkId
from pytest_perfgate.model.bisect import BisectQuestion, BisectRecord, Finding, LineCommit, MeasuredPair
from pytest_perfgate.workflows.bisect_known import MOST_BREAKS, benchmarks_of
from pytest_perfgate.workflows.bisect_search import Ask, BisectPlan, Mark, Measure, Search

# From the commits that are marked so far to the one that git would test next.
AskGit = Callable[[Mapping[str, Mark]], str]
MeasurePair = Callable[[LineCommit, LineCommit, Collection[BenchmarkId] | None], BisectRecord]


def bisect(
    question: BisectQuestion,
    line: Sequence[LineCommit],
    records: Sequence[BisectRecord],
    *,
    measure: MeasurePair,
    ask: AskGit,
    save: Callable[[Sequence[BisectRecord]], None],
    plan: BisectPlan,
) -> tuple[tuple[Finding, ...], tuple[BisectRecord, ...]]:
    """Measure until every benchmark's commit is known, or can't be.

    `records`: what was measured before an interruption; `save` keeps all of them after every pair. Without any
    benchmark that bad has, there are no findings.
    """
    known = list(records)
    places = {commit.revision: place for place, commit in enumerate(line)}
    while True:
        searches = {name: Search(name, line, known, question, plan) for name in benchmarks_of(known)}
        steps = {name: search.next() for name, search in searches.items()}
        findings = tuple(step for step in steps.values() if isinstance(step, Finding))
        if len(findings) == len(steps) and (steps or not _is_worth_another_try(known)):
            return findings, tuple(known)
        open_steps = {name: step for name, step in steps.items() if not isinstance(step, Finding)}
        step = next(iter(open_steps.values()), Measure(0, len(line) - 1))
        if isinstance(step, Ask):
            step = Measure(0, _answered(places[ask(step.marks)], step, line))
        known.append(measure(line[step.base], line[step.candidate], tuple(open_steps) or None))
        save(known)


def _is_worth_another_try(records: Sequence[BisectRecord]) -> bool:
    """While nothing is known of any benchmark: processes may end once by accident."""
    pairs = [record for record in records if isinstance(record, MeasuredPair)]
    return len(pairs) == len(records) < MOST_BREAKS and all(pair.broken for pair in pairs)


def _answered(place: int, asked: Ask, line: Sequence[LineCommit]) -> int:
    revision = line[place].revision
    if not asked.before < place < asked.after or revision in asked.marks:
        raise AssertionError(f"git asked for '{revision}', of which it was told")
    return place


def steps_left(line: Sequence[LineCommit]) -> int:
    """About how many commits will be measured."""
    return math.ceil(math.log2(max(len(line) - 1, 1)))
