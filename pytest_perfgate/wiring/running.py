"""A foreign command, run several times: each a process of one run, with the canaries read in between."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.errors import CannotJudgeError, ConfigError, ForeignFileError, MeasurementError
from pytest_perfgate.importers.combine import Output, combine
from pytest_perfgate.importers.files import STANDARD_INPUT
from pytest_perfgate.importers.registry import AUTO, Registry, all_importers
from pytest_perfgate.importers.result import Imported
from pytest_perfgate.measure.canary_reading import between, read_canaries
from pytest_perfgate.measure.command import Errand, Finished, joined, run_command
from pytest_perfgate.model import Benchmark, BenchmarkId, Commit, Metric, Run, Sample
from pytest_perfgate.model.metric import CPU_TIME, EXECUTION_TIME
from pytest_perfgate.wiring.imports import Wanted, read_output, run_of, usual_place
from pytest_perfgate.wiring.project import Project, commit, make_instrument

CRITERION = "criterion"
# What the command uses as a whole is recorded under this name, beside its benchmarks.
WHOLE_COMMAND = BenchmarkId("(the whole command)")


class RunRequest(Struct, frozen=True):
    """`wanted` names at most one output, `-` for what the command prints; Criterion's own place without a name."""

    command: tuple[str, ...]
    wanted: Wanted
    processes: int
    timeout_s: float = 0.0


class Listener(Protocol):
    """Hears how far the command is."""

    def on_process(self, number: int) -> None:
        """The process `number`, from 0, begins."""

    def on_elapsed(self, seconds: float) -> None:
        """So long does it run already."""


def run_and_read(project: Project, request: RunRequest, listener: Listener) -> Run:
    """Run the command, read what it wrote after each time, and make one run of all.

    Raises MeasurementError when the command fails or writes nothing; then nothing is kept of the others either.
    """
    registry = all_importers()
    if request.wanted.format != AUTO:
        registry.named(request.wanted.format)  # a slip is told before anything runs
    elif not request.wanted.names:
        raise ConfigError(["'auto' needs the file that the command writes: '--import auto=PATH'"])
    instrument = make_instrument()
    outputs = [Path(name) for name in request.wanted.names if name != STANDARD_INPUT]
    facts = commit(project, outputs=outputs)  # before the command writes into the tree
    reads = [read_canaries(instrument)]
    ends: list[Finished] = []
    found: list[Output] = []
    with tempfile.TemporaryDirectory(prefix="perfgate-") as folder:
        for number in range(request.processes):
            listener.on_process(number)
            place = _Place(Path(folder) / str(number), project, registry, request)
            ends.append(run_command(place.errand, _named(number, request), listener.on_elapsed))
            reads.append(read_canaries(instrument))
            found.append(place.read(_named(number, request)))
    executions = combine(found)
    if len(executions) != 1:
        raise CannotJudgeError(
            f"'{joined(request.command):.200}' left results of {len(executions)} commits or machines; one was expected."
        )
    canaries = _per_process(found, [between(*pair) for pair in pairwise(reads)])
    run = run_of(project, _with_commit(executions[0], facts.commit), request.wanted, canaries=True)
    return _with_command(_with_canaries(run, canaries), request, ends, facts.missing)


def _named(number: int, request: RunRequest) -> str:
    return f"Process {number + 1} of {request.processes}"


class _Place:
    """Where one process writes, and how it is told so."""

    def __init__(self, folder: Path, project: Project, registry: Registry, request: RunRequest) -> None:
        folder.mkdir()
        self._project, self._registry, self._wanted = project, registry, request.wanted
        self._home = folder / CRITERION
        self._printed = folder / "output"
        self.errand = Errand(
            command=request.command,
            environ=self._environ(),
            output=self._printed,
            errors=folder / "errors",
            timeout_s=request.timeout_s,
        )
        self._name = self._where()
        self._before = _stamp(self._name)

    def _environ(self) -> dict[str, str]:
        """A folder of its own for Criterion's results; cargo's own stays, so that nothing is built twice."""
        environ = dict(os.environ)
        if self._wanted.format == CRITERION and not self._wanted.names:
            environ["CRITERION_HOME"] = str(self._home)
        if environ.get("CARGO_TARGET_DIR"):
            # cargo runs each benchmark in its package's folder, where a relative one would be another.
            environ["CARGO_TARGET_DIR"] = str(Path(environ["CARGO_TARGET_DIR"]).resolve())
        return environ

    def _where(self) -> str | None:
        """The output; before 0.3.3 Criterion does not know CRITERION_HOME and writes to its usual place."""
        if not self._wanted.names:
            return usual_place(self._project, self._registry.named(self._wanted.format))
        name = self._wanted.names[0]
        return str(self._printed) if name == STANDARD_INPUT else name

    def read(self, what: str) -> Output:
        """What the process wrote; an output that is as it was before is nobody's result."""
        own = self._home.is_dir() and any(self._home.iterdir())
        name = str(self._home) if own else (self._name or self._where())
        if name is None or (not own and _stamp(name) == self._before):
            shown = f"to '{name}'" if name and self._wanted.names else f"of '{self._wanted.format}'"
            raise MeasurementError(f"{what}: '{joined(self.errand.command):.200}' wrote no results {shown}.")
        try:
            output = read_output(self._project, self._registry, self._wanted, name)
        except ForeignFileError as error:
            raise ForeignFileError(
                error.file, error.problem, place=", ".join(filter(None, [what, error.place]))
            ) from error
        if len(output.executions) != 1:
            raise CannotJudgeError(f"'{name}' holds {len(output.executions)} runs; name the output of one run.")
        return replace(output, name=f"{output.name} ({what})")


def _stamp(name: str | None) -> object:
    """What changes when a file, or any file of a folder, is written."""
    if name is None:
        return None
    path = Path(name)
    try:
        if path.is_dir():
            return max(
                ((file.stat().st_mtime_ns, str(file)) for file in path.rglob("*") if file.is_file()), default=None
            )
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _with_commit(execution: Imported, at: Commit | None) -> Imported:
    return execution if execution.commit is not None or at is None else replace(execution, commit=at)


def _per_process(found: Sequence[Output], readings: Sequence[Mapping[str, float]]) -> dict[int, Mapping[str, float]]:
    """Process of the joined run -> its canaries: one command may have started several."""
    canaries: dict[int, Mapping[str, float]] = {}
    first = 0
    for output, reading in zip(found, readings, strict=True):
        count = 1 + max(sample.process for sample in output.executions[0].samples)
        canaries.update(dict.fromkeys(range(first, first + count), reading))
        first += count
    return canaries


def _with_canaries(run: Run, canaries: Mapping[int, Mapping[str, float]]) -> Run:
    samples = (
        replace(sample, canary_locations=dict(canaries[sample.process])) if _depends_on_speed(sample.metric) else sample
        for sample in run.samples
    )
    return replace(run, samples=tuple(samples))


def _depends_on_speed(metric: Metric) -> bool:
    return metric in {EXECUTION_TIME, CPU_TIME} or metric.name.startswith("throughput_")


def _with_command(run: Run, request: RunRequest, ends: Sequence[Finished], missing: str) -> Run:
    """The run with what each process of the command used."""
    samples = [
        Sample(WHOLE_COMMAND, metric, number, value, values=(value,))
        for number, end in enumerate(ends)
        for metric, value in end.usage.items()
    ]
    # Its arguments stay out of what git keeps: people put tokens there.
    facts = {**run.environment.facts, "command": Path(request.command[0]).name}
    facts["seconds"] = " ".join(f"{end.wall_s:.1f}" for end in ends)
    return replace(
        run,
        samples=(*run.samples, *samples),
        benchmarks={**run.benchmarks, WHOLE_COMMAND: Benchmark(WHOLE_COMMAND)},
        environment=replace(run.environment, facts=facts),
        warnings=tuple(dict.fromkeys((*((missing,) if missing else ()), *run.warnings))),
    )
