"""What a search for a commit found, for a person and for machines."""

from __future__ import annotations

from typing import Any

import msgspec

from pytest_perfgate.model.bisect import BisectReport, Change, Finding, FindingOutcome, LineCommit
from pytest_perfgate.report.json_report import storable
from pytest_perfgate.report.quantities import format_percent, printable, shorten

SCHEMA = 1
_LONGEST_NAME = 300
_LONGEST_SUBJECT = 100
_LONGEST_REASON = 300
_MOST_SKIPPED = 5
# Below this share of the whole, the named commit is not all that changed.
_NEARLY_ALL = 0.75


def render_bisect(report: BisectReport) -> str:
    """Lines for a terminal or a log."""
    lines: list[str] = []
    for finding in report.findings:
        lines += [*_finding(finding, report), ""]
    lines += _skipped(report)
    lines.append(
        f"{report.commits} commits between {report.good.short} and {report.bad.short}, {report.measured_commits} "
        f"measured, {len(report.unusable)} skipped, {report.pairs} pairs of processes"
    )
    return "\n".join(lines) + "\n"


def render_bisect_json(report: BisectReport) -> str:
    """Everything, with the schema's number; `succeeded`: a commit is named and nothing is left open."""
    whole: dict[str, Any] = {
        "schema": SCHEMA,
        "succeeded": report.succeeded,
        **storable(msgspec.to_builtins(report)),
    }
    return msgspec.json.format(msgspec.json.encode(whole), indent=2).decode() + "\n"


def _finding(finding: Finding, report: BisectReport) -> list[str]:
    name = shorten(finding.benchmark, _LONGEST_NAME)
    if not finding.culprits:
        return [f"{name}: {finding.outcome.value}", f"  {shorten(finding.reason, _LONGEST_REASON)}", *_total(finding)]
    word = "faster" if report.question.improvement else "slower"
    sure = f"{_probability(finding.probability)} probable"
    one = finding.culprits[-1]
    if len(finding.culprits) == 1:
        head = f"{name}: {word} since {one.short} ({sure})"
    else:
        head = (
            f"{name}: {word} since one of {len(finding.culprits)} commits ({sure}); those before the last were skipped"
        )
    lines = [head, *(f"  {_commit(commit)}" for commit in finding.culprits)]
    if finding.reason:
        lines.append(f"  {shorten(finding.reason, _LONGEST_REASON)}")
    lines += [f"  or {_commit(other.commit)} ({_probability(other.probability)})" for other in finding.others]
    if finding.own is not None and finding.parent is not None:
        lines.append(f"  its change: {_change(finding.own)}, against {finding.parent.short}")
    return [*lines, *_total(finding), *_rest(finding, report)]


def _total(finding: Finding) -> list[str]:
    return [f"  good to bad: {_change(finding.total)}"] if finding.total is not None else []


def _rest(finding: Finding, report: BisectReport) -> list[str]:
    """Where the named commit is not all that changed, how to find the rest."""
    if finding.own is None or finding.total is None or finding.outcome is not FindingOutcome.FOUND:
        return []
    whole = abs(finding.total.relative)
    furthest = max(abs(finding.own.interval.lower), abs(finding.own.interval.upper))
    if furthest >= _NEARLY_ALL * whole or finding.parent is None:
        return []
    share = abs(finding.own.relative) / whole
    after = finding.culprits[-1].short
    lines = [f"  that is {share * 100:.0f} % of the whole; the rest came with other commits. Look before and after it:"]
    ends = ((report.good.short, finding.parent.short), (after, report.bad.short))
    return lines + [f"    perfgate bisect --good {good} --bad {bad} ..." for good, bad in ends if good != bad]


def _skipped(report: BisectReport) -> list[str]:
    lines = [
        f"skipped {revision[:12]}: {shorten(why.splitlines()[0] if why else '', _LONGEST_REASON)}"
        for revision, why in list(report.unusable.items())[:_MOST_SKIPPED]
    ]
    more = len(report.unusable) - len(lines)
    return lines + ([f"and {more} more were skipped"] if more > 0 else [])


def _change(change: Change) -> str:
    interval = change.interval
    return (
        f"{format_percent(change.relative)} ({interval.level * 100:.0f} % interval {format_percent(interval.lower)} to "
        f"{format_percent(interval.upper)}, {change.pairs} pairs)"
    )


def _probability(probability: float) -> str:
    """Never 100 %: what was not thought of is in no model."""
    return "over 99.9 %" if probability > 0.999 else f"{probability * 100:.1f} %"  # noqa: PLR2004 - one in a thousand


def _commit(commit: LineCommit) -> str:
    who = f"{commit.committed_at[:10]} {shorten(commit.author, _LONGEST_NAME)}".strip()
    return printable(f"{commit.short} {shorten(commit.subject, _LONGEST_SUBJECT)} ({who})")
