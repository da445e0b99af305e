"""Other tools' outputs as runs of this project."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.errors import ConfigError, ForeignFileError, PerfgateError
from pytest_perfgate.importers.combine import Output, combine
from pytest_perfgate.importers.files import STANDARD_INPUT, Heard, open_source
from pytest_perfgate.importers.importer import Importer, effective_settings
from pytest_perfgate.importers.registry import AUTO, Registry, all_importers
from pytest_perfgate.importers.result import MACHINE_PARTS, Imported
from pytest_perfgate.importers.samples import thinned
from pytest_perfgate.importers.source import Source
from pytest_perfgate.measure.environment import foreign_environment
from pytest_perfgate.model import Benchmark, Commit, GateReport, Run
from pytest_perfgate.storage.memory import WithoutRuns
from pytest_perfgate.wiring.judging import report_errors
from pytest_perfgate.wiring.project import Project, commit, now, open_baselines, policy
from pytest_perfgate.wiring.runs import acceptances, gate_context, make_run_id
from pytest_perfgate.workflows.gate import gate
from pytest_perfgate.workflows.import_run import ImportResult, import_runs


class Wanted(Struct, frozen=True):
    """What a user asked to import.

    `format`: an importer's name, or `auto`; `names`: files and folders, empty for the tool's usual place;
    `settings`: as `--set` gave them; `revision`: the commit that was measured, empty for what the output says or
    what is checked out; `partial`: only a part of the suite was run.
    """

    format: str
    names: tuple[str, ...]
    settings: dict[str, str] = {}
    revision: str = ""
    partial: bool = False


def read_runs(project: Project, wanted: Wanted, heard: Heard | None = None) -> list[Run]:
    """The runs that the named outputs hold, none recorded yet. Raises ForeignFileError, ConfigError.

    `heard`: hears how many of how many files of a folder were read.
    """
    registry = all_importers()
    outputs = [read_output(project, registry, wanted, name, heard) for name in _names(project, registry, wanted)]
    return [run_of(project, execution, wanted) for execution in combine(outputs)]


def _names(project: Project, registry: Registry, wanted: Wanted) -> Sequence[str]:
    if wanted.names:
        _refuse_repeated(wanted.names)
        return wanted.names
    if wanted.format == AUTO:
        raise ConfigError(["'auto' needs the file or folder to read"])
    importer = registry.named(wanted.format)
    found = usual_place(project, importer)
    if found is None:
        looked = " or ".join(f"'{place}'" for place in importer.usual_places(project.environ))
        raise ConfigError([f"Name the file or folder to read{f': there is no {looked} here' if looked else ''}."])
    return [found]


def usual_place(project: Project, importer: Importer) -> str | None:
    """Where the tool's results are: here, or in a folder above within the repository."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        for place in importer.usual_places(project.environ):
            path = folder / place
            if path.exists():
                return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
        if (folder / ".git").exists():
            break
    return None


def _refuse_repeated(names: Sequence[str]) -> None:
    seen: dict[Path, str] = {}
    for name in names:
        place = Path(os.path.realpath(name))  # Path.resolve() raises for a loop of links, which is told later
        if name != STANDARD_INPUT and place in seen:
            raise ConfigError([f"'{name}' and '{seen[place]}' are the same; one output is not two replicates."])
        seen[place] = name


def read_output(project: Project, registry: Registry, wanted: Wanted, name: str, heard: Heard | None = None) -> Output:
    """What one file or folder holds."""
    source = open_source(name, heard=heard)
    importer = registry.recognise(source) if wanted.format == AUTO else registry.named(wanted.format)
    settings = effective_settings(importer, project.config.importers.get(importer.name, {}), wanted.settings)
    executions = tuple(_parse(importer, source, settings))
    if not any(execution.samples for execution in executions):
        raise ForeignFileError(source.name, f"there is no benchmark of '{importer.name}' in it")
    return Output(source.name, executions)


def _parse(importer: Importer, source: Source, settings: Mapping[str, object]) -> Sequence[Imported]:
    try:
        return importer.parse(source, settings)
    except PerfgateError:
        raise
    except ValueError as error:
        raise ForeignFileError(source.name, str(error)) from error
    except Exception as error:
        # The last net: whatever a foreign file makes an importer stumble over, the user gets its name.
        problem = f"the importer '{importer.name}' stumbled over it ({type(error).__name__}: {error})"
        raise ForeignFileError(source.name, problem) from error


def run_of(project: Project, execution: Imported, wanted: Wanted, *, canaries: bool = False) -> Run:
    """The run of one execution; `canaries`: they were read beside it."""
    at, missing = _commit(project, execution, wanted)
    started_at = min(execution.started_at or now(), now())
    told = {**execution.environment, "tool": execution.tool, "tool version": execution.tool_version}
    label = project.config.environment_label
    environment = foreign_environment(project.environ, told, MACHINE_PARTS, label=label, canaries=canaries)
    names = dict.fromkeys(sample.benchmark for sample in execution.samples)
    return Run(
        id=make_run_id(started_at, at),
        started_at=started_at,
        environment=replace(environment, facts={**environment.facts, **execution.facts}),
        samples=tuple(thinned(sample) for sample in execution.samples),
        benchmarks={name: execution.benchmarks.get(name, Benchmark(name)) for name in names},
        commit=at,
        suite=project.config.suite,
        whole_suite=not wanted.partial,
        acceptances=tuple(item.id for item in acceptances(project, open_baselines(project))),
        warnings=(*((missing,) if missing else ()), *execution.warnings),
    )


def _commit(project: Project, execution: Imported, wanted: Wanted) -> tuple[Commit | None, str]:
    if execution.commit is not None and not wanted.revision:
        return execution.commit, ""
    outputs = [Path(name) for name in wanted.names if name != STANDARD_INPUT]
    facts = commit(project, revision=wanted.revision, outputs=outputs)
    if wanted.revision and facts.commit is None:
        raise ConfigError([f"There is no commit '{wanted.revision:.80}' here: {facts.missing}."])
    return facts.commit, facts.missing


def import_outputs(
    project: Project, runs: Sequence[Run], *, keep: bool, check: bool, pool: bool = False
) -> ImportResult:
    """Record and judge runs that were read; see the workflow."""
    store = open_baselines(project)

    def judge(run: Run, hidden: frozenset[str]) -> GateReport:
        context = gate_context(project, store)
        return report_errors(lambda: gate(run, store=WithoutRuns(store, hidden), policy=policy(project), **context))

    return import_runs(runs, store=store, keep=keep, judge=judge if check else None, pool=pool)
