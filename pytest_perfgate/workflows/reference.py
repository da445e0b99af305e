"""Which recorded runs a candidate is compared with, and why the others are left out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from pytest_perfgate.model import Acceptance, BenchmarkId, Run

UNCOMMITTED = "uncommitted changes"


class History(Struct, frozen=True):
    """What git knows of the candidate's past.

    `ancestors`: the merge base and everything that it contains; None without git (then every run counts).
    `merge_base`: where the candidate left its target branch, or None.
    """

    ancestors: frozenset[str] | None = None
    merge_base: str | None = None


class Window(Struct, frozen=True):
    """How far back the reference reaches."""

    days: int = 30
    runs: int = 50


class Reference(Struct, frozen=True):
    """The recorded runs to compare with, oldest first, and how many others were left out for which reason."""

    headers: tuple[Run, ...]
    left_out: dict[str, int]

    @property
    def run_ids(self) -> tuple[str, ...]:
        """Ids of the runs, oldest first."""
        return tuple(header.id for header in self.headers)

    def describe_left_out(self) -> tuple[str, ...]:
        """One line per reason, for a person."""
        return tuple(f"{number} recorded {_runs(number)} left out: {why}" for why, number in self.left_out.items())


def select_reference(
    headers: Sequence[Run],
    *,
    suite: str,
    history: History,
    window: Window,
    now: datetime,
    candidate_id: str = "",
) -> Reference:
    """Recorded runs of the candidate's environment that are part of its accepted past.

    A run counts when it measured the same suite, on a clean commit that the merge base contains, within the
    window. Nobody else's unmerged branch, no uncommitted changes, never the candidate itself.
    """
    chosen: list[Run] = []
    left_out: dict[str, int] = {}
    oldest = now - timedelta(days=window.days)
    for header in headers:
        why = _why_not(header, suite, history, oldest, candidate_id)
        if why:
            left_out[why] = left_out.get(why, 0) + 1
        else:
            chosen.append(header)
    chosen.sort(key=lambda header: (header.started_at, header.id))
    return Reference(headers=tuple(chosen[-window.runs :]), left_out=left_out)


def _why_not(header: Run, suite: str, history: History, oldest: datetime, candidate_id: str) -> str:
    reasons = (
        (header.id == candidate_id, "the candidate itself"),
        (header.suite != suite, "another suite"),
        (header.started_at < oldest, "older than the window"),
        (bool(header.untrusted), f"measured under {header.untrusted}"),
    )
    found = next((why for holds, why in reasons if holds), "")
    return found or _why_not_by_git(header, history)


def _why_not_by_git(header: Run, history: History) -> str:
    if history.ancestors is None:
        return ""
    if header.commit is None:
        return "no commit"
    if header.commit.dirty:
        return UNCOMMITTED
    return "" if header.commit.revision in history.ancestors else "not part of the merge base"


def expected_benchmarks(reference_run: Run, candidate: Run) -> frozenset[BenchmarkId]:
    """Benchmarks of the newest reference run that the candidate was asked to measure."""
    if not candidate.whole_suite:
        return frozenset()
    return frozenset(name for name in reference_run.benchmarks if _is_selected(name, candidate.paths))


def _is_selected(benchmark: str, paths: Collection[str]) -> bool:
    return not paths or any(
        benchmark == path or benchmark.startswith((f"{path}/", f"{path}::", f"{path}[")) for path in paths
    )


def runs_under(acceptances: Collection[Acceptance], reference: Reference) -> Mapping[str, frozenset[str]]:
    """For each acceptance in force, the ids of the reference runs that were recorded under it."""
    return {
        acceptance.id: frozenset(run.id for run in reference.headers if acceptance.id in run.acceptances)
        for acceptance in acceptances
    }


def _runs(number: int) -> str:
    return "run was" if number == 1 else "runs were"
