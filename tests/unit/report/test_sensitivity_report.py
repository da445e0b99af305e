"""What `perfgate sensitivity` shows."""

import json
import xml.etree.ElementTree as ET

from msgspec.structs import replace

from pytest_perfgate.model.metric import EXECUTION_TIME
from pytest_perfgate.model.sensitivity import BenchmarkSensitivity, Design, Seen, SensitivityReport
from pytest_perfgate.report.power_plot import render_power_html, render_power_svg
from pytest_perfgate.report.sensitivity import render_sensitivity, render_sensitivity_json

ROW = BenchmarkSensitivity(
    benchmark="t.py::a",
    metric=EXECUTION_TIME,
    runs=10,
    processes=30,
    min_change=0.05,
    between_runs=0.004,
    between_processes=0.021,
    seen=(Seen(0.056, 0.064, 1.1), Seen(0.052, 0.06, 1.0)),
    curve=((0.0, 0.0), (0.05, 0.5), (0.064, 0.95), (0.09, 1.0)),
)
WILD = replace(
    ROW, benchmark="<script>alert(1)</script>\x1b[2J", seen=(Seen(None, None, 5.0),) * 2, curve=(), too_noisy="wild"
)
DESIGNS = (
    Design("present settings", 3, 10, 5, 5.7, 0.0, 0.056),
    Design("processes = 6, max_time = 0.9", 6, 10, 5, 200.0, 30.0, None),
)
REPORT = SensitivityReport("abc", 0.01, 2, DESIGNS, (WILD, ROW), {"b · rss": "no value"})


def test_the_text_has_what_is_seen_what_it_costs_and_what_is_too_noisy():
    text = render_sensitivity(REPORT)
    assert "t.py::a" in text
    assert "5.6 %" in text
    assert "6.4 %" in text
    assert "5.7 s" in text
    assert "3.3 min" in text
    assert "Too noisy to be worth gating as they are:\n\n- <script>" in text
    assert "b · rss: no value" in text
    assert "\x1b" not in text


def test_nothing_to_say_is_said():
    assert render_sensitivity(replace(REPORT, benchmarks=())).startswith("Nothing can be said")


def test_the_json_is_the_whole():
    found = json.loads(render_sensitivity_json(REPORT))
    assert found["benchmarks"][1]["seen"][0] == {"at_80": 0.056, "at_95": 0.064, "looks": 1.1}
    assert found["benchmarks"][0]["seen"][0]["at_80"] is None


def test_the_picture_is_well_formed_and_the_page_escapes_names():
    curved = replace(WILD, curve=ROW.curve)
    report = replace(REPORT, benchmarks=(curved, ROW))
    svg = ET.fromstring(render_power_svg(report))
    assert len(svg.findall("{http://www.w3.org/2000/svg}polyline")) == 2
    page = render_power_html(report)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert page.count("<svg ") == 3


def test_a_picture_without_a_curve_is_one():
    assert ET.fromstring(render_power_svg(replace(REPORT, benchmarks=(WILD,)))) is not None
