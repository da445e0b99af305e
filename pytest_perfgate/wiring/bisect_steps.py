"""Pairs of two commits on the line between good and bad, as they are asked for; what can't be measured is told."""

from __future__ import annotations

import math
import shutil
import statistics
import tempfile
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from pathlib import Path

from msgspec import Struct

from pytest_perfgate.analysis.paired import change_of_pair
from pytest_perfgate.errors import BaseRevisionError, MeasurementError, SharedCodeError, SideBuildError
from pytest_perfgate.measure.lockstep import LockstepPlan
from pytest_perfgate.measure.pinning import measuring_core
from pytest_perfgate.model import BenchmarkId, Pair, Sample, Side
from pytest_perfgate.model.bisect import BisectQuestion, BisectRecord, LineCommit, MeasuredPair, Unusable
from pytest_perfgate.model.metric import EXECUTION_TIME
from pytest_perfgate.model.source import Revision
from pytest_perfgate.wiring.listener import Listener
from pytest_perfgate.wiring.origins import Origin, Workplace, open_origin
from pytest_perfgate.wiring.pairs import PairListener, PairRunner
from pytest_perfgate.wiring.project import Project
from pytest_perfgate.wiring.request import PairedRequest
from pytest_perfgate.wiring.side_commands import SideCommands

_LONGEST_REASON = 5000
_MOST_SHOWN = 3


class _Open(Struct):
    """A commit that is checked out or built; `stack` removes it."""

    origin: Origin
    stack: ExitStack


class BisectSteps:
    """Measures pair after pair; good and bad stay checked out, the commits between only while they are measured.

    `measured`: pairs that were measured before an interruption.
    """

    def __init__(
        self,
        project: Project,
        place: Workplace,
        question: BisectQuestion,
        request: PairedRequest,
        listener: Listener,
        *,
        measured: int,
    ) -> None:
        self._project, self._place, self._question = project, place, question
        self._listener, self._count = listener, measured
        self._open: dict[str, _Open] = {}
        self._now: tuple[str, str] | None = None
        self._runner: PairRunner | None = None
        self._changes: dict[BenchmarkId, list[float]] = {}
        self._folder = Path(tempfile.mkdtemp(prefix="perfgate-"))
        try:
            home = self._origin(question.bad).tree
            self._origin(question.good)
        except BaseException:
            self.close()
            raise
        self._commands = SideCommands(
            request,
            root=place.root,
            home=home or place.root,
            folder=self._folder,
            benchmark_code=project.config.benchmark_code,
        )

    def measure(self, base: LineCommit, candidate: LineCommit, wanted: Collection[BenchmarkId] | None) -> BisectRecord:
        """One pair. Raises CannotJudgeError where good or bad can't be measured, StoreError where the disk is full."""
        ends = {self._question.good, self._question.bad}
        current = base
        try:
            for current in (base, candidate):
                self._origin(current.revision)
            current = candidate if candidate.revision not in ends else base
            pair = self._runner_of(base, candidate).measure(wanted)
        except (BaseRevisionError, SideBuildError, SharedCodeError) as error:
            if current.revision in ends:
                raise
            self._leave()
            why = str(error)[:_LONGEST_REASON]
            self._listener.say(f"perfgate: {current.short} is skipped: {why.splitlines()[0]}")
            return Unusable(current.revision, why)
        self._count += 1
        untrusted = pair.base.untrusted or pair.candidate.untrusted
        if untrusted:
            raise MeasurementError(f"The benchmarks ran under {untrusted}; search without it.")
        record = record_of(base.revision, candidate.revision, pair, wanted)
        for name, change in record.changes.items():
            self._changes.setdefault(name, []).append(change)
        return record

    def _runner_of(self, base: LineCommit, candidate: LineCommit) -> PairRunner:
        """The runner of this comparison; the one before is closed."""
        now = (base.revision, candidate.revision)
        if self._runner is not None and self._now == now:
            return self._runner
        self._leave()
        for revision in [*self._open]:
            if revision not in {*now, self._question.good, self._question.bad}:
                self._open.pop(revision).stack.close()
        trees = tuple(each.origin.tree for each in self._open.values() if each.origin.tree is not None)
        settings = self._project.config
        self._runner = PairRunner(
            self._commands.make("base", self._origin(base.revision), trees),
            self._commands.make("candidate", self._origin(candidate.revision), trees),
            plan=LockstepPlan(silence_s=settings.benchmark_timeout),
            # Another one after an interruption, too: the same hash seeds again would be no new evidence.
            seed=self._question.seed + self._count,
            core=measuring_core() if settings.pin else None,
            alternate=settings.alternate,
            listener=PairListener(self._listener.on_pair, self._listener.on_benchmark),
        )
        self._now = now
        self._listener.say(f"perfgate: {candidate.short} '{candidate.subject:.60}' against {base.short}")
        return self._runner

    def _origin(self, revision: str) -> Origin:
        if revision not in self._open:
            stack = ExitStack()
            try:
                self._open[revision] = _Open(open_origin(Revision(revision), self._place, stack), stack)
            except BaseException:
                stack.close()
                raise
        return self._open[revision].origin

    def _leave(self) -> None:
        """End a comparison, and say what came of it."""
        if self._runner is not None:
            self._runner.close()
            self._listener.on_end()
        self._runner, self._now = None, None
        for name, changes in list(self._changes.items())[:_MOST_SHOWN]:
            change = math.expm1(statistics.median(changes)) * 100
            self._listener.say(f"perfgate:   {name:.100}: {change:+.1f} %, {len(changes)} pairs")
        self._changes = {}

    def close(self) -> None:
        """Leave nothing behind."""
        if self._runner is not None:
            self._runner.close()
        for each in self._open.values():
            each.stack.close()
        self._open = {}
        shutil.rmtree(self._folder, ignore_errors=True)


def record_of(base: str, candidate: str, pair: Pair, wanted: Collection[BenchmarkId] | None) -> MeasuredPair:
    """What a pair says of the two commits. Without `wanted` the benchmarks are those of the candidate."""
    names = pair.candidate.collected if wanted is None else tuple(wanted)
    ours, theirs = _times(pair.candidate), _times(pair.base)
    changes = {name: change_of_pair(theirs[name], ours[name]) for name in names if name in ours and name in theirs}
    changes = {name: change for name, change in changes.items() if math.isfinite(change)}
    failed = {base: _failed(pair.base, pair, names), candidate: _failed(pair.candidate, pair, names)}
    if not pair.broken:
        known = {*changes, *failed[base], *failed[candidate]}
        failed[candidate].update({name: "it measured nothing" for name in names if name not in known})
    return MeasuredPair(
        base=base,
        candidate=candidate,
        changes=changes,
        failed={commit: why for commit, why in failed.items() if why},
        broken=pair.broken[:_LONGEST_REASON],
        lost={"base": base, "candidate": candidate}.get(pair.lost, ""),
        culprit=pair.culprit,
        took_s=pair.took_s,
    )


def _times(side: Side) -> Mapping[BenchmarkId, Sample]:
    return {sample.benchmark: sample for sample in side.samples if sample.metric.name == EXECUTION_TIME.name}


def _failed(side: Side, pair: Pair, names: Collection[BenchmarkId]) -> dict[BenchmarkId, str]:
    """Why benchmarks can't run on a side; a process that ended before its collection says nothing of them."""
    found = {name: f"skipped: {why}" for name, why in side.skipped.items()} | side.failed
    if not pair.broken or side.collected:
        for name in names:
            if name not in side.collected:
                found.setdefault(name, side.uncollected.get(name.split("::")[0], "it is not there"))
    return {name: why[:_LONGEST_REASON] for name, why in found.items() if name in names}
