"""Stray runs among the recorded ones."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.analysis.anomalies import AnomalyRule, RunModel, check_run, check_with, train
from pytest_perfgate.analysis.run_features import METRICS
from pytest_perfgate.errors import CannotJudgeError
from pytest_perfgate.model import (
    Anomaly,
    AnomalyCheck,
    BenchmarkId,
    GateReport,
    Judgement,
    Outcome,
    Policy,
    Run,
    Sample,
    Severity,
    Verdict,
)
from pytest_perfgate.ports import BaselineStore
from pytest_perfgate.workflows.clocks import past_runs, set_back
from pytest_perfgate.workflows.histories import passed_over

# More of the past would only slow the gate down, and tells less and less of today.
_MOST_RUNS = 100
# What a model's run has changed against.
_BACK = 10
# From this share of the oddness on, the machine is to blame.
_MACHINE_SHARE = 0.5
_NAMES = frozenset(metric.name for metric in METRICS)
# Says how unusual a run is.
Watch = Callable[[Run], AnomalyCheck]


def check_against_recorded(run: Run, store: BaselineStore, rule: AnomalyRule, *, ask: bool = False) -> AnomalyCheck:
    """Score a run against the recorded runs of its suite that were started before it, the newest hundred at most.

    Only headers are read while there are too few. Raises StoreError and DamagedFileError.
    """
    most = max(_MOST_RUNS, rule.min_history)
    ids = _before(run, store.load_headers(run.environment.fingerprint))[-most:]
    if len(ids) < rule.min_history:
        return AnomalyCheck(rows=len(ids), missing=rule.min_history - len(ids))
    return check_run(run, _load(store, run.environment.fingerprint, ids), rule, ask=ask)


def _before(run: Run, headers: Sequence[Run]) -> list[str]:
    """In the order of their start, which their names need not have."""
    earlier = [h for h in headers if h.started_at < run.started_at and h.suite == run.suite and not h.untrusted]
    return [h.id for h in sorted(earlier, key=lambda h: (h.started_at, h.id)) if h.id != run.id]


def _load(store: BaselineStore, fingerprint: str, ids: Sequence[str]) -> list[Run]:
    runs = {run.id: run for run in store.load_runs(fingerprint, ids, metrics=_NAMES)}
    return [runs[name] for name in ids if name in runs]


def is_the_machines_fault(check: AnomalyCheck) -> bool:
    """Whether the run as a whole is unusual, and most of that lies in the machine, not in the code's own numbers."""
    return check.unusual and check.whole is not None and check.whole.machine_share >= _MACHINE_SHARE


def second_chance(
    candidate: Run,
    unusual: AnomalyCheck | None,
    policy: Policy,
    watch: Watch | None,
    look_again: Callable[[Collection[BenchmarkId], int], tuple[Sample, ...]] | None,
) -> tuple[Run, bool, int]:
    """Measure a run again that the machine has spoiled, where that is asked for (`anomaly = "retry"`).

    Returns the run with all its processes, whether it can be trusted, and the number of the next look.
    """
    if policy.anomaly != "retry" or unusual is None or watch is None or not is_the_machines_fault(unusual):
        return candidate, True, 1
    if look_again is None:
        return candidate, False, 1
    again = look_again({sample.benchmark for sample in candidate.samples}, 1)
    # The load was read at the beginning: it says nothing of the second look.
    alone = replace(candidate, samples=again, environment=replace(candidate.environment, facts={}))
    whole = replace(candidate, samples=(*candidate.samples, *again))
    return whole, not is_the_machines_fault(watch(alone)), 2


def doubted(rows: Sequence[Judgement]) -> tuple[Judgement, ...]:
    """The rows of a run that is not to be trusted: none is known, except what was measured in turns with its base."""
    why = "the run is unusual, and measuring it again did not help"
    return tuple(
        row
        if row.comparison is None or row.comparison.method == "paired"
        else replace(row, verdict=Verdict.INCONCLUSIVE, severity=Severity.NONE, reason=why)
        for row in rows
    )


def too_few_to_watch(check: AnomalyCheck | None, policy: Policy) -> tuple[str, ...]:
    """A warning where somebody relies on anomalies being found, and none can be; what is damaged is said to all."""
    if check is not None and check.problem:
        return (f"Whether this run is unusual is not known: {check.problem}",)
    if check is None or not check.missing or policy.anomaly == "advise":
        return ()
    more = f"{check.missing} more recorded run{'s are' if check.missing > 1 else ' is'} needed"
    return (f"'anomaly' is set to \"{policy.anomaly}\", but {more} before a run can be called unusual",)


def failed_by_anomaly(report: GateReport) -> GateReport:
    """A pass that is none (`anomaly = "fail"`)."""
    if report.outcome is not Outcome.PASSED or report.anomaly is None or not report.anomaly.unusual:
        return report
    explanation = (
        "No benchmark got slower, but the run is unusual, and 'anomaly' is set to \"fail\". Run it again; "
        "'perfgate anomalies --explain' shows what is odd about a recorded run."
    )
    return replace(report, outcome=Outcome.UNUSUAL_RUN, explanation=explanation)


class Detected(Struct, frozen=True):
    """Each run with what it was found to be, in the order of their start; `notes`: what was left out, in words."""

    checks: tuple[tuple[Run, AnomalyCheck], ...]
    notes: tuple[str, ...]


def recorded_runs(store: BaselineStore, fingerprint: str, suite: str, *, now: datetime) -> tuple[list[Run], list[str]]:
    """Every trusted run of a suite, in the order of their start, with the samples that anomalies are found by.

    And notes of what was left out: a run that is dated in the future would be the newest for years.
    """
    past, notes = past_runs(store.load_headers(fingerprint), now)
    headers = [h for h in past if h.suite == suite and not h.untrusted]
    ids = [h.id for h in sorted(headers, key=lambda h: (h.started_at, h.id))]
    runs = _load(store, fingerprint, ids)
    return runs, [*notes, *set_back(headers), *passed_over(store)]


def detect(
    runs: Sequence[Run],
    rule: AnomalyRule,
    *,
    since: datetime,
    model: RunModel | None = None,
    trained_until: datetime | None = None,
    progress: Callable[[float], None] = lambda _: None,
) -> Iterator[tuple[Run, AnomalyCheck]]:
    """Each run from `since` on, scored against the runs before it; those after `trained_until` by the model as well.

    `runs`: oldest first.
    """
    wanted = [place for place, run in enumerate(runs) if run.started_at >= since]
    for done, place in enumerate(wanted):
        progress(done / len(wanted))
        run, before = runs[place], runs[max(0, place - _MOST_RUNS) : place]
        if model is not None and trained_until is not None and run.started_at > trained_until:
            whole: Anomaly | None = check_with(model, run, before[-_BACK:])
            yield run, AnomalyCheck(rows=len(model.rows.history), whole=whole)
        else:
            yield run, check_run(run, before, rule)
    progress(1.0)


def train_on(runs: Sequence[Run], rule: AnomalyRule, *, since: datetime) -> tuple[RunModel, Sequence[Run]]:
    """A model of the runs since then, and these. Raises CannotJudgeError where they are too few."""
    chosen = [run for run in runs if run.started_at >= since]
    model = train(chosen, rule)
    if model is None:
        missing = rule.min_history - len(chosen)
        raise CannotJudgeError(
            f"{len(chosen)} recorded runs since {since:%Y-%m-%d} are too few to learn from: {missing} more are needed "
            f"('min_history' is {rule.min_history}). Record more, or look further back with --since."
            if missing > 0
            else "The recorded runs hold none of the numbers that anomalies are found by."
        )
    return model, chosen
