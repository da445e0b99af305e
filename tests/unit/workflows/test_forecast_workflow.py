"""Forecast and trend over a store: ranges, budgets, shifts, and input that is none."""

import json
import math
import random
from datetime import timedelta

import numpy as np
import pytest
from builders import START, make_run
from msgspec.structs import replace

from pytest_perfgate.analysis.series_table import SeriesTableBuilder
from pytest_perfgate.analysis.together import moving_series
from pytest_perfgate.errors import CannotJudgeError
from pytest_perfgate.model import Benchmark, Policy, Sample
from pytest_perfgate.model.metric import EXECUTION_TIME
from pytest_perfgate.report.forecast import (
    render_forecast,
    render_forecast_csv,
    render_forecast_json,
    render_trends,
)
from pytest_perfgate.storage.memory import MemoryBaselines
from pytest_perfgate.workflows.forecast import ForecastQuestion, forecast
from pytest_perfgate.workflows.reference import History

TIMES = ("execution_time",)


def store_of(count, cost=lambda _: 1e-3, *, budget=None, every_h=24, spread=0.01):
    store = MemoryBaselines()
    for number in range(count):
        run = make_run(number, {"t.py::a": cost(number), "t.py::b": 2e-3, "t.py::c": 5e-6}, spread=spread, machine=1.0)
        facts = {name: Benchmark(name, budget=budget or {}) for name in run.benchmarks}
        started = START + timedelta(hours=every_h * number)
        store.save_run(replace(run, id=f"{number:06d}", started_at=started, benchmarks=facts))
    return store


def asked(store, *names, **facts):
    (fingerprint,) = store.environments()
    question = ForecastQuestion(benchmarks=names, metrics=facts.pop("metrics", TIMES))
    now = facts.pop("now", START + timedelta(days=4_000))
    return forecast(store, fingerprint, question, policy=Policy(), history=History(), now=now)


def test_the_range_lies_around_the_level():
    found = asked(store_of(40), "t.py::a").series[0]
    assert found.interval.lower <= found.expected <= found.interval.upper
    assert found.expected == pytest.approx(1e-3, rel=0.02)
    assert found.runs == 40


def test_a_slope_breaks_the_budget_on_a_day():
    report = asked(store_of(60, lambda n: 1e-3 * math.exp(0.004 * n), budget={"execution_time": 1.5e-3}), "t.py::a")
    (found,) = report.series
    assert found.trend.significant
    assert found.trend.per_day == pytest.approx(0.004, rel=0.2)
    due = START + timedelta(days=math.log(1.5) / 0.004)
    assert abs(found.breaks_on - due) < timedelta(days=6)
    assert found.breaks_from <= found.breaks_on <= found.breaks_until
    assert "breaks on 2026" in render_forecast(report)
    assert "no trend is proven" not in render_trends(report)


def test_no_trend_breaks_no_budget_and_a_broken_one_is_said():
    steady = asked(store_of(60, budget={"execution_time": 1.5e-3}), "t.py::a")
    assert steady.series[0].breaks_on is None
    assert "no trend leads there" in render_forecast(steady)
    broken = asked(store_of(60, budget={"execution_time": 0.5e-3}), "t.py::a")
    assert broken.series[0].over_budget
    assert "broken" in render_forecast(broken)


def test_a_shift_of_level_restarts_forecast_and_trend():
    (found,) = asked(store_of(60, lambda n: 1e-3 if n < 40 else 1.4e-3), "t.py::a").series
    assert found.expected == pytest.approx(1.4e-3, rel=0.02)
    assert found.runs == pytest.approx(20, abs=2)
    assert not found.trend.significant


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_short_series_says_how_many_runs_are_missing(count):
    (found,) = asked(store_of(count), "t.py::a").series
    assert found.interval is None
    assert found.reason == f"{11 - count} more runs are needed for a range"
    assert "too few runs" in render_trends(asked(store_of(count), "t.py::a"))


def test_no_run_at_all_is_said():
    with pytest.raises(CannotJudgeError, match="record one with"):
        forecast(MemoryBaselines(), "none", ForecastQuestion(), policy=Policy(), history=History(), now=START)


def test_a_name_that_fits_nothing_is_said():
    with pytest.raises(CannotJudgeError, match="t.py::zz"):
        asked(store_of(12), "t.py::zz")


def test_a_metric_that_nothing_has_is_said():
    with pytest.raises(CannotJudgeError, match="No recorded run has a number"):
        asked(store_of(12), metrics=("rss",))


def test_dates_in_the_future_are_left_out():
    report = asked(store_of(30), "t.py::a", now=START + timedelta(days=10))
    assert report.runs == 12
    assert "dated in the future" in report.notes[0]


def test_equal_times_and_constants_have_a_range_and_no_trend():
    (found,) = asked(store_of(30, every_h=0, spread=0.0), "t.py::a").series
    assert found.trend is None
    assert found.interval.lower == pytest.approx(found.interval.upper)


def test_what_is_no_number_is_no_level():
    store = store_of(30)
    (fingerprint,) = store.environments()
    runs = list(store.load_runs(fingerprint))
    spoiled = MemoryBaselines()
    for number, run in enumerate(runs):
        bad = {3: math.nan, 7: math.inf, 9: -1.0, 11: 0.0}.get(number)
        samples = run.samples if bad is None else tuple(replace(s, location=bad) for s in run.samples)
        spoiled.save_run(replace(run, samples=samples))
    (found,) = asked(spoiled, "t.py::a").series
    assert found.runs == 26
    assert math.isfinite(found.expected)


def test_a_series_that_was_always_missing_is_said():
    store = MemoryBaselines()
    for number in range(12):
        run = make_run(number, {"t.py::a": 1e-3})
        store.save_run(replace(run, samples=tuple(replace(s, location=math.nan) for s in run.samples)))
    with pytest.raises(CannotJudgeError, match="No recorded run has a number"):
        asked(store, "t.py::a")


def test_every_format_can_be_read_back():
    import csv
    import io

    report = asked(store_of(40), "t.py::*")
    assert len(json.loads(render_forecast_json(report))["series"]) == 3
    rows = list(csv.DictReader(io.StringIO(render_forecast_csv(report))))
    assert float(rows[0]["lower"]) <= float(rows[0]["expected"])


def test_what_moves_together_is_a_group_and_what_does_not_is_none():
    dice = random.Random(3)
    causes = [math.exp(dice.gauss(0, 0.05)) for _ in range(60)]
    store = MemoryBaselines()
    for number, cause in enumerate(causes):
        costs = {"t.py::a": 1e-3 * cause, "t.py::b": 2e-3 * cause, "t.py::c": 5e-6, "t.py::d": 7e-5}
        store.save_run(make_run(number, costs, machine=1.0))
    report = asked(store)
    (group,) = report.together
    assert group.members == (("t.py::a", "execution_time"), ("t.py::b", "execution_time"))
    assert "2 move together" in render_trends(report)
    assert asked(store, "t.py::c", "t.py::d").together == ()
    assert asked(store, "t.py::c").together == ()


def lagged_store(lag, *, dice, runs=80, spread=0.01):
    """`t.py::late` moves as `t.py::early` did `lag` runs before; `t.py::other` and `t.py::more` by themselves."""
    causes = [math.exp(dice.gauss(0, 0.05)) for _ in range(runs + lag)]
    store = MemoryBaselines()
    for number in range(runs):
        costs = {
            "t.py::early": 1e-3 * causes[number + lag],
            "t.py::late": 2e-3 * causes[number],
            "t.py::other": 5e-6 * math.exp(dice.gauss(0, 0.05)),
            "t.py::more": 7e-5 * math.exp(dice.gauss(0, 0.05)),
        }
        store.save_run(make_run(number, costs, machine=1.0, spread=spread))
    return store


@pytest.mark.parametrize("lag", [1, 2, 3])
def test_what_follows_is_said_with_its_leader_and_its_distance(lag):
    report = asked(lagged_store(lag, dice=random.Random(lag)))
    (found,) = report.following
    assert (found.leader[0], found.follower[0], found.runs) == ("t.py::early", "t.py::late", lag)
    assert found.correlation > 0.8
    # Six pairs, at once or one after the other by up to three runs, either way.
    assert found.asked == 6 * (1 + 2 * 3)
    assert report.together == ()
    text = " ".join(render_trends(report).split())
    after = f"by {lag} run{'s' * (lag > 1)} (correlation"
    assert f"t.py::late execution_time follows t.py::early execution_time {after}" in text
    assert "among the 42 relations asked about" in text
    (told,) = json.loads(render_forecast_json(report))["following"]
    assert told["runs"] == lag


def test_a_group_that_follows_a_group_is_one_line():
    dice = random.Random(5)
    causes = [math.exp(dice.gauss(0, 0.05)) for _ in range(82)]
    store = MemoryBaselines()
    for number in range(80):
        costs = {f"t.py::early[{n}]": 1e-3 * causes[number + 2] for n in range(3)}
        costs |= {f"t.py::late[{n}]": 1e-3 * causes[number] for n in range(3)}
        store.save_run(make_run(number, costs, machine=1.0))
    report = asked(store)
    assert sorted(len(group.members) for group in report.together) == [3, 3]
    (found,) = report.following
    assert "early" in found.leader[0]
    assert "late" in found.follower[0]


def test_unrelated_series_neither_move_together_nor_follow():
    """White noise, noise that remembers, and levels that wander: of 60 tables of 8 series not one in 20 tells of any."""
    dice = np.random.default_rng(7)
    found = []
    for trial in range(60):
        noise = dice.normal(0, 0.03, (80, 8))
        for row in range(1, 80):
            noise[row] += (0.0, 0.6, 1.0)[trial % 3] * noise[row - 1]
        groups, following = moving_series([table_of(np.exp(noise))], alpha=0.01)
        found.append(bool(groups or following))
    assert np.mean(found) <= 0.05


def table_of(levels):
    builder = SeriesTableBuilder(lambda _: True)
    for number, row in enumerate(levels):
        samples = tuple(Sample(f"t.py::{place}", EXECUTION_TIME, 0, value) for place, value in enumerate(row))
        builder.add(replace(make_run(number), samples=samples))
    (table,) = builder.tables()
    return table
