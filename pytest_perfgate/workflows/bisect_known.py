"""What the records of a search say of one benchmark."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from pytest_perfgate.model import BenchmarkId
from pytest_perfgate.model.bisect import BisectQuestion, BisectRecord, MeasuredPair, Unusable
from pytest_perfgate.model.policy import FEWEST_PAIRS

# A benchmark that ends its process so often at a commit can't be measured there.
MOST_BREAKS = 2

# Two places on the line of commits, 0 is good: of the base and of the candidate.
Key = tuple[int, int]


class Known:
    """`estimates`: one per pair, log scale, positive in the sought direction; `unusable`: place -> why.

    `places`: commit -> its place on the line; `most_pairs`: of one comparison.
    """

    def __init__(
        self,
        benchmark: BenchmarkId,
        places: Mapping[str, int],
        records: Sequence[BisectRecord],
        question: BisectQuestion,
        most_pairs: int,
    ) -> None:
        self.estimates: dict[Key, list[float]] = {}
        self.unusable: dict[int, str] = {}
        self._benchmark, self._places, self._question, self._most_pairs = benchmark, places, question, most_pairs
        self._seconds: dict[Key, float] = defaultdict(float)
        self._attempts: dict[Key, int] = defaultdict(int)
        self._breaks: dict[int, int] = defaultdict(int)
        for record in records:
            if isinstance(record, Unusable):
                self.unusable[places[record.commit]] = record.why
            else:
                self._read_pair(record)
        for key, count in self._attempts.items():
            if count >= most_pairs and key not in self.estimates:
                self.unusable.setdefault(key[1], "no pair brought a value of it")

    def _read_pair(self, pair: MeasuredPair) -> None:
        key = (self._places[pair.base], self._places[pair.candidate])
        self._attempts[key] += 1
        self._seconds[key] += pair.took_s
        change = pair.changes.get(self._benchmark)
        if change is not None:
            self.estimates.setdefault(key, []).append(-change if self._question.improvement else change)
        for commit, failed in pair.failed.items():
            if self._benchmark in failed:
                self.unusable.setdefault(self._places[commit], failed[self._benchmark])
        if pair.lost and pair.culprit in {None, self._benchmark}:
            place = self._places[pair.lost]
            self._breaks[place] += 1
            if self._breaks[place] >= MOST_BREAKS:
                self.unusable.setdefault(place, pair.broken)

    def is_exhausted(self, key: Key) -> bool:
        """Whether a comparison gets no further pair; the fewest are made whatever they take."""
        attempts = self._attempts.get(key, 0)
        if attempts >= self._most_pairs:
            return True
        if len(self.estimates.get(key, ())) < FEWEST_PAIRS:
            return False
        return self._seconds[key] * (attempts + 1) / attempts > self._question.budget_s


def benchmarks_of(records: Sequence[BisectRecord]) -> tuple[BenchmarkId, ...]:
    """The benchmarks that bad has."""
    found: set[BenchmarkId] = set()
    for record in records:
        if isinstance(record, MeasuredPair):
            found.update(record.changes, *record.failed.values())
            found.update([record.culprit] if record.culprit is not None else [])
    return tuple(sorted(found))
