"""What a paired run has to say beside its comparisons: what is new, gone, broken, and how the build ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from pytest_perfgate.model import Benchmark, BenchmarkId, Judgement, Outcome, Pair, Run, Severity, Verdict
from pytest_perfgate.model.metric import EXECUTION_TIME
from pytest_perfgate.workflows.outcome import outcome_of


def paired_outcome(
    rows: Sequence[Judgement], pairs: Sequence[Pair], broken: Mapping[BenchmarkId, str], run: Run
) -> tuple[Outcome, str]:
    """How the build ends; what could not be measured never passes."""
    if run.untrusted:
        return Outcome.UNTRUSTED_MEASUREMENT, f"The benchmarks ran under {run.untrusted}."
    outcome, explanation = outcome_of(rows, run)
    if outcome is Outcome.REGRESSED:
        return outcome, explanation
    failed = {name: why for pair in pairs for name, why in pair.candidate.failed.items()}
    failed.update(broken)
    if failed:
        name, why = next(iter(sorted(failed.items())))
        return Outcome.MEASUREMENT_FAILED, f"'{name:.200}' could not be measured: {why}"
    uncollected = next((side for pair in pairs for side in pair.base.uncollected.items()), None)
    if uncollected is not None and outcome is Outcome.NOTHING_COMPARED:
        return Outcome.MEASUREMENT_FAILED, "The base could not collect '{:.200}': {}".format(*uncollected)
    lost = next((pair.broken for pair in pairs if pair.broken and pair.culprit is None), "")
    if lost and not any(row.comparison for row in rows):
        return Outcome.MEASUREMENT_FAILED, lost
    return outcome, explanation


def marked(rows: Sequence[Judgement], changed_code: frozenset[BenchmarkId]) -> tuple[Judgement, ...]:
    """A benchmark that was itself rewritten compares two different questions; say so beside its answer."""
    note = "the benchmark's own code differs from the base's; both sides ran the candidate's"
    return tuple(
        replace(row, comparison=replace(row.comparison, warnings=(*row.comparison.warnings, note)))
        if row.comparison is not None and row.benchmark in changed_code
        else row
        for row in rows
    )


def unmeasured_rows(
    pairs: Sequence[Pair], broken: Mapping[BenchmarkId, str], rows: Sequence[Judgement], run: Run
) -> list[Judgement]:
    """What the candidate has, but no comparison: NEW where the base can't run it, else INCONCLUSIVE with the reason."""
    compared = {row.benchmark for row in rows}
    found = []
    for name in dict.fromkeys(name for pair in pairs for name in pair.candidate.collected):
        facts = run.benchmarks.get(name, Benchmark(name))
        if name in compared or facts.skip:
            continue
        ours = _first(pairs, "candidate", name)
        theirs = _first(pairs, "base", name)
        if ours is None and theirs is not None:
            found.append(_bare(name, Verdict.NEW, f"it can't run on the base: {theirs}"))
        elif not any(name in pair.base.collected for pair in pairs):
            found.append(_bare(name, Verdict.NEW, _why_uncollected(name, pairs)))
        elif ours is not None or name in broken:
            found.append(_bare(name, Verdict.INCONCLUSIVE, ours or broken[name]))
    return found


def _why_uncollected(name: BenchmarkId, pairs: Sequence[Pair]) -> str:
    file = name.split("::", maxsplit=1)[0]
    why = next((pair.base.uncollected[file] for pair in pairs if file in pair.base.uncollected), "")
    return f"it can't be collected on the base: {why}" if why else "the base did not collect it"


def _first(pairs: Sequence[Pair], side: str, name: BenchmarkId) -> str | None:
    return next((why for pair in pairs if (why := getattr(pair, side).failed.get(name))), None)


def missing_from(
    run: Run, base: frozenset[BenchmarkId] | None, unmeasured: Mapping[BenchmarkId, str]
) -> list[Judgement]:
    """Benchmarks of the base's own suite that the candidate does not have, or skips."""
    if base is None:
        return []
    measured = {sample.benchmark for sample in run.samples}
    return [
        _bare(
            name,
            Verdict.MISSING,
            f"skipped: {unmeasured[name]}" if name in unmeasured else "the base has it, the candidate does not",
        )
        for name in sorted(base)
        if name not in measured and name not in run.benchmarks
    ]


def _bare(benchmark: BenchmarkId, verdict: Verdict, reason: str) -> Judgement:
    return Judgement(benchmark, EXECUTION_TIME, verdict, Severity.NONE, reason)
