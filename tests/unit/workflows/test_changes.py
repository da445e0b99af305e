"""Which recorded runs are looked at for changes, in which order, and what is said of the others."""

from datetime import timedelta

import pytest
from builders import ENVIRONMENT, START, make_run
from msgspec.structs import replace

from pytest_perfgate.errors import CannotJudgeError
from pytest_perfgate.model import Commit, Environment, Metric, Policy, Sample
from pytest_perfgate.storage.memory import MemoryBaselines
from pytest_perfgate.workflows.changes import Question, changes
from pytest_perfgate.workflows.reference import History

NOW = START + timedelta(days=30)
POLICY = Policy(metrics=("execution_time",))
NAMES = ("t.py::a", "t.py::b", "t.py::c", "t.py::d")


def recorded(count=30, *, at=20, factor=1.2, commit=None):
    runs = []
    for number in range(count):
        costs = dict.fromkeys(NAMES, 1e-3)
        costs["t.py::a"] *= factor if number >= at else 1.0
        runs.append(make_run(number, costs, commit=commit(number) if commit else None))
    return runs


def store_of(runs):
    store = MemoryBaselines()
    for run in runs:
        store.save_run(run)
    return store


def look(runs, question=None, **options):
    arguments = {"policy": POLICY, "history": History(), "now": NOW, **options}
    return changes(store_of(runs), ENVIRONMENT.fingerprint, question or Question(), **arguments)


def test_a_change_is_found_and_the_report_says_what_was_looked_at():
    report = look(recorded())
    assert [change.benchmark for change in report.changes] == ["t.py::a"]
    assert (report.series, report.runs, report.too_short, report.notes) == (4, 30, 0, ())
    assert (report.first, report.last) == (START, START + timedelta(hours=29))


def test_runs_are_taken_in_the_order_of_their_commits():
    """An old commit that is measured again after the change is no undoing of it."""
    runs = recorded(commit=lambda n: Commit(f"{n:040x}", committed_at=START + timedelta(minutes=n)), count=24, at=16)
    again = [replace(run, id=f"9999{run.id}", started_at=run.started_at + timedelta(days=20)) for run in runs[4:12]]
    now = NOW + timedelta(days=30)
    (change,) = look([*runs, *again], now=now).changes
    assert change.bad == f"{16:040x}"
    assert look([*runs, *again], now=now).notes == (
        "older commits were measured later 8 times: taken in the order of commits",
    )


def test_without_the_commits_times_the_order_is_that_of_the_runs():
    report = look(recorded())
    assert [change.bad for change in report.changes] == [f"{20:040x}"]
    assert report.notes == ()


def test_a_run_from_the_future_is_left_out_and_named():
    runs = recorded()
    runs[5] = replace(runs[5], started_at=NOW + timedelta(days=400))
    report = look(runs)
    assert report.runs == 29
    assert report.notes == ("1 recorded run was left out: dated in the future; a clock was wrong",)


def test_two_runs_at_one_time_are_ordered_by_id_and_it_says_so():
    runs = recorded()
    runs[6] = replace(runs[6], started_at=runs[5].started_at)
    assert look(runs).notes == ("1 run started at the time of another: taken in the order of their ids",)


def test_runs_with_uncommitted_changes_are_left_out_and_counted():
    runs = recorded()
    runs[3] = replace(runs[3], commit=replace(runs[3].commit, dirty=True))
    past = History(ancestors=frozenset(run.commit.revision for run in runs))
    assert look(runs, history=past).notes == ("1 recorded run was left out: uncommitted changes",)


def test_since_leaves_the_older_runs_alone():
    report = look(recorded(), Question(since=START + timedelta(hours=22)))
    assert (report.changes, report.runs) == ((), 8)


def test_the_newest_run_reveals_each_change_once():
    runs = recorded(30, at=20)
    revealed = [count for count in range(19, 31) if look(runs[:count], Question(only_new=True)).changes]
    assert len(revealed) == 1
    assert 23 <= revealed[0] <= 25


def test_a_unit_that_changed_is_said_and_not_compared():
    runs = []
    for number in range(30):
        metric = Metric("size", "kB" if number < 15 else "B")
        sample = Sample("a", metric, 0, (5.0 if number < 15 else 5000.0) + 0.01 * (number % 3))
        runs.append(replace(make_run(number, {}), samples=(sample,)))
    report = look(runs, Question(metrics=("size",)))
    assert report.changes == ()
    assert report.notes == ("'size' was recorded in 'kB' and 'B': levels in different units are not compared",)


def test_levels_that_are_no_numbers_are_counted():
    runs = recorded()
    bad = [replace(s, location=float("nan")) if s.benchmark == "t.py::b" else s for s in runs[3].samples]
    runs[3] = replace(runs[3], samples=tuple(bad))
    assert look(runs).notes == ("1 level left out: no number, or not positive",)


def test_another_machine_is_named_and_no_change():
    runs = recorded(at=100)
    parts = {**ENVIRONMENT.parts, "cpu": "old"}
    older = [
        replace(make_run(number, dict.fromkeys(NAMES, 5e-3)), environment=Environment("f" * 16, parts))
        for number in range(10)
    ]
    newer = [replace(run, started_at=run.started_at + timedelta(days=2)) for run in runs]
    report = look([*older, *newer])
    assert report.changes == ()
    assert report.notes[0].startswith("10 older runs are of another environment (ffffffffffff, other cpu)")


@pytest.mark.parametrize("count", [1, 2, 5])
def test_too_few_runs_say_so_and_find_nothing(count):
    report = look(recorded(count, at=1, factor=5))
    assert (report.changes, report.too_short) == ((), 4)


def test_nothing_recorded_says_how_to_record():
    with pytest.raises(CannotJudgeError, match="record one with 'pytest --perfgate-record'"):
        look([])


def test_when_no_run_counts_the_reasons_are_given():
    with pytest.raises(
        CannotJudgeError, match="None of the 30 recorded runs .*30 recorded runs were left out: not part"
    ):
        look(recorded(), history=History(ancestors=frozenset({"0"})))


def test_a_benchmark_or_metric_that_is_not_there_is_named():
    with pytest.raises(CannotJudgeError, match="did you mean 't.py::a'"):
        look(recorded(), Question(benchmarks=("t.py::aa",)))
    with pytest.raises(
        CannotJudgeError, match="No recorded run has 'exec'; it has allocated_peak, cpu_time, execution_time"
    ):
        look(recorded(), Question(metrics=("exec",)))


def test_a_history_without_one_number_is_counted_and_finds_nothing():
    runs = recorded()
    runs = [replace(run, samples=tuple(replace(s, location=float("nan")) for s in run.samples)) for run in runs]
    report = look(runs)
    assert (report.changes, report.too_short) == ((), 4)
    assert report.notes == ("120 levels left out: no number, or not positive",)
