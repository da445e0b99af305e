"""`perfgate merge`: the reports of a matrix as one file, and the worst of them as exit code."""

import json
from importlib import resources

import jsonschema
import pytest
from click.testing import CliRunner
from report_cases import CASES

from pytest_perfgate.cli import exit_code_of, perfgate
from pytest_perfgate.errors import CannotJudgeError, PerfgateError
from pytest_perfgate.report.comment import Section
from pytest_perfgate.report.json_report import render_json, report_schema
from pytest_perfgate.report.merged import parse_sections, render_merged


@pytest.fixture
def reports(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("regression", "pass", "could_not_judge"):
        (tmp_path / f"{name}.json").write_text(render_json(CASES[name]), encoding="utf-8")
    return tmp_path


def merge(*arguments):
    done = CliRunner().invoke(perfgate, ["merge", *arguments])
    if isinstance(done.exception, PerfgateError):
        return exit_code_of(done.exception), str(done.exception)
    return done.exit_code, done.output


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (("pass",), 0),
        (("pass", "could_not_judge"), 10),
        (("pass", "could_not_judge", "regression"), 1),
    ],
    ids=["one", "a doubt", "a regression"],
)
def test_it_ends_as_the_worst(reports, names, code):
    found, output = merge(*(f"{name}={name}.json" for name in names))
    assert found == code, output
    assert all(f"{name}: " in output for name in names)


def test_the_file_follows_its_schema_and_each_report_its_own(reports):
    merge("a=regression.json", "b=pass.json", "--output", "merged.json")
    content = json.loads((reports / "merged.json").read_text(encoding="utf-8"))
    schema = json.loads(
        resources.files("pytest_perfgate.report").joinpath("schemas/merged-1.json").read_text(encoding="utf-8")
    )
    jsonschema.validate(content, schema)
    for part in content["reports"]:
        jsonschema.validate(part["report"], report_schema())
    assert content["summary"] == "FAIL: 1 of 2 suites got worse"


def test_what_was_merged_is_read_again_with_its_names():
    sections = [Section("3.10", CASES["regression"]), Section("3.13", CASES["pass"])]
    found = parse_sections(render_merged(sections), "linux")
    assert [section.title for section in found] == ["linux 3.10", "linux 3.13"]
    assert [section.report.outcome for section in found] == [section.report.outcome for section in sections]


def test_a_single_report_is_one_section():
    (section,) = parse_sections(render_json(CASES["pass"]), "unit")
    assert section.title == "unit"


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"merged": 2, "reports": []}',
        '{"merged": 1, "reports": []}',
        '{"merged": 1, "reports": [{"report": {}}]}',
        '{"merged": 1, "reports": [{"name": "a", "report": {}}]}',
        "[]",
    ],
    ids=["cut off", "a newer schema", "nothing in it", "no name", "no report", "a list"],
)
def test_what_is_neither_is_told(text):
    with pytest.raises(CannotJudgeError):
        parse_sections(text)


def test_two_of_one_name_are_refused(reports):
    code, output = merge("a=pass.json", "a=regression.json")
    assert code == 2
    assert "Two reports are called 'a'" in output


def test_a_file_that_is_not_there_is_named(reports):
    code, output = merge("gone.json")
    assert code == 11
    assert "gone.json" in output
