"""Where levels changed and stayed, over the recorded runs of an environment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.analysis.change_points import Found, find_changes
from pytest_perfgate.analysis.columns import is_absolute
from pytest_perfgate.analysis.series_table import SeriesTable
from pytest_perfgate.errors import CannotJudgeError
from pytest_perfgate.model import BenchmarkId, Policy, Run
from pytest_perfgate.model.change_point import ChangePoint, ChangeReport
from pytest_perfgate.ports import BaselineStore
from pytest_perfgate.workflows.clocks import newest_date, past_runs, set_back
from pytest_perfgate.workflows.histories import histories, is_named, passed_over
from pytest_perfgate.workflows.names import chosen_names
from pytest_perfgate.workflows.reference import History, Window, select_reference

# Smaller ones are real perhaps, and of no interest.
DEFAULT_MIN_CHANGE = 0.01
_EVERYTHING = Window(days=36_500, runs=1_000_000)
_MOST_ENVIRONMENTS = 3
# A place found again may lie so many runs off.
_NEAR = 2


class Question(Struct, frozen=True):
    """What is asked: `benchmarks`: names or globs, `metrics`: names; empty for all, of metrics all that are judged.

    `min_change`: smallest share of a level that is worth showing. `only_new`: only what the newest run revealed.
    """

    benchmarks: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    since: datetime | None = None
    min_change: float = DEFAULT_MIN_CHANGE
    only_new: bool = False


def changes(
    store: BaselineStore,
    fingerprint: str,
    question: Question,
    *,
    policy: Policy,
    history: History,
    now: datetime,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> ChangeReport:
    """The changes of level, each once, and the creeps. Raises CannotJudgeError, with the reason, when nothing is there.

    Only runs that are part of the accepted past count, as for the gate. They are taken in the order of their commits
    where all of them know when they were committed, else in the order in which they ran.
    """
    headers = store.load_headers(fingerprint)
    kept, notes = _kept(headers, question, history, now)
    if not kept:
        raise CannotJudgeError(_nothing(store, headers, notes))
    metrics = question.metrics or policy.metrics
    tables = histories(
        store,
        fingerprint,
        benchmarks=question.benchmarks,
        metrics=metrics,
        since=question.since,
        keep=lambda run: run.id in kept,
    )
    _check_names(store, fingerprint, question, tables, metrics)
    order, words = _order(tables[0].runs)
    tables = tuple(table.at_runs(order) for table in tables)
    notes += [*words, *_units(tables), *_no_numbers(tables)]
    found = [_found(table, question, policy, progress) for table in tables]
    runs = tables[0].runs
    return ChangeReport(
        environment=fingerprint,
        changes=tuple(sorted((c for each in found for c in each.changes), key=lambda c: (c.since, c.id), reverse=True)),
        creeps=tuple(sorted((c for each in found for c in each.creeps), key=lambda creep: -abs(creep.total))),
        series=sum(len(table.benchmarks) for table in tables),
        too_short=sum(each.too_short for each in found),
        runs=len(runs),
        first=min(run.started_at for run in runs),
        last=max(run.started_at for run in runs),
        min_change=question.min_change,
        only_new=question.only_new,
        notes=(*notes, *_other_machines(store, fingerprint, runs), *passed_over(store)),
    )


def _kept(
    headers: Sequence[Run], question: Question, history: History, now: datetime
) -> tuple[frozenset[str], list[str]]:
    """Ids of the runs that count, and why others do not."""
    past, notes = past_runs(headers, now, newest_date)
    if question.since is not None:
        past = [header for header in past if header.started_at >= question.since]
    suite = past[-1].suite if past else ""
    reference = select_reference(past, suite=suite, history=history, window=_EVERYTHING, now=now)
    return frozenset(reference.run_ids), [*notes, *set_back(reference.headers), *reference.describe_left_out()]


def _nothing(store: BaselineStore, headers: Sequence[Run], notes: Sequence[str]) -> str:
    if not headers:
        return f"No run of this environment is in '{store.location}'; record one with 'pytest --perfgate-record'."
    why = f" {'; '.join(notes)}." if notes else " None is as new as '--since' asks."
    return f"None of the {len(headers)} recorded runs in '{store.location}' counts.{why}"


def _check_names(
    store: BaselineStore,
    fingerprint: str,
    question: Question,
    tables: Sequence[SeriesTable],
    metrics: Collection[str],
) -> None:
    """Say which name fits nothing."""
    names = {name for table in tables for name in table.benchmarks}
    if tables and all(any(is_named(name, [asked]) for name in names) for asked in question.benchmarks):
        return
    newest = next(iter(store.load_runs(fingerprint, list(store.run_ids(fingerprint))[-1:])))
    chosen = chosen_names((*newest.benchmarks, *names), question.benchmarks, store.location)
    theirs = sorted({sample.metric.name for sample in newest.samples if sample.benchmark in chosen})
    raise CannotJudgeError(f"No recorded run has {' or '.join(repr(m) for m in metrics)}; it has {', '.join(theirs)}.")


def _order(runs: Sequence[Run]) -> tuple[list[int], list[str]]:
    """Places of the runs in order, and what to know of it."""
    times = [run.commit.committed_at if run.commit is not None else None for run in runs]
    committed = [time for time in times if time is not None]
    if len(committed) == len(runs):
        keys = [(time, run.started_at, run.id) for time, run in zip(committed, runs, strict=True)]
    else:
        keys = [(run.started_at, run.started_at, run.id) for run in runs]
    order = sorted(range(len(runs)), key=lambda place: keys[place])
    notes = []
    late = sum(1 for place, before in zip(order[1:], order[:-1], strict=True) if place < before)
    if late:
        notes.append(f"older commits were measured later {late} time{'s' * (late > 1)}: taken in the order of commits")
    same = sum(count - 1 for count in Counter(run.started_at for run in runs).values())
    if same:
        notes.append(f"{same} run{'s' * (same > 1)} started at the time of another: taken in the order of their ids")
    return order, notes


def _units(tables: Iterable[SeriesTable]) -> list[str]:
    """A metric that was recorded in several units is several series."""
    units: dict[str, list[str]] = {}
    for table in tables:
        units.setdefault(table.metric.name, []).append(table.metric.unit)
    return [
        f"'{name:.40}' was recorded in {' and '.join(repr(unit[:20]) for unit in found)}: "
        "levels in different units are not compared"
        for name, found in units.items()
        if len(found) > 1
    ]


def _no_numbers(tables: Iterable[SeriesTable]) -> list[str]:
    """Values without a logarithm, or none at all."""
    count = 0
    for table in tables:
        levels = table.compared()
        count += int(((table.processes > 0) & ~(levels > 0) & ~((levels == 0) & is_absolute(table.metric))).sum())
    return [f"{count} level{'s' * (count > 1)} left out: no number, or not positive"] if count else []


def _found(table: SeriesTable, question: Question, policy: Policy, progress: Callable[[int, int], None]) -> Found:
    def look(part: SeriesTable) -> Found:
        return find_changes(part, alpha=policy.alpha, min_change=question.min_change, progress=progress)

    found = look(table)
    if not question.only_new or len(table.runs) < 2:  # noqa: PLR2004 - nothing was known before the first run
        return found
    # The newest to run, whatever its place in the order of commits.
    newest = max(range(len(table.runs)), key=lambda place: (table.runs[place].started_at, table.runs[place].id))
    before = look(table.at_runs(place for place in range(len(table.runs)) if place != newest))
    places = {run.id: place for place, run in enumerate(table.runs)}
    known = [(change.benchmark, change.improved, places[change.run]) for change in before.changes]
    creeping = {creep.benchmark for creep in before.creeps}
    return replace(
        found,
        changes=tuple(change for change in found.changes if not _is_known(change, places[change.run], known)),
        creeps=tuple(creep for creep in found.creeps if creep.benchmark not in creeping),
    )


def _is_known(change: ChangePoint, place: int, known: Iterable[tuple[BenchmarkId, bool, int]]) -> bool:
    near = max(change.places, _NEAR)
    return any(
        (change.benchmark, change.improved) == (name, improved) and abs(place - other) <= near
        for name, improved, other in known
    )


def _other_machines(store: BaselineStore, fingerprint: str, runs: Sequence[Run]) -> list[str]:
    """A new machine is no change: say where another one's runs end."""
    ours = runs[0].environment.parts
    first = min(run.started_at for run in runs)
    notes = []
    for other in store.environments():
        if other == fingerprint:
            continue
        headers = [header for header in store.load_headers(other) if header.started_at < first]
        if headers:
            theirs = headers[-1].environment.parts
            parts = sorted(key for key in {*ours, *theirs} if ours.get(key) != theirs.get(key))
            notes.append(
                f"{len(headers)} older {'runs are' if len(headers) > 1 else 'run is'} of another environment "
                f"({other[:12]}, other {', '.join(parts)}): a new machine is no change, levels are not compared across"
            )
    return notes[:_MOST_ENVIRONMENTS]
