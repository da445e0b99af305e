"""Opinion: what the evidence means under a Policy, for one row and for the whole build."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum, IntEnum

from msgspec import Struct

from pytest_perfgate.model.anomaly import AnomalyCheck
from pytest_perfgate.model.comparison import Comparison
from pytest_perfgate.model.metric import Metric
from pytest_perfgate.model.row_past import RowPast
from pytest_perfgate.model.run import BenchmarkId, Commit, Environment, Run


class Verdict(Enum):
    """What is known of one metric of one benchmark; not knowing is INCONCLUSIVE, never UNCHANGED."""

    REGRESSED = "regressed"
    IMPROVED = "improved"
    UNCHANGED = "unchanged"
    INCONCLUSIVE = "inconclusive"
    NEW = "new"
    MISSING = "missing"


class Severity(Enum):
    """Size of a change: low 5-10 %, medium 10-25 %, high 25-50 %, critical over 50 %; none below 5 %."""

    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class ExitCode(IntEnum):
    """The same in every face; beside them pytest's and click's own for interruption and usage."""

    PASSED = 0
    REGRESSED = 1
    CANNOT_JUDGE = 10
    INFRASTRUCTURE = 11


class Outcome(Enum):
    """How a gate ended, by name; `exit_code` maps each to one exit code."""

    PASSED = "passed"
    RECORDED = "recorded"
    REGRESSED = "regressed"
    TESTS_FAILED = "tests failed"
    NOTHING_MEASURED = "nothing measured"
    NOTHING_SELECTED = "nothing selected"
    NOTHING_COMPARED = "nothing compared"
    NOTHING_CONCLUSIVE = "nothing conclusive"
    NO_BASELINE = "no baseline"
    OTHER_ENVIRONMENT = "other environment"
    TOO_FEW_RUNS = "too few runs"
    MISSING_BENCHMARKS = "missing benchmarks"
    NOTHING_DIFFERS = "nothing differs"
    SAME_CODE = "same code on both sides"
    BASE_UNAVAILABLE = "base unavailable"
    MEASUREMENT_FAILED = "measurement failed"
    UNTRUSTED_MEASUREMENT = "untrusted measurement"
    DAMAGED_BASELINE = "damaged baseline"
    STORE_UNAVAILABLE = "store unavailable"
    UNUSUAL_RUN = "unusual run"

    @property
    def exit_code(self) -> ExitCode:
        """The exit code that this outcome stands for."""
        if self in {Outcome.PASSED, Outcome.RECORDED, Outcome.NOTHING_DIFFERS}:
            return ExitCode.PASSED
        if self in {Outcome.REGRESSED, Outcome.TESTS_FAILED}:
            return ExitCode.REGRESSED
        if self is Outcome.STORE_UNAVAILABLE:
            return ExitCode.INFRASTRUCTURE
        return ExitCode.CANNOT_JUDGE


class Acceptance(Struct, frozen=True):
    """A change that a person has accepted: a reviewed file in the store, or a commit trailer.

    `benchmark` is a glob over benchmark ids. `relative_change`: how much worse was accepted (fraction, in the
    metric's own direction whatever the sign; a change beyond it is not covered); None accepts a removal or a rename
    (then `renamed_to` names the new id).
    `until`: last day on which it holds. `revision`: commit at which it was accepted. `id` names it in the runs
    that were recorded under it: the benchmark's reference window begins with the first of them.
    """

    benchmark: str
    reason: str
    id: str = ""
    metric: str = "execution_time"
    relative_change: float | None = None
    renamed_to: str = ""
    accepted_by: str = ""
    accepted_at: datetime | None = None
    revision: str = ""
    until: date | None = None


RowKey = tuple[BenchmarkId, str, bool]


class Judgement(Struct, frozen=True):
    """One row of a report; `reason` is one sentence for a person; `accepted` holds the reason of an acceptance.

    `screening`: what the recorded baseline said, where a paired measurement was asked about it and counts. `past`:
    what was recorded of it before, for a row that fails, is in doubt or has a budget.

    An accepted regression keeps its verdict and does not fail the build.
    """

    benchmark: BenchmarkId
    metric: Metric
    verdict: Verdict
    severity: Severity
    reason: str
    comparison: Comparison | None = None
    accepted: str = ""
    not_selected: bool = False
    screening: Comparison | None = None
    past: RowPast | None = None

    @property
    def of_budget(self) -> bool:
        """Whether it is asked for an absolute bound, not for a change."""
        return self.comparison is not None and self.comparison.method == "budget"

    @property
    def key(self) -> RowKey:
        """What tells it from the other rows of a report: benchmark, metric, `of_budget`."""
        return self.benchmark, self.metric.name, self.of_budget

    @property
    def fails(self) -> bool:
        """Whether this row alone fails the build."""
        return self.verdict is Verdict.REGRESSED and not self.accepted


class Place(Struct, frozen=True):
    """Where a benchmark stands: a file, relative to the root with `/`, and a line from 1 (0: not known)."""

    file: str
    line: int = 0


class GateReport(Struct, frozen=True):
    """The whole: every row, how it ended and why.

    `candidate` carries the samples of this run and `baseline` the runs it was compared with (for plots), `adjusted`
    these and then that with the machine's speed taken out, `acceptances` the accepted changes in force, `confirming`
    base and candidate as what was in doubt was measured in turns; all five are left out of the JSON report, which
    carries `candidate_commit` and `environment` instead.
    `places`: where the benchmarks of the rows stand. `reference_revision`: the newest commit that it was compared
    with. `against`: what a paired run was measured against, in words (empty: recorded runs).
    `anomaly`: whether the run is out of the ordinary, None where that was not asked.
    `explanation`: why the gate could not judge, what to do (empty when it judged). `next_steps`: commands.
    """

    outcome: Outcome
    judgements: tuple[Judgement, ...] = ()
    explanation: str = ""
    next_steps: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    environment: Environment | None = None
    candidate_commit: Commit | None = None
    candidate: Run | None = None
    baseline: tuple[Run, ...] = ()
    adjusted: tuple[Run, ...] = ()
    acceptances: tuple[Acceptance, ...] = ()
    confirming: tuple[Run, ...] = ()
    places: dict[BenchmarkId, Place] = {}
    reference_revision: str = ""
    machine_shift: float | None = None
    alpha: float = 0.01
    measured_s: float = 0.0
    recorded_to: str = ""
    against: str = ""
    anomaly: AnomalyCheck | None = None

    @property
    def exit_code(self) -> ExitCode:
        """The process's exit code."""
        return self.outcome.exit_code

    def count(self, verdict: Verdict) -> int:
        """Number of benchmarks (not rows) with this verdict on any judged metric, worst verdict first."""
        return sum(1 for worst in self.worst_by_benchmark().values() if worst is verdict)

    def worst_by_benchmark(self) -> dict[BenchmarkId, Verdict]:
        """Each benchmark's worst verdict over its metrics."""
        worst: dict[BenchmarkId, Verdict] = {}
        for row in self.judgements:
            known = worst.get(row.benchmark)
            if known is None or _BADNESS[row.verdict] > _BADNESS[known]:
                worst[row.benchmark] = row.verdict
        return worst


_BADNESS = {
    Verdict.UNCHANGED: 0,
    Verdict.IMPROVED: 1,
    Verdict.NEW: 2,
    Verdict.INCONCLUSIVE: 3,
    Verdict.MISSING: 4,
    Verdict.REGRESSED: 5,
}
