"""The gate's report says what the recorded runs know of a row that fails."""

from datetime import timedelta

import pytest
from builders import START, history, make_run
from msgspec.structs import replace

from pytest_perfgate.model import Policy
from pytest_perfgate.report import render
from pytest_perfgate.storage.memory import MemoryBaselines
from pytest_perfgate.workflows.gate import gate
from pytest_perfgate.workflows.reference import History, Window

COSTS = {"a": 1e-3, "b": 2e-3, "c": 5e-6, "d": 7e-5}


def judged(method):
    store = MemoryBaselines()
    for run in history(10, slices=4):
        store.save_run(run)
    candidate = make_run(100, {**COSTS, "a": 1.4e-3}, processes=9, slices=4)
    candidate = replace(candidate, started_at=START + timedelta(days=1))
    return gate(
        candidate,
        store=store,
        policy=Policy(metrics=("execution_time",), method=method),
        window=Window(),
        history=History(),
        acceptances=[],
        now=START + timedelta(days=2),
    )


@pytest.mark.parametrize("ending", [".txt", ".md", ".json", ".html"])
def test_every_report_has_the_words(ending):
    assert "worse than each of the 10 recorded runs" in " ".join(render(judged("canary"), ending).split())


def test_the_textbook_method_has_no_levels_to_say_it_of():
    (row,) = [row for row in judged("welch").judgements if row.fails]
    assert "recorded runs" not in row.reason
