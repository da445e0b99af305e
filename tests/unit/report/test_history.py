import csv
import io
import json
from datetime import timedelta

import pytest
from builders import START, make_run
from msgspec.structs import replace
from report_cases import HOSTILE

from pytest_perfgate.model import Commit, Series, SeriesPoint
from pytest_perfgate.report.history import render_csv, render_history, render_json, render_run, render_runs, sparkline
from pytest_perfgate.report.quantities import column_width


def a_series(levels, name="t.py::a", metric="execution_time", unit="s", adjusted=None):
    points = tuple(
        SeriesPoint(
            f"run{n}",
            START + timedelta(days=n),
            f"{n:040x}",
            level,
            level * 0.99,
            level * 1.02,
            3,
            adjusted=adjusted[n] if adjusted else None,
        )
        for n, level in enumerate(levels)
    )
    return Series(name, metric, unit, points)


@pytest.mark.parametrize(
    ("levels", "bars"),
    [
        ([1, 2, 3, 4], "▁▃▆█"),
        ([5.0, 5.0], "▁▁"),
        ([1, float("nan"), 2, float("inf")], "▁·█·"),
        ([float("nan")], "·"),
        ([], ""),
    ],
)
def test_a_sparkline_has_one_bar_per_value(levels, bars):
    assert sparkline(levels) == bars


def test_a_long_past_still_fits_one_line_and_keeps_its_step():
    line = sparkline([1.0] * 700 + [2.0] * 300, width=60)
    assert line == "▁" * 42 + "█" * 18


def test_the_history_says_when_at_which_commit_and_how_much_since_the_first():
    lines = render_history(a_series([1e-3, 1.1e-3])).splitlines()
    assert lines[0] == "t.py::a · execution_time · 2 runs"
    assert lines[1] == "▁█"
    assert lines[-1].split() == ["2026-03-02", "12:00", "000000000000", "1.10", "ms", "+10.0", "%", "3"]


def test_the_adjusted_levels_stand_beside_the_measured_ones_and_are_those_that_are_compared():
    lines = render_history(a_series([1e-3, 2e-3, 1e-3], adjusted=[None, 1e-3, 1.05e-3])).splitlines()
    assert lines[1:3] == ["▁█▁  level", "·▁█  adjusted"]
    assert lines[-3].split()[3:] == ["1", "ms", "-", "3"]
    assert lines[-1].split()[3:] == ["1", "ms", "1.05", "ms", "+5.0", "%", "3"]


def test_csv_and_json_have_the_adjusted_level_or_nothing():
    series = a_series([1e-3, 2e-3], adjusted=[None, 1e-3])
    assert [row["adjusted"] for row in csv.DictReader(io.StringIO(render_csv(series)))] == ["", "0.001"]
    assert [point["adjusted"] for point in json.loads(render_json(series))["points"]] == [None, 1e-3]


def test_the_history_of_nothing_says_so():
    assert "No runs are recorded" in render_history(a_series([]))


def test_one_run_is_not_called_runs():
    assert render_history(a_series([1e-3])).splitlines()[0].endswith("1 run")


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_tables_hold_hostile_names(name):
    run = make_run(0, {name: 1e-3}, commit=Commit("1" * 40, branch=name))
    for text in (render_history(a_series([1e-3], name)), render_run(run), render_runs({"e": [run]})):
        assert all(line.isprintable() for line in text.splitlines())
        assert all(column_width(line) <= 340 for line in text.splitlines())
        assert max(column_width(line) for line in text.splitlines()[1:]) <= 110


@pytest.mark.parametrize("name", ["=1+1", "+a", "-a", "@a", "\t=a", "\r=a"])
def test_no_name_becomes_a_formula_in_a_spreadsheet(name):
    rows = list(csv.reader(io.StringIO(render_csv(a_series([1e-3], name, name, name)), newline="")))
    assert [cell[0] for cell in rows[1][:3]] == ["'"] * 3


def test_the_csv_has_base_units_and_one_row_per_run():
    rows = list(csv.DictReader(io.StringIO(render_csv(a_series([1e-3, 2e-3])))))
    assert [float(row["level"]) for row in rows] == [1e-3, 2e-3]
    assert rows[0]["started_at"] == "2026-03-01T12:00:00+00:00"


def test_the_json_has_every_point():
    content = json.loads(render_json(a_series([1e-3, 2e-3])))
    assert [point["level"] for point in content["points"]] == [1e-3, 2e-3]
    assert content["unit"] == "s"


def test_a_store_without_runs_says_so():
    assert render_runs({}) == "No runs are recorded.\n"


def test_a_note_stands_under_the_title():
    series = replace(a_series([1e-3]), notes=("2 runs were recorded in '\x1b' and left out",))
    assert render_history(series).splitlines()[1] == "2 runs were recorded in '\\x1b' and left out"
