"""What a search for a commit measures next, and when it is over: one benchmark's, by all that was measured so far."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from msgspec import Struct

from pytest_perfgate.analysis.bisect import Total, change_of, judge_total, where_it_changed
from pytest_perfgate.model import BenchmarkId
from pytest_perfgate.model.bisect import BisectQuestion, BisectRecord, Culprit, Finding, FindingOutcome, LineCommit
from pytest_perfgate.model.policy import FEWEST_PAIRS
from pytest_perfgate.workflows.bisect_known import Known

# Pairs of the named commit and its parent at least: from five on, the outermost do not count (`paired_changes`).
_FEWEST_AT_THE_END = 5
# The interval of the named commit's change reaches so far to each side at most, as a share of the change.
_NARROW = 0.25
_MOST_OTHERS = 3
_WORTH_NAMING = 0.01


class BisectPlan(Struct, frozen=True):
    """`most_pairs`: of one comparison; `doubt`: of a step that is clear; `sure`: to name a commit; `aim`: to stop."""

    most_pairs: int = 30
    alpha: float = 0.01
    doubt: float = 0.01
    sure: float = 0.95
    aim: float = 0.99


class Mark(Enum):
    """What a commit is in the words of `git bisect`."""

    CHANGED = "changed"
    BEFORE = "before"
    SKIP = "skip"


class Measure(Struct, frozen=True):
    """The next pair: two places on the line, 0 is good."""

    base: int
    candidate: int


class Ask(Struct, frozen=True):
    """git says which commit between `before` and `after` is next, knowing of each measured one what it is."""

    marks: dict[str, Mark]
    before: int
    after: int


class Search:
    """The search for one benchmark's commit; everything follows from the records, so that it can go on any time.

    `line`: good, then the commits up to bad.
    """

    def __init__(
        self,
        benchmark: BenchmarkId,
        line: Sequence[LineCommit],
        records: Sequence[BisectRecord],
        question: BisectQuestion,
        plan: BisectPlan,
    ) -> None:
        self._benchmark, self._line, self._question, self._plan = benchmark, line, question, plan
        places = {commit.revision: place for place, commit in enumerate(line)}
        self._known = Known(benchmark, places, records, question, plan.most_pairs)
        self._estimates, self._unusable = self._known.estimates, self._known.unusable
        self._last = len(line) - 1

    def next(self) -> Measure | Ask | Finding:
        """What to measure next, or what was found."""
        for place, name in ((0, "good"), (self._last, "bad")):
            if place in self._unusable:
                return self._finding(
                    FindingOutcome.CANNOT_RUN,
                    f"it can't run on {name} ({self._line[place].short}): {self._unusable[place]}",
                )
        total = self._total()
        if total is not Total.CHANGED:
            return self._not_changed(total)
        probabilities = where_it_changed(self._estimates, self._last + 1)
        changed_by = [0.0]
        for probability in probabilities:
            changed_by.append(changed_by[-1] + probability)
        doubtful = self._doubtful(changed_by)
        if doubtful is not None:
            return Measure(0, doubtful)
        before, after = self._bounds(changed_by)
        if any(place not in self._unusable for place in range(before + 1, after)):
            return self._ask(before, after)
        found = sum(probabilities[before:after])
        if self._goes_on((before, after), found):
            return Measure(before, after)
        return self._found(before, after, probabilities)

    def _total(self) -> Total:
        key = (0, self._last)
        return judge_total(
            tuple(self._estimates.get(key, ())),
            min_change=self._question.min_change,
            alpha=self._plan.alpha,
            most_pairs=self._plan.most_pairs,
            last=self._known.is_exhausted(key),
        )

    def _not_changed(self, total: Total) -> Measure | Finding:
        if total is Total.OPEN and not self._known.is_exhausted((0, self._last)):
            return Measure(0, self._last)
        least = f"{self._question.min_change * 100:.3g} %"
        sought, other = ("faster", "slower") if self._question.improvement else ("slower", "faster")
        outcome, reason = {
            Total.UNCHANGED: (FindingOutcome.NO_CHANGE, f"bad is not {sought} than good by {least} or more"),
            Total.OTHER_WAY: (FindingOutcome.OTHER_WAY, f"bad is {other} than good, not {sought}"),
            Total.OPEN: (
                FindingOutcome.UNCLEAR,
                f"whether bad is {sought} than good by {least} or more is not clear; give it more time with '--budget'",
            ),
        }[total]
        return self._finding(outcome, reason)

    def _doubtful(self, changed_by: Sequence[float]) -> int | None:
        """The measured commit of which it is least clear on which side of the change it lies, if it can be clearer."""
        doubts = []
        for (base, place), values in self._estimates.items():
            if base or place == self._last or place in self._unusable or self._known.is_exhausted((0, place)):
                continue
            doubt = min(changed_by[place], 1 - changed_by[place])
            if len(values) < FEWEST_PAIRS or doubt > self._plan.doubt:
                doubts.append((len(values) >= FEWEST_PAIRS, -doubt, place))
        return min(doubts)[-1] if doubts else None

    def _bounds(self, changed_by: Sequence[float]) -> tuple[int, int]:
        """The last measured commit that is likelier before the change, and the first that is likelier after it."""
        measured = [
            place for base, place in self._estimates if base == 0 and place not in {self._last, *self._unusable}
        ]
        before = max((place for place in measured if changed_by[place] < 0.5), default=0)  # noqa: PLR2004 - a half
        after = min((place for place in measured if changed_by[place] >= 0.5), default=self._last)  # noqa: PLR2004 - a half
        return before, after

    def _ask(self, before: int, after: int) -> Ask:
        marks = {self._line[place].revision: Mark.SKIP for place in self._unusable}
        for base, place in self._estimates:
            if base == 0 and place not in self._unusable:
                marks[self._line[place].revision] = Mark.CHANGED if place >= after else Mark.BEFORE
        return Ask(marks, before, after)

    def _goes_on(self, key: tuple[int, int], probability: float) -> bool:
        """Whether the named commit and its parent need another pair: to be sure, or for the size of the change."""
        values = self._estimates.get(key, ())
        if self._known.is_exhausted(key):
            return False
        if len(values) < _FEWEST_AT_THE_END or probability < self._plan.aim:
            return True
        change = change_of(values, improvement=False)
        half = max(change.interval.upper - change.relative, change.relative - change.interval.lower)
        return half > _NARROW * abs(change.relative)

    def _found(self, before: int, after: int, probabilities: Sequence[float]) -> Finding:
        found = sum(probabilities[before:after])
        ranked = sorted(
            ((probability, place + 1) for place, probability in enumerate(probabilities)), key=lambda each: -each[0]
        )
        others = [
            Culprit(self._line[place], probability)
            for probability, place in ranked
            if not before < place <= after and probability >= _WORTH_NAMING
        ]
        improvement = self._question.improvement
        own = change_of(self._estimates[before, after], improvement=improvement)
        total = change_of(self._estimates[0, self._last], improvement=improvement)
        is_sure = found >= self._plan.sure
        return Finding(
            benchmark=self._benchmark,
            outcome=FindingOutcome.FOUND if is_sure else FindingOutcome.UNCERTAIN,
            reason="" if is_sure else "no commit is probable enough; give it more time with '--budget'",
            culprits=tuple(self._line[before + 1 : after + 1]),
            probability=found,
            others=tuple(others[:_MOST_OTHERS]),
            parent=self._line[before],
            own=own,
            total=total,
        )

    def _finding(self, outcome: FindingOutcome, reason: str) -> Finding:
        values = self._estimates.get((0, self._last))
        total = change_of(values, improvement=self._question.improvement) if values else None
        return Finding(self._benchmark, outcome, reason, total=total)
