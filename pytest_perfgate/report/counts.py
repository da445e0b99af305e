"""What every report says of the whole and of a row: the last line, the first line, the order, the reasons."""

from __future__ import annotations

import math

from pytest_perfgate.model import Comparison, GateReport, Judgement, Outcome, Severity, Verdict
from pytest_perfgate.report.quantities import format_interval, format_percent

_ORDER = (
    Verdict.REGRESSED,
    Verdict.MISSING,
    Verdict.INCONCLUSIVE,
    Verdict.IMPROVED,
    Verdict.NEW,
    Verdict.UNCHANGED,
)


def count_line(report: GateReport) -> str:
    """`12 compared, 1 regressed, 2 inconclusive, 1 new, 0 missing`: benchmarks, each counted once."""
    worst = report.worst_by_benchmark()
    not_selected = {row.benchmark for row in report.judgements if row.not_selected}
    compared = {row.benchmark for row in report.judgements if row.comparison is not None}
    counts = dict.fromkeys(Verdict, 0)
    for benchmark, verdict in worst.items():
        if benchmark not in not_selected:
            counts[verdict] += 1
    parts = [
        f"{len(compared)} compared",
        f"{counts[Verdict.REGRESSED]} regressed",
        f"{counts[Verdict.INCONCLUSIVE]} inconclusive",
        f"{counts[Verdict.NEW]} new",
        f"{counts[Verdict.MISSING]} missing",
    ]
    accepted = {row.benchmark for row in report.judgements if row.accepted}
    extras = (
        (counts[Verdict.IMPROVED], "improved"),
        (len(accepted), "accepted"),
        (len(not_selected), "not selected"),
    )
    return ", ".join(parts + [f"{number} {word}" for number, word in extras if number])


def worst_first(judgements: tuple[Judgement, ...]) -> list[Judgement]:
    """Rows by verdict, then by the size of the change; what was accepted stands behind what fails."""

    def key(row: Judgement) -> tuple[int, int, float, str, str]:
        change = (row.comparison.relative_change if row.comparison else None) or 0.0
        size = 0.0 if math.isnan(change) else abs(change)
        return (_ORDER.index(row.verdict), bool(row.accepted), -size, row.benchmark, row.metric.name)

    return sorted(judgements, key=key)


def headline(report: GateReport) -> str:
    """The outcome in a few words, which never claim more than was seen."""
    if report.outcome is Outcome.PASSED:
        return _passed(report)
    if report.outcome is Outcome.REGRESSED:
        count = len({row.benchmark for row in report.judgements if row.fails})
        return f"FAIL: {count} benchmark{'s' * (count > 1)} got worse"
    names = {
        Outcome.RECORDED: "RECORDED",
        Outcome.NOTHING_DIFFERS: "PASS: nothing differs, so nothing was judged",
        Outcome.TESTS_FAILED: "NOT JUDGED: tests failed",
    }
    return names.get(report.outcome, f"COULD NOT JUDGE: {report.outcome.value}")


def _passed(report: GateReport) -> str:
    accepted = any(row.accepted and row.verdict is Verdict.REGRESSED for row in report.judgements)
    doubtful = report.count(Verdict.INCONCLUSIVE)
    return (
        f"PASS: no benchmark got slower{' than accepted' if accepted else ''}"
        f"{f'; {doubtful} could not be judged' if doubtful else ''}"
    )


def verdict_words(row: Judgement) -> str:
    """`regressed (high)`, `regressed (accepted)`, `not selected`."""
    if row.not_selected:
        return "not selected"
    if row.accepted:
        return f"{row.verdict.value} (accepted)"
    if row.verdict is Verdict.REGRESSED and row.severity is not Severity.NONE:
        return f"{row.verdict.value} ({row.severity.value})"
    return row.verdict.value


def reason_of(row: Judgement) -> str:
    """The reason with its evidence: p-value, how much was measured, warnings, who accepted it and why."""
    parts = [row.reason]
    comparison = row.comparison
    if comparison is not None:
        if comparison.adjusted_p_value is not None and row.verdict is Verdict.REGRESSED:
            parts.append(f"p = {comparison.adjusted_p_value:.2g}, {_measured(comparison)}")
        parts += [warning for warning in comparison.warnings if warning not in row.reason]
    if row.screening is not None and row.screening.relative_change is not None:
        seen = f"{format_percent(row.screening.relative_change)} {format_interval(row.screening)}".strip()
        parts.append(f"the recorded baseline alone said {seen}")
    if row.accepted:
        parts.append(f"accepted: {row.accepted}")
    return "; ".join(parts)


def _measured(comparison: Comparison) -> str:
    if comparison.method == "paired":
        return f"{_some(comparison.candidate_processes, 'pair', 's')} of processes in turns"
    processes, runs = (comparison.candidate_processes, "process", "es"), (comparison.baseline_runs, "run", "s")
    return f"{_some(*processes)} against {_some(*runs)}"


def _some(count: int, noun: str, plural: str) -> str:
    return f"{count} {noun}{plural * (count != 1)}"
