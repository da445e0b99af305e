"""The nouns of a search for the commit that changed a benchmark."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from pytest_perfgate.model.comparison import ConfidenceInterval
from pytest_perfgate.model.run import BenchmarkId


class LineCommit(Struct, frozen=True):
    """A commit between good and bad. `committed_at`: ISO 8601."""

    revision: str
    subject: str = ""
    author: str = ""
    committed_at: str = ""

    @property
    def short(self) -> str:
        """Its name, for people."""
        return self.revision[:12]


class BisectQuestion(Struct, frozen=True):
    """What is searched, and how; kept with what was measured, so that an interrupted search can go on.

    `good`, `bad`: full commit ids; `arguments`: pytest's, the benchmarks first; `folder`: where it was asked,
    relative to the top of the repository; `min_change`: smallest relative change that matters; `budget_s`: seconds
    for one comparison.
    """

    good: str
    bad: str
    arguments: tuple[str, ...]
    seed: int
    folder: str = "."
    setup: str = ""
    improvement: bool = False
    min_change: float = 0.02
    budget_s: float = 60.0


class MeasuredPair(Struct, frozen=True, tag="pair"):
    """One pair of processes. `changes`: benchmark -> natural logarithm of candidate over base.

    `failed`: commit -> benchmark -> why it can't run there; `broken`: what ended the process of the commit `lost`
    before its time, in the benchmark `culprit` (None: before the first).
    """

    base: str
    candidate: str
    changes: dict[BenchmarkId, float] = {}
    failed: dict[str, dict[BenchmarkId, str]] = {}
    broken: str = ""
    lost: str = ""
    culprit: BenchmarkId | None = None
    took_s: float = 0.0


class Unusable(Struct, frozen=True, tag="unusable"):
    """A commit that can't be measured at all: it can't be checked out, built or imported."""

    commit: str
    why: str


BisectRecord = MeasuredPair | Unusable


class FindingOutcome(Enum):
    """How the search for one benchmark's commit ended."""

    FOUND = "found"
    UNCERTAIN = "uncertain"
    NO_CHANGE = "no change"
    OTHER_WAY = "changed the other way"
    UNCLEAR = "unclear whether it changed"
    CANNOT_RUN = "cannot run"


class Change(Struct, frozen=True):
    """A relative change with its interval, from so many pairs."""

    relative: float
    interval: ConfidenceInterval
    pairs: int


class Culprit(Struct, frozen=True):
    """A commit that may be the one, and how probable that is."""

    commit: LineCommit
    probability: float


class Finding(Struct, frozen=True):
    """What was found of one benchmark.

    `culprits`: the commits that are named (several where commits between them can't be measured), the last one
    first seen with the change; `probability`: that the change came with one of them; `others`: who else might be.
    `own`: the change of the named commits alone, against `parent`; `total`: from good to bad. `reason`: for a person.
    """

    benchmark: BenchmarkId
    outcome: FindingOutcome
    reason: str = ""
    culprits: tuple[LineCommit, ...] = ()
    probability: float = 0.0
    others: tuple[Culprit, ...] = ()
    parent: LineCommit | None = None
    own: Change | None = None
    total: Change | None = None


class BisectReport(Struct, frozen=True):
    """The whole search. `commits`: between good (not counted) and bad; `unusable`: commit -> why."""

    question: BisectQuestion
    good: LineCommit
    bad: LineCommit
    commits: int
    findings: tuple[Finding, ...]
    measured_commits: int = 0
    pairs: int = 0
    measured_s: float = 0.0
    unusable: dict[str, str] = {}
    warnings: tuple[str, ...] = ()

    @property
    def succeeded(self) -> bool:
        """Whether a commit is named and nothing is left open."""
        outcomes = [finding.outcome for finding in self.findings]
        settled = {FindingOutcome.FOUND, FindingOutcome.NO_CHANGE, FindingOutcome.OTHER_WAY}
        return FindingOutcome.FOUND in outcomes and settled.issuperset(outcomes)
