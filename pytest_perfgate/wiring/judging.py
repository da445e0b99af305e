"""Judging recorded runs, and what a report needs from the machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from pytest_perfgate.analysis.adjust import at_one_speed
from pytest_perfgate.errors import (
    BaseRevisionError,
    CannotJudgeError,
    DamagedFileError,
    MeasurementError,
    PerfgateError,
    SharedCodeError,
    SideBuildError,
    StoreError,
)
from pytest_perfgate.measure import commit as git_facts
from pytest_perfgate.measure.machine_noise import watch
from pytest_perfgate.model import (
    GateReport,
    Outcome,
    Run,
)
from pytest_perfgate.model.noise import MachineNoise
from pytest_perfgate.report import render
from pytest_perfgate.storage.evidence_file import encode_evidence, needs_slices
from pytest_perfgate.storage.folder import write_over
from pytest_perfgate.storage.memory import MemoryBaselines, WithoutRuns
from pytest_perfgate.wiring.anomalies import watch_anomalies
from pytest_perfgate.wiring.project import Project, environment, make_instrument, now, open_baselines, policy
from pytest_perfgate.wiring.runs import gate_context
from pytest_perfgate.workflows.gate import could_not_judge, gate
from pytest_perfgate.workflows.reference import History, Window

# The first that fits counts: the special before the general.
_OUTCOMES: tuple[tuple[type[PerfgateError], Outcome], ...] = (
    (DamagedFileError, Outcome.DAMAGED_BASELINE),
    (SharedCodeError, Outcome.SAME_CODE),
    (BaseRevisionError, Outcome.BASE_UNAVAILABLE),
    (SideBuildError, Outcome.BASE_UNAVAILABLE),
    (MeasurementError, Outcome.MEASUREMENT_FAILED),
    (StoreError, Outcome.STORE_UNAVAILABLE),
    (CannotJudgeError, Outcome.NOTHING_MEASURED),
)


def report_errors(judge: Callable[[], GateReport]) -> GateReport:
    """Run a workflow; every error that means "could not judge" becomes a named outcome."""
    try:
        return judge()
    except (CannotJudgeError, StoreError) as error:
        outcome = next(outcome for kind, outcome in _OUTCOMES if isinstance(error, kind))
        return could_not_judge(outcome, str(error))


def judge_recorded(project: Project, run: Run) -> GateReport:
    """Judge a recorded run against the recorded runs that its own past contains."""
    store = open_baselines(project)
    context = gate_context(project, store)
    if run.commit is not None:
        try:
            ancestors = git_facts.ancestors(project.root, run.commit.revision)
            context["history"] = History(ancestors=ancestors, merge_base=run.commit.revision)
        except git_facts.GitError:
            pass  # the commit is not in this clone: today's past has to do
    before = [
        header.id for header in store.load_headers(run.environment.fingerprint) if header.started_at > run.started_at
    ]
    past = WithoutRuns(store, frozenset(before))
    return gate(run, store=past, policy=policy(project), watch=watch_anomalies(project, past), **context)


def compare_two(project: Project, before: Run, after: Run) -> GateReport:
    """Two recorded runs against each other: few replicates, said so in each row."""
    store = MemoryBaselines()
    store.save_run(replace(before, environment=after.environment))
    report = gate(
        after,
        store=store,
        policy=replace(policy(project), minimum_runs=1),
        window=Window(days=100_000, runs=1),
        history=History(),
        acceptances=[],
        now=now(),
    )
    if before.environment.fingerprint != after.environment.fingerprint:
        warning = "The two runs were measured in different environments; their times can't be compared."
        report = replace(report, warnings=(*report.warnings, warning))
    return report


def with_recorded_samples(project: Project, report: GateReport) -> GateReport:
    """The report with the recorded runs' samples, and those with the machine taken out, which only the plots need."""
    if report.environment is None or not report.baseline or report.against:
        return report
    runs = _recorded_runs(project, report, slices=False)
    ours = () if report.candidate is None else (report.candidate,)
    return replace(report, baseline=runs, adjusted=at_one_speed(runs, ours))


def with_evidence(project: Project, report: GateReport) -> GateReport:
    """The report with the recorded runs' samples, and the slices where the verdicts were made of them."""
    if report.environment is None or not report.baseline or report.against:
        return report
    return replace(report, baseline=_recorded_runs(project, report, slices=needs_slices(report)))


def _recorded_runs(project: Project, report: GateReport, *, slices: bool) -> tuple[Run, ...]:
    metrics = {row.metric.name for row in report.judgements}
    ids = [run.id for run in report.baseline]
    fingerprint = report.environment.fingerprint if report.environment is not None else ""
    return tuple(open_baselines(project).load_runs(fingerprint, ids, metrics=metrics, slices=slices))


def watch_noise(project: Project, seconds: float, progress: Callable[[float], None] | None = None) -> MachineNoise:
    """Watch this machine's canaries."""
    return watch(make_instrument(), seconds, environment(project).facts, progress)


def write_file(path: Path, text: str) -> None:
    """Write a file, atomically; StoreError says what is wrong."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """The same for a format that is no text."""
    write_over(path, content)


def write_report(report: GateReport, path: Path) -> None:
    """The report in the format of the file's ending; `.zip` is the report with its numbers, for another job."""
    write_over(path, encode_evidence(report) if path.suffix == ".zip" else render(report, path.suffix).encode())


def write_reports(project: Project, report: GateReport, folder: Path) -> GateReport:
    """Write the report's files; one that can't be written makes the outcome an infrastructure error."""
    for name in project.config.report:
        path = folder / name
        try:
            if path.suffix == ".html":
                report = with_recorded_samples(project, report)
            write_report(with_evidence(project, report) if path.suffix == ".zip" else report, path)
        except StoreError as error:
            failed = replace(report, warnings=(*report.warnings, str(error)))
            return (
                replace(failed, outcome=Outcome.STORE_UNAVAILABLE, explanation=str(error))
                if not report.exit_code
                else failed
            )
    return report
