"""The gate's report says what the recorded runs know of a row that fails."""

import math
import subprocess
import sys
from datetime import timedelta

import pytest
from builders import START, history, make_run
from msgspec.structs import replace

from pytest_perfgate.model import Benchmark, Policy
from pytest_perfgate.report import render
from pytest_perfgate.storage.memory import MemoryBaselines
from pytest_perfgate.workflows.forecast import ForecastQuestion, forecast
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


def test_the_gate_names_the_same_day_as_the_forecast():
    promised = Benchmark("a", budget={"execution_time": 1.6e-3})

    def run(number):
        made = make_run(number, {**COSTS, "a": 1e-3 * math.exp(0.01 * number)}, machine=1.0)
        started = START + timedelta(days=number)
        return replace(made, started_at=started, benchmarks={**made.benchmarks, "a": promised})

    store = MemoryBaselines()
    for number in range(30):
        store.save_run(run(number))
    facts = {"policy": Policy(metrics=("execution_time",)), "history": History(), "now": START + timedelta(days=31)}
    report = gate(run(30), store=store, window=Window(days=60), acceptances=[], **facts)
    (ours,) = [row.past for row in report.judgements if row.of_budget]
    (theirs,) = forecast(store, make_run().environment.fingerprint, ForecastQuestion(("a",)), **facts).series
    for name in ("breaks_on", "breaks_from", "breaks_until"):
        assert abs(getattr(ours, name) - getattr(theirs, name)) < timedelta(hours=1)


def test_heavy_libraries_are_not_needed_for_it():
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split() == ["False", "False", "False", "False", "True"]


ALONE = """
import sys
from datetime import datetime, timedelta, timezone
import numpy as np
from pytest_perfgate.analysis.forecast import Recorded, budget_dates
from pytest_perfgate.analysis.row_past import with_past
from pytest_perfgate.model.metric import EXECUTION_TIME
times = tuple(datetime(2026, 3, 1, tzinfo=timezone.utc) + timedelta(days=n) for n in range(20))
dice = np.random.default_rng(1)
(found,) = budget_dates([Recorded("a", EXECUTION_TIME, times, dice.normal(0, 0.01, 20), 1.0, 1.5)], 0.01)
assert found.breaks_on is None
print("scipy.stats" in sys.modules)
(found,) = budget_dates([Recorded("a", EXECUTION_TIME, times, 0.01 * np.arange(20.0), 1.0, 1.5)], 0.01)
print(*(name in sys.modules for name in ("sklearn", "pandas", "statsmodels")), found.breaks_on is not None)
"""
