"""The recorded past of a project, machine by machine."""

from datetime import timedelta

import pytest
from builders import START
from msgspec.structs import replace
from noisy_runs import noisy_run

from pytest_perfgate.errors import CannotJudgeError
from pytest_perfgate.model import Environment, Policy
from pytest_perfgate.storage.memory import MemoryBaselines
from pytest_perfgate.workflows.project_history import project_history
from pytest_perfgate.workflows.reference import History

DEVIATIONS = {"a": 0.005, "b": 0.01, "c": 0.01}


def told(store, **options):
    return project_history(
        store,
        store.environments(),
        **{"since": None, "policy": Policy(), "history": History(), "now": START + timedelta(days=30), **options},
    )


def filled(count=24):
    store = MemoryBaselines()
    for number in range(count):
        store.save_run(noisy_run(number, DEVIATIONS, slower={"a": 0.2} if number >= 14 else {}))
    return store


def test_levels_processes_and_changes_stand_beside_the_runs():
    (environment,) = told(filled()).environments
    assert [series.benchmark for series in environment.series] == ["a", "b", "c"]
    first = environment.series[0]
    assert len(first.level) == len(environment.runs) == 24
    assert [change.run for change in first.changes] == [environment.runs[14].id]
    assert not environment.series[1].changes
    assert all(low <= level <= high for low, level, high in zip(first.lowest, first.level, first.highest, strict=True))
    assert max(first.adjusted[:14]) < min(first.adjusted[14:])


def test_each_machine_has_its_own_history_and_the_one_that_ran_last_comes_first():
    store = filled(6)
    for number in range(6, 9):
        run = noisy_run(number, DEVIATIONS)
        store.save_run(replace(run, environment=Environment("0" * 12, {"cpu": "other"})))
    environments = told(store).environments
    assert [environment.environment.parts["cpu"] for environment in environments] == ["other", "test"]
    assert [len(environment.runs) for environment in environments] == [3, 6]


def test_only_runs_since_then_are_shown():
    (environment,) = told(filled(), since=START + timedelta(hours=20)).environments
    assert len(environment.runs) == 4


def test_where_no_run_counts_the_levels_are_shown_with_the_reason():
    (environment,) = told(filled(), history=History(ancestors=frozenset())).environments
    assert len(environment.runs) == 24
    assert "None of the 24 recorded runs" in environment.notes[0]


def test_nothing_recorded_is_said():
    with pytest.raises(CannotJudgeError, match="has no run to show"):
        told(MemoryBaselines())
