"""From a gate's report of the default branch to what landed there."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_perfgate.model import GateReport, Judgement
from pytest_perfgate.model.landed import (
    BranchState,
    LandedChange,
    LandedRow,
    RowState,
    fingerprint_of,
    row_key,
)


def landed(report: GateReport, suite: str) -> BranchState:
    """What failed at one commit is one change, between the newest commit of its reference and itself."""
    revision = report.candidate_commit.revision if report.candidate_commit else ""
    rows = [row for row in report.judgements if not row.not_selected]
    failing = [row for row in rows if row.fails]
    changes = (_change(failing, suite, report.reference_revision, revision),) if failing else ()
    return BranchState(
        suite=suite,
        revision=revision,
        committed_at=report.candidate_commit.committed_at if report.candidate_commit else None,
        changes=changes,
        rows={row_key(suite, row.benchmark, row.metric.name, of_budget=row.of_budget): _state(row) for row in rows},
    )


def _change(rows: Iterable[Judgement], suite: str, good: str, bad: str) -> LandedChange:
    found = tuple(_row(row) for row in rows)
    keys = [row.key(suite) for row in found]
    return LandedChange(fingerprint_of(suite, bad, keys), found, good, bad)


def _row(row: Judgement) -> LandedRow:
    evidence = row.comparison
    if evidence is None:
        return LandedRow(row.benchmark, row.metric, row.severity)
    return LandedRow(
        row.benchmark,
        row.metric,
        row.severity,
        before=evidence.baseline.value if evidence.baseline else None,
        after=evidence.candidate.value if evidence.candidate else None,
        relative_change=evidence.relative_change,
        interval=evidence.interval,
        of_budget=row.of_budget,
    )


def _state(row: Judgement) -> RowState:
    level = row.comparison.candidate.value if row.comparison and row.comparison.candidate else None
    return RowState(row.benchmark, row.metric, row.verdict, level, row.accepted)
