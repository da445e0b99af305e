"""The report of a period: what is proven makes the score, and each thing to do has its benchmark and commit."""

import json
from datetime import timedelta

import pytest
from builders import ENVIRONMENT, START
from msgspec.structs import replace
from noisy_runs import noisy_run

from pytest_perfgate.errors import CannotJudgeError
from pytest_perfgate.model import Commit, Policy, Severity
from pytest_perfgate.model.forecast import Forecast
from pytest_perfgate.model.metric import EXECUTION_TIME
from pytest_perfgate.model.period import OddRun
from pytest_perfgate.report.period import PERIOD_FORMATS
from pytest_perfgate.storage.memory import MemoryBaselines
from pytest_perfgate.workflows.period import period_report
from pytest_perfgate.workflows.reference import History

HOSTILE = "t.py::<script>alert(1)</script> | @all \x1b[2J"
DEVIATIONS = {"t.py::a": 0.004, HOSTILE: 0.004, "t.py::c": 0.004, "t.py::d": 0.004}


def stored(runs=40, **slower):
    """`slower`: benchmark's place -> {run: share} from which run on it is by how much slower."""
    names = list(DEVIATIONS)
    store = MemoryBaselines()
    for number in range(runs):
        now = {
            names[int(place[1:])]: next((size for run, size in sorted(steps.items(), reverse=True) if number >= run), 0)
            for place, steps in slower.items()
        }
        run = noisy_run(number, DEVIATIONS, slower=now, mood=0.02)
        store.save_run(replace(run, commit=Commit(f"{number + 1:02x}" + "0" * 38)))
    return store


def told(store, hours=20, **options):
    return period_report(
        store,
        ENVIRONMENT.fingerprint,
        START + timedelta(hours=hours),
        policy=Policy(),
        history=History(),
        now=START + timedelta(days=3),
        **options,
    )


def test_a_period_without_a_change_scores_100_and_asks_for_nothing():
    report = told(stored())
    assert (report.score, report.speed) == (100.0, 1.0)
    assert report.runs == 20
    assert not report.recommendations


def test_each_regression_lowers_the_score_by_its_size_and_names_its_commit():
    report = told(stored(b1={30: 0.6}, b2={30: 0.12}))
    assert [one.severity for one in report.regressions] == [Severity.CRITICAL, Severity.MEDIUM]
    assert report.score == pytest.approx(100 * (2 + 1 / 1.6 + 1 / 1.12) / 4, abs=1)
    assert report.speed == pytest.approx((1.6 * 1.12) ** -0.25, abs=0.01)
    first = report.recommendations[0]
    assert first.benchmark == HOSTILE
    assert first.commit == ("1f" + "0" * 38)[:12]
    assert "% slower with 1 other since 2026-03-02, by commit 1f0000000000" in first.text
    assert first.command.startswith("perfgate accept")


def test_an_improvement_does_not_make_up_for_another_benchmarks_regression():
    report = told(stored(b0={30: 0.25}, b2={0: 0.25, 30: 0.0}))
    assert report.score == pytest.approx(95, abs=0.6)
    assert report.speed == pytest.approx(1.0, abs=0.01)
    assert [change.benchmark for change in report.improvements] == ["t.py::c"]


def test_what_came_and_went_costs_nothing():
    report = told(stored(b0={26: 0.3, 33: 0.0}))
    assert not report.regressions
    assert [change.benchmark for change in report.undone] == ["t.py::a"]
    assert report.score == pytest.approx(100, abs=0.5)
    assert not report.recommendations


def test_what_happened_before_the_period_is_not_of_it():
    report = told(stored(b0={10: 0.5}))
    assert not report.regressions
    assert report.score == 100.0


def test_a_change_at_the_beginning_of_the_period_is_seen_by_the_runs_before_it():
    report = told(stored(b0={21: 0.3}))
    assert [one.change.benchmark for one in report.regressions] == ["t.py::a"]


def test_a_change_that_does_not_matter_is_shown_and_asks_for_nothing():
    report = told(stored(b0={30: 0.03}))
    assert [one.severity for one in report.regressions] == [Severity.NONE]
    assert not report.recommendations


def test_what_creeps_lowers_the_score_and_is_recommended_with_its_history():
    report = told(stored(b2={number: 0.01 * number for number in range(40)}))
    assert [creep.benchmark for creep in report.creeps] == ["t.py::c"]
    assert 90 < report.score < 99
    (one,) = report.recommendations
    assert one.command == "perfgate history 't.py::c'"
    assert "creeps" in one.text


def test_unusual_runs_are_listed_and_the_machine_is_to_be_looked_at():
    odd = OddRun("run7", START, "ab" * 20, "This run is unusual (the oddest of 60): load +9.0 σ.")
    report = told(stored(), odd_runs=[odd])
    assert report.recommendations[-1].command == "perfgate doctor"
    assert "load +9.0 σ" in PERIOD_FORMATS[".txt"](report)


def test_the_forecast_tells_of_what_moves_or_breaks_its_budget_and_of_nothing_else():
    quiet = Forecast("t.py::a", EXECUTION_TIME, 20, START, START, 1e-3)
    broken = replace(quiet, benchmark="t.py::d", budget=9e-4, over_budget=True)
    breaking = replace(quiet, benchmark="t.py::c", budget=2e-3, breaks_on=START + timedelta(days=40))
    report = told(stored(), forecasts=[quiet, broken, breaking])
    assert [one.benchmark for one in report.forecasts] == ["t.py::d", "t.py::c"]
    text = PERIOD_FORMATS[".txt"](report)
    assert "broken" in text
    assert "2026-04-10" in text


def test_not_having_looked_for_unusual_runs_is_not_having_found_none():
    store = stored()
    assert "Unusual runs: Not looked for." in PERIOD_FORMATS[".txt"](told(store))
    assert "Unusual runs: None." in PERIOD_FORMATS[".txt"](told(store, odd_runs=()))


@pytest.mark.parametrize("ending", sorted(PERIOD_FORMATS))
def test_each_format_has_all_of_it_and_lets_no_name_out(ending):
    report = told(stored(b1={30: 0.6}, b0={30: 0.12}, b2={0: 0.3, 30: 0.0}))
    text = PERIOD_FORMATS[ending](report)
    if ending == ".json":
        found = json.loads(text)
        assert found["regressions"][0]["severity"] == "critical"
        return
    for word in (
        "Regressions",
        "Improvements",
        "Trends",
        "Forecast",
        "Unusual runs",
        "Recommendations",
        "1f0000000000",
    ):
        assert word in text
    assert f"{report.score:.1f}" in text
    assert "\x1b" not in text
    if ending != ".txt":
        assert "<script>" not in text


def test_a_period_without_runs_says_when_the_last_one_was():
    with pytest.raises(CannotJudgeError, match="No run since 2026-03-05 is in 'memory'; the newest is of 2026-03-03"):
        told(stored(), hours=96)
    with pytest.raises(CannotJudgeError, match="No run of this environment"):
        told(MemoryBaselines())
