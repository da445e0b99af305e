"""What every report says of the whole: the last line, the first line, the order of the rows."""

from __future__ import annotations

from pytest_perfgate.model import GateReport, Judgement, Outcome, Verdict

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

    def key(row: Judgement) -> tuple[int, int, float, str]:
        change = row.comparison.relative_change if row.comparison else None
        return (_ORDER.index(row.verdict), bool(row.accepted), -abs(change or 0.0), row.benchmark)

    return sorted(judgements, key=key)


def headline(report: GateReport) -> str:
    """The outcome in a few words."""
    names = {
        Outcome.PASSED: "PASS: no benchmark got slower",
        Outcome.RECORDED: "RECORDED",
        Outcome.TESTS_FAILED: "NOT JUDGED: tests failed",
    }
    if report.outcome is Outcome.REGRESSED:
        count = len({row.benchmark for row in report.judgements if row.fails})
        return f"FAIL: {count} benchmark{'s' * (count > 1)} got worse"
    return names.get(report.outcome, f"COULD NOT JUDGE: {report.outcome.value}")
