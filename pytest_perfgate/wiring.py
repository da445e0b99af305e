"""The composition root: configuration in, concrete stores, clocks and facts out."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.config import Config, find_pyproject, load_config, policy_from
from pytest_perfgate.errors import (
    CannotJudgeError,
    ConfigError,
    DamagedFileError,
    MeasurementError,
    StoreError,
)
from pytest_perfgate.measure import commit as git_facts
from pytest_perfgate.measure.canary import default_canaries
from pytest_perfgate.measure.clock import SystemClock
from pytest_perfgate.measure.environment import read_environment
from pytest_perfgate.measure.machine_noise import watch
from pytest_perfgate.measure.slices import Instrument, SlicePlan
from pytest_perfgate.model import (
    Acceptance,
    Benchmark,
    BenchmarkId,
    Commit,
    Environment,
    GateReport,
    Outcome,
    Policy,
    Run,
    Sample,
)
from pytest_perfgate.model.noise import MachineNoise
from pytest_perfgate.ports import BaselineStore
from pytest_perfgate.report import render
from pytest_perfgate.storage import BRANCH_PREFIX, open_store
from pytest_perfgate.storage.folder import write_over
from pytest_perfgate.storage.memory import MemoryBaselines, WithoutRuns
from pytest_perfgate.workflows.accept import acceptance_of_trailer
from pytest_perfgate.workflows.gate import could_not_judge, gate
from pytest_perfgate.workflows.reference import History, Window


class Project(Struct, frozen=True):
    """A folder with its configuration; `environ`: the process's environment variables."""

    root: Path
    config: Config
    environ: Mapping[str, str]


def open_project(start: Path, environ: Mapping[str, str], overrides: Mapping[str, object]) -> Project:
    """The project that `start` belongs to: where its pyproject.toml is, else `start` itself."""
    pyproject = find_pyproject(start)
    text = None
    if pyproject is not None:
        try:
            text = pyproject.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError([f"'{pyproject}' can't be read: {error}"]) from error
    root = pyproject.parent if pyproject is not None else start
    return Project(root, load_config(text, environ, overrides), environ)


def policy(project: Project) -> Policy:
    """The project's thresholds."""
    return policy_from(project.config)


def open_baselines(project: Project) -> BaselineStore:
    """The project's store."""
    return open_store(project.config.baseline, project.root, ignore_damaged=project.config.ignore_damaged)


def make_instrument() -> Instrument:
    """The real clock and canaries."""
    return Instrument(SystemClock(), default_canaries())


def slice_plan(config: Config) -> SlicePlan:
    """A process's share of the time per benchmark."""
    return SlicePlan(budget_s=config.max_time / config.processes)


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(timezone.utc)


def environment(project: Project) -> Environment:
    """This machine and software."""
    settings = project.config
    return read_environment(
        project.environ, key_dependencies=settings.key_dependencies, label=settings.environment_label
    )


def commit(project: Project) -> git_facts.CommitFacts:
    """What is checked out; changes in the baseline folder do not make it dirty."""
    store = project.config.baseline
    own = [] if store.startswith(BRANCH_PREFIX) else [_relative_to_repository(project.root, store)]
    return git_facts.read_commit(project.root, project.environ, exclude=[path for path in own if path])


def _relative_to_repository(root: Path, store: str) -> str:
    try:
        top = Path(git_facts.git(root, "rev-parse", "--show-toplevel").strip()).resolve()
        return (root / store).resolve().relative_to(top).as_posix()
    except (git_facts.GitError, ValueError):
        return ""


def make_run(  # noqa: PLR0913 - a run has these facts
    project: Project,
    *,
    started_at: datetime,
    samples: Sequence[Sample],
    benchmarks: Mapping[BenchmarkId, Benchmark],
    seed: int,
    whole_suite: bool,
    paths: Sequence[str],
    untrusted: str,
    warnings: Sequence[str],
) -> Run:
    """The run of what was measured, with its machine and commit."""
    facts = commit(project)
    missing = (facts.missing,) if facts.missing else ()
    return Run(
        id=make_run_id(started_at, facts.commit),
        started_at=started_at,
        environment=environment(project),
        samples=tuple(samples),
        benchmarks=dict(benchmarks),
        commit=facts.commit,
        suite=project.config.suite,
        seed=seed,
        whole_suite=whole_suite,
        paths=tuple(paths),
        acceptances=tuple(item.id for item in acceptances(project, open_baselines(project))),
        untrusted=untrusted,
        warnings=(*missing, *warnings),
    )


def make_run_id(started_at: datetime, at: Commit | None) -> str:
    """Time, commit and six random digits: sorts by time, and no two runs share it."""
    revision = at.revision[:12] if at else "no-commit"
    return f"{started_at:%Y%m%dT%H%M%SZ}-{revision}-{secrets.token_hex(3)}"


def acceptances(project: Project, store: BaselineStore) -> list[Acceptance]:
    """Accepted changes of the store and of the commits' trailers, oldest first."""
    found = store.load_acceptances()
    since = now() - timedelta(days=project.config.window_days)
    try:
        trailers = git_facts.accept_trailers(project.root, since)
    except git_facts.GitError:
        trailers = []
    found += [acceptance_of_trailer(t.revision, t.author, t.committed_at, t.text) for t in trailers]
    return found


def history(project: Project) -> History:
    """The candidate's accepted past by git; without git every recorded run counts."""
    try:
        base = git_facts.merge_base(project.root, project.environ, project.config.target_branch)
        # Without a branch to compare with, what HEAD contains is its past.
        return History(ancestors=git_facts.ancestors(project.root, base or "HEAD"), merge_base=base)
    except git_facts.GitError:
        return History()


def gate_context(project: Project, store: BaselineStore) -> dict[str, Any]:
    """The arguments of the gate that come from the machine: window, history, accepted changes, the time."""
    settings = project.config
    return {
        "window": Window(days=settings.window_days, runs=settings.window_runs),
        "history": history(project),
        "acceptances": acceptances(project, store),
        "now": now(),
    }


def report_errors(judge: Callable[[], GateReport]) -> GateReport:
    """Run a workflow; every error that means "could not judge" becomes a named outcome."""
    try:
        return judge()
    except DamagedFileError as error:
        return could_not_judge(Outcome.DAMAGED_BASELINE, str(error))
    except MeasurementError as error:
        return could_not_judge(Outcome.MEASUREMENT_FAILED, str(error))
    except StoreError as error:
        return could_not_judge(Outcome.STORE_UNAVAILABLE, str(error))
    except CannotJudgeError as error:
        return could_not_judge(Outcome.NOTHING_MEASURED, str(error))


def fingerprint_of(project: Project, asked: str | None = None) -> str:
    """The environment that was asked for; else this machine's; else the only one that is recorded."""
    if asked is not None:
        return asked
    own = environment(project).fingerprint
    recorded = list(open_baselines(project).environments())
    return recorded[0] if own not in recorded and len(recorded) == 1 else own


def find_run(project: Project, run_id: str | None, asked: str | None = None) -> Run:
    """A recorded run by its id (or the beginning of one), else the newest of the environment."""
    store = open_baselines(project)
    environments = list(store.environments()) if run_id else [fingerprint_of(project, asked)]
    for fingerprint in environments:
        ids = [name for name in store.run_ids(fingerprint) if run_id is None or name.startswith(run_id)]
        if ids:
            return next(iter(store.load_runs(fingerprint, [ids[-1]], slices=True)))
    if run_id:
        raise CannotJudgeError(f"No run '{run_id:.80}' is in '{store.location}'; 'perfgate baseline list' shows them.")
    raise CannotJudgeError(
        f"No run of this environment is in '{store.location}'; record one with 'pytest --perfgate-record'."
    )


def judge_recorded(project: Project, run: Run) -> GateReport:
    """Judge a recorded run against the recorded runs that its own past contains."""
    store = open_baselines(project)
    context = gate_context(project, store)
    if run.commit is not None:
        try:
            past = git_facts.ancestors(project.root, run.commit.revision)
            context["history"] = History(ancestors=past, merge_base=run.commit.revision)
        except git_facts.GitError:
            pass  # the commit is not in this clone: today's past has to do
    before = [
        header.id for header in store.load_headers(run.environment.fingerprint) if header.started_at > run.started_at
    ]
    return gate(run, store=WithoutRuns(store, frozenset(before)), policy=policy(project), **context)


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
    """The report with the recorded runs' samples, which only the plots need."""
    if report.environment is None or not report.baseline:
        return report
    metrics = {row.metric.name for row in report.judgements}
    ids = [run.id for run in report.baseline]
    runs = open_baselines(project).load_runs(report.environment.fingerprint, ids, metrics=metrics)
    return replace(report, baseline=tuple(runs))


def who_and_where(project: Project) -> dict[str, str]:
    """Who accepts a change, at which commit."""
    at = commit(project).commit
    return {
        "accepted_by": git_facts.user_name(project.root) or project.environ.get("USER", ""),
        "revision": at.revision if at else "",
    }


def watch_noise(project: Project, seconds: float, progress: Callable[[float], None] | None = None) -> MachineNoise:
    """Watch this machine's canaries."""
    return watch(make_instrument(), seconds, environment(project).facts, progress)


def write_file(path: Path, text: str) -> None:
    """Write a file, atomically; StoreError says what is wrong."""
    write_over(path, text.encode())


def write_reports(project: Project, report: GateReport, folder: Path) -> GateReport:
    """Write the report's files; one that can't be written makes the outcome an infrastructure error."""
    for name in project.config.report:
        path = folder / name
        try:
            if path.suffix == ".html":
                report = with_recorded_samples(project, report)
            write_over(path, render(report, path.suffix).encode())
        except StoreError as error:
            failed = replace(report, warnings=(*report.warnings, str(error)))
            return (
                replace(failed, outcome=Outcome.STORE_UNAVAILABLE, explanation=str(error))
                if not report.exit_code
                else failed
            )
    return report
