"""From rows to an outcome: what is new, what is missing, how the build ends and what to do next."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from msgspec.structs import replace

from pytest_perfgate.analysis.acceptance import renamed
from pytest_perfgate.analysis.compare import judged_metrics
from pytest_perfgate.model import (
    Acceptance,
    BenchmarkId,
    Judgement,
    Outcome,
    Place,
    Policy,
    Run,
    Severity,
    Verdict,
)
from pytest_perfgate.model.metric import DETERMINISTIC_KINDS, EXECUTION_TIME
from pytest_perfgate.report.quantities import printable
from pytest_perfgate.workflows.reference import expected_benchmarks

# So many commands to accept are shown; who accepts more knows the form by then.
_MOST_STEPS = 3
ONE_PROCESS = (
    "Everything was measured in one process, and a whole process is slow by chance now and then: however many values "
    "it holds, it is one replicate. Measure in several processes and judge them together."
)


def new_rows(candidate: Run, rows: Sequence[Judgement], policy: Policy) -> Iterable[Judgement]:
    """Benchmarks without history: shown, and passed."""
    compared = {row.benchmark for row in rows if row.comparison is not None and row.comparison.baseline_processes}
    compared |= {row.benchmark for row in rows if row.comparison is not None and row.comparison.method == "welch"}
    judged = judged_metrics(candidate, policy)
    fresh = {s.benchmark: s.metric for s in candidate.samples if s.metric.name in judged}
    for benchmark in sorted(fresh):
        facts = candidate.benchmarks.get(benchmark)
        if benchmark not in compared and not (facts and facts.skip):
            yield _bare(benchmark, Verdict.NEW, "no recorded run has it yet")


def missing_rows(
    candidate: Run, newest: Run, acceptances: Sequence[Acceptance], unmeasured: Mapping[BenchmarkId, str]
) -> Iterable[Judgement]:
    """Benchmarks of the newest recorded run that this run has no value of."""
    measured = {sample.benchmark for sample in candidate.samples}
    expected = expected_benchmarks(newest, candidate)
    for recorded in sorted(newest.benchmarks):
        name = renamed(recorded, acceptances)
        if name in measured:
            continue
        if recorded in expected:
            why = f"skipped: {unmeasured[name]}" if name in unmeasured else "in the baseline, but not in this run"
            yield _bare(name, Verdict.MISSING, why)
        else:
            yield replace(_bare(name, Verdict.MISSING, "not selected"), not_selected=True)


def _bare(benchmark: BenchmarkId, verdict: Verdict, reason: str) -> Judgement:
    return Judgement(benchmark, EXECUTION_TIME, verdict, Severity.NONE, reason)


def how_to_record(run: Run) -> str:
    """The command that records a run such as this one."""
    return "perfgate import … --record" if "tool" in run.environment.parts else "pytest --perfgate-record"


def outcome_of(rows: Sequence[Judgement], candidate: Run) -> tuple[Outcome, str]:
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
            f"'{how_to_record(candidate)}'."
        )
    if _timed_alone(compared):
        return Outcome.NOTHING_CONCLUSIVE, ONE_PROCESS
    if all(row.verdict is Verdict.INCONCLUSIVE for row in compared):
        return Outcome.NOTHING_CONCLUSIVE, (
            "Not one benchmark could be judged: the machine is too noisy, or the baseline too small. "
            "'perfgate doctor' says what this machine can see."
        )
    return Outcome.PASSED, ""


def _timed_alone(compared: Sequence[Judgement]) -> bool:
    """Whether nothing is known of any time since one process is none: that counts are known does not let it pass."""
    timed = [row for row in compared if row.metric.kind not in DETERMINISTIC_KINDS]
    return bool(timed) and all(
        row.verdict is Verdict.INCONCLUSIVE
        and row.comparison is not None
        and row.comparison.candidate_processes == 1
        and row.comparison.method != "paired"
        for row in timed
    )


def next_steps(rows: Sequence[Judgement], outcome: Outcome) -> tuple[str, ...]:
    """Commands that a person may want next."""
    if outcome is Outcome.REGRESSED:
        failing = sorted((row for row in rows if row.fails), key=_worst_first)[:_MOST_STEPS]
        return tuple(
            f"perfgate accept {quoted(row.benchmark)}{_size(row)} --reason 'why it may be slower'" for row in failing
        )
    gone = [r.benchmark for r in rows if r.verdict is Verdict.MISSING and not r.not_selected and not r.accepted]
    if outcome is Outcome.MISSING_BENCHMARKS and gone:
        return (f"perfgate accept {quoted(gone[0])} --removed --reason 'why it is gone'",)
    return ()


def _worst_first(row: Judgement) -> tuple[bool, float]:
    """Time before what else the same change moved."""
    change = row.comparison.relative_change if row.comparison else None
    return row.metric.name != EXECUTION_TIME.name, -abs(change or 0.0)


def _size(row: Judgement) -> str:
    """The options that accept this row's change and no more; the run that was judged need not be recorded."""
    metric = "" if row.metric.name == EXECUTION_TIME.name else f" --metric {quoted(row.metric.name)}"
    change = None if row.comparison is None else row.comparison.relative_change
    if not change or not math.isfinite(change):
        return metric
    return f"{metric} --at-most {math.ceil(abs(change) * 1000) / 10:g}%"


def quoted(text: str) -> str:
    """As a POSIX shell reads it literally; what can't be printed as the glob that stands for it."""
    shown = "".join(char if printable(char) == char else "?" for char in text)
    return "'" + shown.replace("'", "'\"'\"'") + "'"


def machine_shift_of(rows: Sequence[Judgement]) -> float | None:
    """The median of what the canaries beside each benchmark say of the machine."""
    shifts = [r.comparison.machine_shift for r in rows if r.comparison and r.comparison.machine_shift is not None]
    return median(shifts) if shifts else None


def places_of(rows: Sequence[Judgement], candidate: Run) -> dict[BenchmarkId, Place]:
    """Where the benchmarks of the rows stand, as far as the run knows."""
    known = {row.benchmark: candidate.benchmarks.get(row.benchmark) for row in rows}
    return {name: Place(facts.file, facts.line) for name, facts in known.items() if facts is not None and facts.file}


def newest_revision(runs: Sequence[Run]) -> str:
    """The commit of the newest run that has one, or an empty text."""
    return next((run.commit.revision for run in reversed(runs) if run.commit is not None), "")
