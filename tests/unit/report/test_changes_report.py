"""What `perfgate changes` shows."""

import csv
import io
import json
from datetime import timedelta

import pytest
from builders import START
from msgspec.structs import replace
from report_cases import HOSTILE

from pytest_perfgate.model import ConfidenceInterval
from pytest_perfgate.model.change_point import ChangePoint, ChangeReport, Creep
from pytest_perfgate.model.metric import EXECUTION_TIME, THROUGHPUT_BYTES
from pytest_perfgate.report.changes import render_changes, render_changes_csv, render_changes_json
from pytest_perfgate.report.quantities import column_width


def a_change(name="t.py::a", size=0.12, at=20, **facts):
    base = ChangePoint(
        id=f"{name}{at}",
        benchmark=name,
        metric=EXECUTION_TIME,
        run=f"run{at}",
        since=START + timedelta(days=at),
        bad=f"{at:02d}" * 20,
        good=f"{at - 1:02d}" * 20,
        known_bad=f"{at:02d}" * 20,
        places=1,
        before=1e-3,
        after=1e-3 * (1 + size),
        relative_change=size,
        interval=ConfidenceInterval(0.95, size - 0.01, size + 0.01),
        p_value=1e-6,
        runs=15,
        improved=size < 0,
    )
    return replace(base, **facts)


def a_creep(**facts):
    base = Creep(
        benchmark="t.py::slow",
        metric=EXECUTION_TIME,
        run="run0",
        since=START,
        revision="0" * 40,
        runs=40,
        per_run=0.0037,
        interval=ConfidenceInterval(0.95, 0.0035, 0.0039),
        total=0.154,
        level=1.15e-3,
        improved=False,
        budget=1.3e-3,
        breaks_in_runs=33,
        breaks_on=START + timedelta(days=50),
    )
    return replace(base, **facts)


def a_report(*changes, creeps=(), **facts):
    options = {"series": 8, "too_short": 0, "runs": 40, "first": START, "last": START + timedelta(days=40)}
    return ChangeReport("e", tuple(changes), tuple(creeps), **{**options, "min_change": 0.01, **facts})


def test_a_change_has_its_commit_its_size_and_how_long_it_has_lasted():
    assert render_changes(a_report(a_change())).splitlines() == [
        "8 series over 40 runs, 2026-03-01 to 2026-04-10",
        "",
        "2026-03-21 12:00  202020202020, after 191919191919",
        "  +12.0 % [+11.0, +13.0]     slower · 15 runs",
        "    t.py::a",
    ]


def test_what_moved_together_stands_together_the_worst_first():
    changes = [a_change("t.py::a", 0.05), a_change("t.py::b", 0.3), a_change("t.py::c", -0.2)]
    lines = render_changes(a_report(*changes)).splitlines()
    assert lines[2].endswith("· 3 together")
    assert [line.strip() for line in lines if line.startswith("    ")] == ["t.py::b", "t.py::a", "t.py::c"]


def test_what_came_and_went_is_shown_once():
    first, last = a_change(at=10, size=0.3), a_change(at=18, size=-0.23)
    pair = [replace(last, undoes=first.id), replace(first, undone_by=last.id)]
    lines = render_changes(a_report(*pair)).splitlines()
    assert [line for line in lines if "%" in line] == ["  +30.0 % [+29.0, +31.0]     slower · undone 2026-03-19"]


def test_an_undoing_whose_change_is_not_shown_is_shown_itself():
    assert "-23.0 %" in render_changes(a_report(a_change(size=-0.23, undoes="earlier")))


def test_a_range_of_commits_comes_with_the_command_that_narrows_it():
    text = render_changes(a_report(a_change(places=4, known_bad="23" * 20)))
    assert "probably 202020202020, in 191919191919..232323232323" in text
    assert text.endswith("Next: perfgate bisect --good 191919191919 --bad 232323232323 BENCHMARK\n")


def test_the_same_commit_on_both_sides_is_not_the_code():
    assert "not the code" in render_changes(a_report(a_change(same_code=True)))


def test_without_commits_it_says_so():
    assert "no commit known" in render_changes(a_report(a_change(good="", bad="", known_bad="")))


def test_throughput_and_other_metrics_have_their_words_and_names():
    text = render_changes(a_report(a_change(size=-0.2, metric=THROUGHPUT_BYTES)))
    assert "slower · throughput_bytes · 15 runs" in text


def test_a_creep_says_when_its_budget_breaks():
    lines = render_changes(a_report(creeps=[a_creep()])).splitlines()
    assert lines[2:] == [
        "Creeping, and no single change explains it:",
        "  +0.37 % per run · +15.4 % slower in 40 runs since 2026-03-01",
        "    t.py::slow",
        "    its budget of 1.30 ms breaks in 33 runs, about 2026-04-20",
    ]


def test_a_budget_that_is_broken_already_says_so():
    assert "its budget of 1.30 ms is broken" in render_changes(a_report(creeps=[a_creep(breaks_in_runs=0)]))


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "No level changed for good by 1 % or more."),
        ({"only_new": True}, "No level changed for good by 1 % or more in the newest run."),
        ({"too_short": 8}, "Too few runs: a level needs three before and three after it changed."),
    ],
    ids=["none", "new", "short"],
)
def test_nothing_found_says_why(facts, words):
    assert render_changes(a_report(**facts)).splitlines()[-1] == words


def test_notes_are_wrapped():
    lines = render_changes(a_report(notes=("word " * 40,))).splitlines()
    assert lines[1].startswith("Note: word")
    assert all(len(line) <= 80 for line in lines)


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_hostile_names_and_commits_break_no_line(name):
    change = a_change(name, bad=name, good=name, known_bad=name)
    text = render_changes(a_report(change, replace(change, places=3), creeps=[a_creep(benchmark=name)], notes=(name,)))
    assert all(line.isprintable() for line in text.splitlines())
    assert all(column_width(line) <= 80 for line in text.splitlines())


def test_csv_and_json_have_every_change():
    changes = [a_change("=1+1"), a_change("t.py::b", undone_by="x")]
    rows = list(csv.DictReader(io.StringIO(render_changes_csv(a_report(*changes)))))
    assert [row["benchmark"] for row in rows] == ["'=1+1", "t.py::b"]
    assert float(rows[0]["relative_change"]) == 0.12
    content = json.loads(render_changes_json(a_report(*changes, creeps=[a_creep()])))
    assert len(content["changes"]) == 2
    assert content["creeps"][0]["breaks_in_runs"] == 33
