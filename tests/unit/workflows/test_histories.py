"""Which runs and benchmarks become series."""

from datetime import timedelta

import pytest
from builders import ENVIRONMENT, START, make_run

from pytest_perfgate.errors import CannotJudgeError
from pytest_perfgate.model import Metric
from pytest_perfgate.storage.memory import MemoryBaselines
from pytest_perfgate.workflows.histories import histories
from pytest_perfgate.workflows.history import history

NAMES = {"t.py::a[1]": 1e-3, "t.py::a[2]": 2e-3, "t.py::b": 3e-3}


@pytest.fixture
def store():
    store = MemoryBaselines()
    for number in range(6):
        store.save_run(make_run(number, NAMES))
    return store


def test_all_benchmarks_and_metrics_are_there_when_nothing_is_asked(store):
    tables = histories(store, ENVIRONMENT.fingerprint)
    assert {table.metric.name for table in tables} == {"execution_time", "cpu_time", "allocated_peak"}
    assert {len(table.benchmarks) for table in tables} == {3}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (["t.py::a[1]"], ["t.py::a[1]"]),
        (["t.py::a*"], ["t.py::a[1]", "t.py::a[2]"]),
        (["*b", "*[2]"], ["t.py::a[2]", "t.py::b"]),
    ],
    ids=["name", "glob", "two"],
)
def test_benchmarks_are_named_or_globbed_and_a_bracket_is_a_bracket(store, asked, found):
    (table,) = histories(store, ENVIRONMENT.fingerprint, benchmarks=asked, metrics=["execution_time"])
    assert sorted(table.benchmarks) == found


def test_since_leaves_out_what_is_older(store):
    since = START + timedelta(hours=4)
    (table,) = histories(store, ENVIRONMENT.fingerprint, metrics=["execution_time"], since=since)
    assert [run.started_at for run in table.runs] == [since, since + timedelta(hours=1)]


def test_runs_that_are_not_to_be_kept_teach_nothing_either(store):
    (table,) = histories(
        store, ENVIRONMENT.fingerprint, metrics=["execution_time"], keep=lambda run: run.started_at > START
    )
    assert len(table.runs) == 5


def test_an_empty_store_has_no_tables():
    assert histories(MemoryBaselines(), ENVIRONMENT.fingerprint) == ()


def test_the_history_of_one_is_that_of_many(store):
    series = history(store, ENVIRONMENT.fingerprint, "t.py::b", "execution_time")
    (table,) = histories(store, ENVIRONMENT.fingerprint, metrics=["execution_time"])
    many = table.series(table.benchmarks.index("t.py::b"))
    assert [point.level for point in series.points] == [point.level for point in many.points]
    assert [p.adjusted for p in series.points] == pytest.approx([p.adjusted for p in many.points], rel=1e-6)


def test_levels_in_another_unit_are_left_out_of_a_history_and_it_says_so():
    store = MemoryBaselines()
    for number in range(5):
        store.save_run(make_run(number, {"a": 5.0}, metric=Metric("size", "B" if number > 1 else "kB")))
    series = history(store, ENVIRONMENT.fingerprint, "a", "size")
    assert (series.unit, len(series.points)) == ("B", 3)
    assert series.notes == ("2 runs were recorded in 'kB' and left out",)


def test_a_name_that_is_not_there_gets_the_nearest(store):
    with pytest.raises(CannotJudgeError, match="did you mean 't.py::b'"):
        history(store, ENVIRONMENT.fingerprint, "t.py::bb", "execution_time")
