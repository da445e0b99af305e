"""Annotations, outputs and the summary: what a job shows without a token."""

import json
import re

import pytest
from msgspec.structs import replace
from report_cases import CASES, HOSTILE, a_report, bare, slower

from pytest_perfgate.github.actions import outputs, render_outputs, workflow_commands
from pytest_perfgate.model import Outcome, Place, Verdict
from pytest_perfgate.report.annotations import Level, annotate, is_inside

PLACED = replace(
    CASES["regression"],
    places={row.benchmark: Place("tests/test_codec.py", 42) for row in CASES["regression"].judgements},
)
COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def read_back(line):
    """As the runner reads a command."""
    kind, properties, message = COMMAND.fullmatch(line).groups()
    pairs = dict(item.split("=", 1) for item in properties.split(","))

    def plain(text):
        for code, char in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
            text = text.replace(code, char)
        return text

    return kind, {name: plain(value) for name, value in pairs.items()}, plain(message)


def test_a_failing_row_is_an_error_on_the_benchmarks_line():
    kind, properties, message = read_back(workflow_commands(annotate(PLACED))[0])
    assert kind == "error"
    assert properties["file"] == "tests/test_codec.py"
    assert properties["line"] == "42"
    assert properties["title"].startswith("regressed (critical): tests/very")
    assert message.startswith("+74.2 % [+72.8, +75.6]: 74.2 % slower")


def test_doubt_is_a_warning_and_an_improvement_a_notice_and_the_rest_nothing():
    found = [(item.level, item.title.split(":")[0]) for item in annotate(PLACED)]
    assert found == [
        *[(Level.FAILURE, f"regressed ({size})") for size in ("critical", "high", "low")],
        (Level.WARNING, "inconclusive"),
        (Level.NOTICE, "improved"),
    ]


def test_what_was_accepted_is_no_error():
    assert annotate(CASES["accepted"]) == []


def test_a_gate_that_could_not_judge_says_so_without_a_place():
    (annotation,) = annotate(CASES["could_not_judge"])
    assert annotation.level is Level.FAILURE
    assert annotation.place is None
    assert "No baseline for this environment" in annotation.message


def test_the_folder_of_a_project_within_a_repository_stands_before_the_path():
    assert annotate(PLACED, prefix="services/api/")[0].place.file == "services/api/tests/test_codec.py"


def test_of_each_kind_the_ten_worst_are_shown():
    rows = [slower(f"t.py::{number}", 0.5 - number / 100) for number in range(30)]
    rows += [bare(f"t.py::gone{number}", Verdict.MISSING, "gone") for number in range(30)]
    lines = workflow_commands(annotate(a_report(*rows, outcome=Outcome.REGRESSED)))
    assert [sum(line.startswith(f"::{kind}") for line in lines) for kind in ("error", "warning")] == [10, 10]
    assert "t.py%3A%3A0::" in lines[0]


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_name_stays_inside_its_annotation(name):
    report = a_report(slower(name, reason=f"{name}\n::error::x%0A"), outcome=Outcome.REGRESSED)
    (line,) = workflow_commands(annotate(replace(report, places={name: Place("t.py", 0)})))
    assert line.count("\n") == 0
    assert line.isprintable() or HOSTILE["emoji"] == name
    kind, properties, _ = read_back(line)
    assert (kind, properties["file"], properties["line"]) == ("error", "t.py", "1")


@pytest.mark.parametrize(
    "file",
    [
        "/etc/passwd",
        "../x.py",
        "a/../../x.py",
        "C:\\x.py",
        "C:/x.py",
        "\\\\host\\x",
        "",
        "a\\b.py",
        "x\n.py",
        "x\x1b.py",
    ],
)
def test_a_place_outside_of_the_repository_is_not_shown(file):
    name = "t.py::a"
    (annotation,) = annotate(a_report(slower(name), places={name: Place(file, 3)}))
    assert annotation.place is None


def test_a_place_inside_is_known_as_such():
    assert is_inside("tests/a..b/test_x.py")


def test_outputs_name_what_failed_worst_first():
    values = outputs(CASES["regression"])
    assert values["outcome"] == "regressed"
    assert values["exit-code"] == "1"
    assert values["regressed"] == "3"
    assert json.loads(values["benchmarks"])[0].startswith("tests/very/long")


def test_no_value_of_an_output_ends_before_its_delimiter():
    values = {"a": "one\nend\nb=forged", "b": HOSTILE["newline"]}
    text = render_outputs(values, "end-1234")
    assert text.splitlines()[0] == "a<<end-1234"
    assert text.count("\nend-1234\n") == 2
    with pytest.raises(ValueError, match="delimiter"):
        render_outputs({"a": "x end-1234 x"}, "end-1234")
