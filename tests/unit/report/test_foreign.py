"""The report in the formats of other CI, read back by what reads them."""

import json
from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace
from report_cases import CASES, HOSTILE, a_report, slower

from pytest_perfgate.model import Outcome, Place
from pytest_perfgate.report.foreign import render_code_quality, render_junit, render_sarif

PLACED = replace(
    CASES["regression"],
    places={row.benchmark: Place("tests/test codec.py", 42) for row in CASES["regression"].judgements},
)


def test_junit_counts_failures_and_what_could_not_be_judged():
    root = ET.fromstring(render_junit(PLACED))
    assert {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "13", "failures": "3", "errors": "0", "skipped": "1",
    }  # fmt: skip
    failed = [case for case in root.iter("testcase") if case.find("failure") is not None]
    assert failed[0].get("name") == "test_dump[indent=4-utf8]"
    assert failed[0].get("classname").endswith("::TestThings")
    assert "74.2 % slower" in failed[0].find("failure").get("message")


def test_a_gate_that_could_not_judge_is_an_error_in_junit():
    root = ET.fromstring(render_junit(CASES["could_not_judge"]))
    assert root.get("errors") == "1"
    assert "No baseline" in root.find(".//error").get("message")


def test_sarif_has_a_place_a_level_and_a_fingerprint_that_outlives_the_size():
    first, again = (
        json.loads(render_sarif(a_report(slower(change=size), places={slower().benchmark: Place("a b.py", 3)})))
        for size in (0.1, 0.2)
    )
    (one,), (two,) = (log["runs"][0]["results"] for log in (first, again))
    assert first["version"] == "2.1.0"
    assert one["level"] == "error"
    place = one["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "a%20b.py"}, "region": {"startLine": 3}}
    assert one["partialFingerprints"] == two["partialFingerprints"]
    assert one["message"] != two["message"]
    assert one["ruleId"] in {rule["id"] for rule in first["runs"][0]["tool"]["driver"]["rules"]}


def test_code_quality_has_what_gitlab_asks_for():
    found = json.loads(render_code_quality(PLACED))
    assert [item["severity"] for item in found] == ["blocker", "critical", "minor", "info", "info"]
    assert all({"description", "check_name", "fingerprint", "severity", "location"} == item.keys() for item in found)
    assert found[0]["location"] == {"path": "tests/test codec.py", "lines": {"begin": 42}}
    assert len({item["fingerprint"] for item in found}) == len(found)


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_name_breaks_no_format(name):
    report = a_report(slower(name, reason=name), outcome=Outcome.REGRESSED, explanation=name)
    assert ET.fromstring(render_junit(report)).get("failures") == "1"
    assert json.loads(render_sarif(report))["runs"][0]["results"]
    assert json.loads(render_code_quality(report))
