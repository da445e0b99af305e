"""What other tools measured: record it, judge it, or both."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.errors import CannotJudgeError
from pytest_perfgate.model import GateReport, Outcome, Run, Sample
from pytest_perfgate.model.metric import DETERMINISTIC_KINDS
from pytest_perfgate.model.run import VALUES_FACT
from pytest_perfgate.ports import BaselineStore
from pytest_perfgate.workflows.record import record

_TELLING_VALUES = 5
_SHOWN = 3
Judge = Callable[[Run, frozenset[str]], GateReport]


class ImportResult(Struct, frozen=True):
    """`runs`: what was read; `recorded_to`: where each recorded one landed; `report`: where one was judged.

    `known`: how many runs of a history were recorded already, and are not among `runs`.
    """

    runs: tuple[Run, ...]
    recorded_to: tuple[str, ...] = ()
    report: GateReport | None = None
    known: int = 0


def import_runs(
    runs: Sequence[Run], *, store: BaselineStore, keep: bool, judge: Judge | None = None, pool: bool = False
) -> ImportResult:
    """Record the runs (`keep`), judge the only one (`judge`), or judge it and record it if it passed.

    `judge` gets the run and the ids of recorded runs that must not be its reference. `pool`: the recorded runs of
    the same commit are judged together with it, each a further replicate. All runs land or none does; of a history
    those that are not recorded yet.
    """
    if not keep and judge is None:
        return ImportResult(tuple(runs))
    headers = functools.cache(store.load_headers)
    runs = [_measured_again(run, store, headers(run.environment.fingerprint)) for run in runs]
    if judge is None:
        new = _not_recorded(runs, headers)
        return ImportResult(tuple(new), recorded_to=_record_all(new, store), known=len(runs) - len(new))
    run = _only(runs)
    copies = _copies(run, headers(run.environment.fingerprint))
    report = judge(*_pooled(run, store, copies)) if pool else judge(run, copies)
    if copies:
        warning = f"Values of this run are recorded already as '{min(copies)}', which was left out of the reference."
        report = replace(report, warnings=(*report.warnings, warning))
    if not keep or report.outcome is not Outcome.PASSED:
        return ImportResult((run,), report=report)
    recorded_to = _record_all(_not_recorded([run], headers), store)
    return ImportResult((run,), recorded_to, replace(report, recorded_to=recorded_to[0]))


def _only(runs: Sequence[Run]) -> Run:
    if len(runs) != 1:
        raise CannotJudgeError(
            f"What was named holds {len(runs)} runs, of different commits, machines or times; '--check' judges one. "
            "Name the output of one, or record them with '--record' and judge the newest with 'perfgate check'."
        )
    return runs[0]


def _copies(run: Run, headers: Sequence[Run]) -> frozenset[str]:
    """Ids of recorded runs that hold one of the very same outputs."""
    marks = _marks(run)
    return frozenset(header.id for header in headers if marks & _marks(header))


def _marks(run: Run) -> set[str]:
    return set(run.environment.facts.get(VALUES_FACT, "").split())


def _measured_again(run: Run, store: BaselineStore, headers: Sequence[Run]) -> Run:
    """The run without benchmarks that hold the very values of the newest recorded run: nobody ran them again.

    Two measurements never agree in every digit; a folder that keeps the results of an earlier run does.
    """
    newest = max(headers, key=lambda header: header.started_at, default=None)
    if newest is None or _marks(run) & _marks(newest):
        return run
    (recorded,) = store.load_runs(run.environment.fingerprint, [newest.id], slices=True)
    known = {_key(sample) for sample in recorded.samples if _tells(sample)}
    again = tuple(sample for sample in run.samples if not (_tells(sample) and _key(sample) in known))
    if not again or len(again) == len(run.samples):
        return run
    gone = sorted({sample.benchmark for sample in run.samples if _tells(sample) and _key(sample) in known})
    named = ", ".join(f"'{name:.120}'" for name in gone[:_SHOWN]) + ", …" * (len(gone) > _SHOWN)
    warning = (
        f"{len(gone)} benchmark{'s' * (len(gone) > 1)} with the very values of the recorded run '{newest.id}' "
        f"{'was' if len(gone) == 1 else 'were'} not run again and left out: {named}"
    )
    measured = {sample.benchmark for sample in again}
    kept = {name: facts for name, facts in run.benchmarks.items() if name in measured}
    return replace(run, samples=again, benchmarks=kept, warnings=(*run.warnings, warning))


def _tells(sample: Sample) -> bool:
    """Whether equal values mean a copy: several, and timed, not counted."""
    return len(set(sample.values)) >= _TELLING_VALUES and sample.metric.kind not in DETERMINISTIC_KINDS


def _key(sample: Sample) -> object:
    """What is equal for copies; a recorded value has six digits."""
    return sample.benchmark, sample.metric.name, tuple(f"{value:.6g}" for value in sample.values)


def _pooled(run: Run, store: BaselineStore, copies: frozenset[str]) -> tuple[Run, frozenset[str]]:
    """The run with the processes of the recorded runs of its commit, and all that must not be its reference."""
    fingerprint = run.environment.fingerprint
    if run.commit is None or run.commit.dirty:
        raise CannotJudgeError(
            "Recorded runs can only be judged together with this one at a clean commit: what else was measured there "
            "can't be known. Commit first."
        )
    same = [
        header.id
        for header in store.load_headers(fingerprint)
        if header.commit is not None
        and header.commit.revision == run.commit.revision
        and not header.commit.dirty
        and header.suite == run.suite
    ]
    samples = list(run.samples)
    for other in store.load_runs(fingerprint, [name for name in same if name not in copies], slices=True):
        first = 1 + max((sample.process for sample in samples), default=-1)
        samples += [replace(sample, process=sample.process + first) for sample in other.samples]
    return replace(run, samples=tuple(samples)), copies | frozenset(same)


def _not_recorded(runs: Sequence[Run], headers: Callable[[str], Sequence[Run]]) -> list[Run]:
    """The runs that are new; CannotJudgeError where none is: a copy is no replicate.

    A history grows by a run at a time and is imported again.
    """
    copies = [_copies(run, headers(run.environment.fingerprint)) for run in runs]
    new = [run for run, recorded in zip(runs, copies, strict=True) if not recorded]
    if runs and not new:
        raise CannotJudgeError(
            f"Values of this run are recorded already as '{min(copies[-1])}'; a copy is no replicate. "
            "Run the benchmarks again before they are recorded again."
        )
    return new


def _record_all(runs: Sequence[Run], store: BaselineStore) -> tuple[str, ...]:
    landed: list[str] = []
    try:
        for run in runs:
            landed.append(record(run, store))  # noqa: PERF401 - what has landed must be known when one fails
    except BaseException:
        for run in runs[: len(landed)]:
            store.delete_runs(run.environment.fingerprint, [run.id])
        raise
    return tuple(landed)
