"""Many series as arrays."""

import math

import numpy as np
import pytest
from builders import history, make_run
from msgspec.structs import replace

from pytest_perfgate.analysis import series_table
from pytest_perfgate.analysis.adjust import at_one_speed
from pytest_perfgate.analysis.series_table import SeriesTableBuilder
from pytest_perfgate.model import Metric, Sample
from pytest_perfgate.model.metric import EXECUTION_TIME, THROUGHPUT_BYTES
from pytest_perfgate.stats.process_level import process_level


def tables_of(runs, chosen=lambda _: True, others=0):
    builder = SeriesTableBuilder(chosen, others=others)
    for run in runs:
        builder.add(run)
    return builder.tables()


def times_of(runs, **options):
    (table,) = [table for table in tables_of(runs, **options) if table.metric is EXECUTION_TIME]
    return table


def by_hand(run, name):
    values = [[s.location] for s in run.samples if (s.benchmark, s.metric) == (name, EXECUTION_TIME)]
    return float(process_level(np.array(values))[0]) if values else math.nan


def test_levels_are_those_of_each_run_by_hand():
    runs = history(7)
    table = times_of(runs)
    for row, (run, adjusted) in enumerate(zip(runs, at_one_speed(runs), strict=True)):
        for place, name in enumerate(table.benchmarks):
            assert table.level[row, place] == pytest.approx(by_hand(run, name))
            assert table.adjusted[row, place] == pytest.approx(by_hand(adjusted, name), rel=1e-6)
    assert table.processes.tolist() == [[3] * 4] * 7
    assert table.runs[3].id == runs[3].id
    assert table.runs[3].samples == ()


def test_a_benchmark_that_comes_later_or_misses_a_run_has_gaps_there():
    runs = [make_run(n, {"a": 1e-3, "b": 2e-3} | ({"late": 5e-6} if n in {3, 5} else {})) for n in range(6)]
    table = times_of(runs)
    place = table.benchmarks.index("late")
    assert np.isnan(table.level[:, place]).tolist() == [True, True, True, False, True, False]
    assert table.processes[:, place].tolist() == [0, 0, 0, 3, 0, 3]
    assert [point.run for point in table.series(place).points] == [runs[3].id, runs[5].id]


def test_many_benchmarks_learn_in_parts_and_nothing_is_lost_at_the_seams(monkeypatch):
    runs = [make_run(n, {f"b{k}": 1e-3 * (k + 1) for k in range(7)}, machine=1 + 0.3 * (n % 2)) for n in range(6)]
    monkeypatch.setattr(series_table, "_LEARN_TOGETHER", 3)
    table = times_of(runs)
    assert np.isfinite(table.adjusted).all()
    assert np.ptp(np.log(table.adjusted), axis=0).max() < 0.05
    assert np.ptp(np.log(table.level), axis=0).min() > 0.2


def test_a_metric_without_canaries_is_not_adjusted_and_compares_as_measured():
    (table,) = [table for table in tables_of(history(4)) if table.metric.unit == "B"]
    assert np.isnan(table.adjusted).all()
    assert np.isnan(table.canary).all()
    assert table.compared().tolist() == [[1024.0] * 4] * 4


def test_two_runs_teach_nothing_of_the_machine():
    table = times_of(history(2))
    assert np.isnan(table.adjusted).all()
    assert np.isfinite(table.compared()).all()


def test_the_canary_is_the_machine_beside_the_benchmark():
    table = times_of([make_run(n, machine=1 + n, spread=0.001) for n in range(3)])
    assert table.canary == pytest.approx(np.array([[1e-5] * 4, [2e-5] * 4, [3e-5] * 4]), rel=0.01)


def test_a_metric_that_changed_its_unit_is_two_series_never_one():
    size = [Metric("size", "kB"), Metric("size", "B")]
    runs = [make_run(n, {"a": 5.0}, metric=size[n > 2]) for n in range(6)]
    old, new = tables_of(runs)
    assert (old.metric.unit, new.metric.unit) == ("kB", "B")
    assert [len(table.series(0).points) for table in (old, new)] == [3, 3]


def test_unchosen_benchmarks_teach_the_machines_speed_but_are_not_shown():
    runs = [make_run(n, machine=1 + 0.3 * (n % 2), spread=0.002) for n in range(6)]
    alone = times_of(runs, chosen=lambda name: name == "a", others=2)
    assert alone.benchmarks == ("a",)
    three = [replace(run, samples=tuple(s for s in run.samples if s.benchmark in {"a", "b", "c"})) for run in runs]
    assert alone.adjusted[:, 0] == pytest.approx(times_of(three).adjusted[:, 0])


def test_of_throughput_the_upper_third_is_the_level_as_in_the_gate():
    run = make_run(0, {}, commit=None)
    samples = tuple(Sample("a", THROUGHPUT_BYTES, n, value) for n, value in enumerate([1.0, 2.0, 3.0, 4.0]))
    (table,) = tables_of([replace(run, samples=samples)])
    assert table.level[0, 0] == pytest.approx(3.0)
    assert (table.lowest[0, 0], table.highest[0, 0]) == (1.0, 4.0)


def test_what_is_no_number_is_measured_but_has_no_level():
    samples = tuple(Sample("a", EXECUTION_TIME, n, value) for n, value in enumerate([math.nan, math.inf]))
    (table,) = tables_of([replace(make_run(0), samples=samples)])
    assert np.isnan(table.level[0, 0])
    assert table.processes[0, 0] == 2
