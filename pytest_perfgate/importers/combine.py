"""Several outputs that a user names at once: which of them are processes of one run."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.errors import CannotJudgeError
from pytest_perfgate.importers.result import Imported
from pytest_perfgate.model import Sample
from pytest_perfgate.model.metric import DETERMINISTIC_KINDS
from pytest_perfgate.model.run import VALUES_FACT


class Output(Struct, frozen=True):
    """What one file or folder held: `name` as the user wrote it."""

    name: str
    executions: tuple[Imported, ...]


def combine(outputs: Sequence[Output]) -> list[Imported]:
    """The runs of several outputs, oldest first.

    Outputs of one execution each are further processes of one run where commit, tool and environment are the same;
    an output that holds several executions is a history, and each of them is a run. Raises CannotJudgeError for an
    output that repeats another's values: a copy is no replicate.
    """
    outputs = [_marked(output) for output in outputs]
    _refuse_copies(outputs)
    runs: list[Imported] = []
    together: dict[object, list[Imported]] = {}
    for output in outputs:
        if len(output.executions) == 1:
            together.setdefault(_key(output.executions[0]), []).append(output.executions[0])
        else:
            runs += output.executions
    runs += [_joined(parts) for parts in together.values()]
    return sorted(runs, key=lambda run: run.started_at.timestamp() if run.started_at else float("inf"))


def _key(execution: Imported) -> object:
    revision = execution.commit.revision if execution.commit else ""
    return execution.tool, execution.tool_version, revision, tuple(sorted(execution.environment.items()))


def _joined(parts: Sequence[Imported]) -> Imported:
    if len(parts) == 1:
        return parts[0]
    samples: list[Sample] = []
    process = 0
    for part in parts:
        samples += [replace(sample, process=sample.process + process) for sample in part.samples]
        process = 1 + max((sample.process for sample in samples), default=-1)
    times = [part.started_at for part in parts if part.started_at is not None]
    return replace(
        parts[0],
        samples=tuple(samples),
        benchmarks={name: facts for part in parts for name, facts in part.benchmarks.items()},
        started_at=min(times, default=None),
        facts={
            **{key: value for part in parts for key, value in part.facts.items()},
            VALUES_FACT: " ".join(part.facts.get(VALUES_FACT, "") for part in parts).strip(),
        },
        warnings=tuple(dict.fromkeys(line for part in parts for line in part.warnings)),
    )


def _refuse_copies(outputs: Sequence[Output]) -> None:
    seen: dict[str, str] = {}
    for output in outputs:
        for mark in {execution.facts[VALUES_FACT] for execution in output.executions} - {""}:
            if mark in seen:
                raise CannotJudgeError(
                    f"'{output.name}' holds the same values as '{seen[mark]}': a copy is no replicate. "
                    "Run the benchmarks again into a folder or file of their own."
                )
            seen[mark] = output.name


def _marked(output: Output) -> Output:
    executions = (
        replace(execution, facts={**execution.facts, VALUES_FACT: digest(execution.samples)})
        for execution in output.executions
    )
    return replace(output, executions=tuple(executions))


def digest(samples: Iterable[Sample]) -> str:
    """A mark of measured values, equal for equal values; empty where nothing was timed, since counts do repeat."""
    timed = (sample for sample in samples if sample.metric.kind not in DETERMINISTIC_KINDS)
    marks = sorted(_mark(sample) for sample in timed)
    return hashlib.sha256(b"".join(marks)).hexdigest()[:16] if marks else ""


def _mark(sample: Sample) -> bytes:
    name = f"{sample.benchmark}\n{sample.metric.name}\n".encode("utf-8", "replace")
    return hashlib.sha256(name + array("d", (sample.location, *sample.values)).tobytes()).digest()
