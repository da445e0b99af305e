"""The page of a project's history: its data can't become script, and its scripts are the ones that it names."""

import base64
import hashlib
import json
import re

from history_cases import HOSTILE, known_history
from msgspec.structs import replace

from pytest_perfgate.report.project_page import render_project_page, script_safe


def data_of(page):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[1])


def test_the_data_comes_back_as_it_was_and_holds_no_tag():
    page = render_project_page(known_history())
    (environment,) = data_of(page)["environments"]
    assert {series["name"] for series in environment["series"]} == {"t.py::plain", HOSTILE}
    assert environment["runs"][3][3] == "Change 3 </script><b>"
    raw = re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1]
    assert not set("<>&") & set(raw)
    assert len(re.findall("<script", page)) == 3


def test_only_the_scripts_of_the_page_may_run():
    page = render_project_page(known_history())
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    named = re.search(r"script-src ([^\"]+)", page)[1].split()
    assert named == [f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts]
    assert "default-src 'none'" in page
    assert "Copyright (c) 2022 Leon Sorokin" in page
    assert not re.search(r"(src|href)=\"?https?:", page)


def test_a_change_stands_at_its_run_with_its_commit():
    (environment,) = data_of(render_project_page(known_history()))["environments"]
    series = next(one for one in environment["series"] if one["name"] == "t.py::plain")
    (change,) = series["changes"]
    assert change["x"] == 25
    assert change["commit"] == f"{25:040x}"[:12]
    assert change["interval"] == [0.19, 0.21]


def test_runs_that_did_not_measure_a_series_are_no_points_of_it():
    history = known_history(["a"], runs=6, step=None)
    (environment,) = history.environments
    (series,) = environment.series
    gap = replace(series, processes=(3, 0, 3, 0, 3, 3), level=(1.0, None, 2.0, None, None, 4.0))
    page = render_project_page(replace(history, environments=(replace(environment, series=(gap,)),)))
    (found,) = data_of(page)["environments"][0]["series"]
    assert found["x"] == [0, 2, 4, 5]
    assert found["level"] == [1.0, 2.0, None, 4.0]
    assert len(found["adjusted"]) == 4


def test_a_page_that_would_be_too_large_keeps_what_changed_and_says_what_it_left_out():
    history = known_history([f"b{number}" for number in range(10)], runs=40)
    (environment,) = data_of(render_project_page(history, most_points=80))["environments"]
    assert len(environment["series"]) == 2
    assert any(series["changes"] for series in environment["series"])
    assert "8 series without a change are left out" in environment["notes"][-1]


def test_every_character_that_could_end_a_script_is_escaped():
    text = json.dumps("</script><!-- & \u2028 \u2029", ensure_ascii=False)
    assert json.loads(script_safe(text)) == "</script><!-- & \u2028 \u2029"
    assert not set(script_safe(text)) & set("<>&\u2028\u2029")
