"""From recorded runs to change points."""

from datetime import timedelta

import pytest
from builders import START, make_run
from msgspec.structs import replace

from pytest_perfgate.analysis.change_points import find_changes
from pytest_perfgate.analysis.series_table import SeriesTableBuilder
from pytest_perfgate.model import Benchmark, Commit, Metric, MetricKind, Sample
from pytest_perfgate.model.metric import ALLOCATED_PEAK, EXECUTION_TIME, THROUGHPUT_BYTES, Direction

NAMES = "abcdefgh"


def table_of(runs, metric=EXECUTION_TIME):
    builder = SeriesTableBuilder(lambda _: True)
    for run in runs:
        builder.add(run)
    (table,) = [table for table in builder.tables() if table.metric == metric]
    return table


def recorded(count=40, *, slower=None, names=NAMES, budget=None, spread=0.01):
    """`slower`: name -> a function of the run's number that gives the factor."""
    runs = []
    for number in range(count):
        costs = {name: 1e-3 * (slower or {}).get(name, lambda _: 1.0)(number) for name in names}
        run = make_run(number, costs, spread=spread)
        facts = {name: Benchmark(name, budget={"execution_time": budget} if budget else {}) for name in names}
        runs.append(replace(run, benchmarks=facts))
    return runs


def since(place, factor):
    return lambda number: factor if number >= place else 1.0


def test_a_change_has_its_commits_its_size_and_its_age():
    (change,) = find_changes(table_of(recorded(slower={"a": since(25, 1.10)}))).changes
    assert (change.benchmark, change.metric.name) == ("a", "execution_time")
    assert (change.good, change.bad, change.known_bad) == (f"{24:040x}", f"{25:040x}", f"{25:040x}")
    assert change.interval.lower < 0.10 < change.interval.upper
    assert change.relative_change == pytest.approx(change.after / change.before - 1)
    assert (change.runs, change.places) == (15, 1)
    assert change.since == START + timedelta(hours=25)
    assert not change.improved
    assert change.confidence > 0.99


def test_the_machine_is_not_a_change():
    runs = [make_run(n, dict.fromkeys(NAMES, 1e-3), machine=1.3 if n >= 20 else 1.0) for n in range(40)]
    assert find_changes(table_of(runs)).changes == ()


def test_a_change_and_its_undoing_are_a_pair():
    first, last = find_changes(table_of(recorded(slower={"a": lambda n: 1.3 if 10 <= n < 18 else 1.0}))).changes
    assert (first.undone_by, last.undoes) == (last.id, first.id)
    assert (first.undoes, last.undone_by) == ("", "")
    assert last.improved
    assert first.runs == 8


def test_two_changes_the_same_way_are_no_pair():
    changes = find_changes(
        table_of(recorded(slower={"a": lambda n: 1.3 if n >= 25 else 1.1 if n >= 12 else 1.0}))
    ).changes
    assert [change.undone_by + change.undoes for change in changes] == ["", ""]


def test_what_moves_at_one_commit_says_so_and_helps_the_small_one():
    slower = {name: since(20, 1.10) for name in "abcd"} | {"e": since(20, 1.0035)}
    changes = find_changes(table_of(recorded(slower=slower))).changes
    alone = find_changes(table_of(recorded(slower={"e": since(20, 1.0035)}))).changes
    assert {change.benchmark for change in changes} == set("abcde")
    assert {change.together for change in changes} == {5}
    assert {change.bad for change in changes} == {f"{20:040x}"}
    assert alone == ()


def test_faster_throughput_is_an_improvement_and_slower_is_not():
    def run(number, level):
        base = make_run(number, {})
        dice = [0.995, 1.0, 1.004][number % 3]
        return replace(base, samples=(Sample("a", THROUGHPUT_BYTES, 0, level * dice),))

    up = find_changes(table_of([run(n, 1e6 if n < 15 else 1.2e6) for n in range(30)], THROUGHPUT_BYTES)).changes
    down = find_changes(table_of([run(n, 1e6 if n < 15 else 0.8e6) for n in range(30)], THROUGHPUT_BYTES)).changes
    assert [change.improved for change in (*up, *down)] == [True, False]
    assert down[0].relative_change == pytest.approx(-0.2, abs=0.01)


def test_memory_that_never_varies_shows_its_jump():
    runs = []
    for number in range(20):
        sample = Sample("a", ALLOCATED_PEAK, 0, 4096.0 if number < 12 else 4608.0)
        runs.append(replace(make_run(number, {}), samples=(sample,)))
    (change,) = find_changes(table_of(runs, ALLOCATED_PEAK)).changes
    assert change.relative_change == pytest.approx(0.125)
    assert (change.before, change.after) == (pytest.approx(4096), pytest.approx(4608))


def test_an_error_rate_changes_by_a_difference():
    metric = Metric("errors", "1", Direction.LOWER_IS_BETTER, MetricKind.ERROR_RATE)
    runs = []
    for number in range(30):
        level = 0.0 if number < 20 else 0.03
        runs.append(replace(make_run(number, {}), samples=(Sample("a", metric, 0, level + 1e-3 * (number % 3)),)))
    (change,) = find_changes(table_of(runs, metric)).changes
    assert change.relative_change == pytest.approx(0.03, abs=0.002)


def test_a_small_change_is_left_out_when_asked():
    table = table_of(recorded(slower={"a": since(20, 1.03)}, spread=0.003))
    assert len(find_changes(table, min_change=0.02).changes) == 1
    assert find_changes(table, min_change=0.05).changes == ()


def test_two_runs_of_one_commit_do_not_differ_by_the_code():
    runs = recorded(slower={"a": since(20, 1.2)})
    runs = [replace(run, commit=Commit("f" * 40)) for run in runs]
    (change,) = find_changes(table_of(runs)).changes
    assert change.same_code


def test_a_run_that_did_not_measure_it_widens_the_range_of_commits():
    runs = recorded(slower={"a": since(20, 1.2)})
    del runs[18:22]
    (change,) = find_changes(table_of(runs)).changes
    assert (change.good, change.bad) == (f"{17:040x}", f"{22:040x}")


def test_a_creep_has_its_slope_and_the_day_on_which_its_budget_breaks():
    found = find_changes(table_of(recorded(slower={"a": lambda n: 1 + 0.004 * n}, budget=1.3e-3)))
    (creep,) = found.creeps
    assert found.changes == ()
    assert creep.benchmark == "a"
    assert creep.interval.lower < creep.per_run < creep.interval.upper
    assert creep.per_run == pytest.approx(0.0037, rel=0.1)
    assert creep.breaks_in_runs == pytest.approx(33, abs=6)
    assert creep.breaks_on == START + timedelta(hours=39 + creep.breaks_in_runs)
    assert not creep.improved


def test_a_creep_away_from_its_budget_breaks_nothing():
    (creep,) = find_changes(table_of(recorded(slower={"a": lambda n: 1 - 0.004 * n}, budget=1.3e-3))).creeps
    assert creep.improved
    assert (creep.budget, creep.breaks_on) == (1.3e-3, None)


def test_the_same_change_has_the_same_id_when_more_is_recorded():
    runs = recorded(slower={"a": since(20, 1.2)})
    (then,), (now,) = (find_changes(table_of(runs[:count])).changes for count in (30, 40))
    assert then.id == now.id


def test_series_too_short_are_counted_and_say_nothing():
    found = find_changes(table_of(recorded(5, slower={"a": since(3, 2.0)})))
    assert (found.changes, found.too_short) == ((), len(NAMES))


def test_levels_that_are_no_numbers_or_not_positive_are_gaps():
    runs = recorded(slower={"a": since(20, 1.2)})
    for number, bad in ((3, 0.0), (7, float("nan")), (11, float("inf")), (13, -1.0)):
        samples = [
            replace(s, location=bad, canary_locations={}) if s.benchmark == "a" else s for s in runs[number].samples
        ]
        runs[number] = replace(runs[number], samples=tuple(samples))
    (change,) = find_changes(table_of(runs)).changes
    assert change.bad == f"{20:040x}"


def test_progress_hears_of_every_series():
    heard = []
    find_changes(table_of(recorded(10)), progress=lambda done, total: heard.append((done, total)))
    assert heard == [(number + 1, 8) for number in range(8)]
