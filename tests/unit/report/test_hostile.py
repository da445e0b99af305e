"""What others named must reach a reader as text: not as markup, not as a command to a terminal, not as a link."""

import json
import re

import pytest
from jsonschema import Draft202012Validator
from markdown_page import ALLOWED_IN_MARKDOWN, GFM, Page
from msgspec.structs import replace
from report_cases import CASES, HOSTILE, a_report, compared, slower, with_samples

from pytest_perfgate.model import ConfidenceInterval, Estimate, Outcome
from pytest_perfgate.model.metric import Metric
from pytest_perfgate.report import render
from pytest_perfgate.report.json_report import parse_report, render_json, report_schema
from pytest_perfgate.report.quantities import column_width, format_percent, format_quantity
from pytest_perfgate.report.terminal import render_terminal


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_markdown_holds_only_the_elements_that_we_wrote(name):
    report = a_report(slower(name), outcome=Outcome.REGRESSED, explanation=name, warnings=(name,), next_steps=(name,))
    page = Page(GFM.render(render(report, ".md")))
    assert page.tags <= ALLOWED_IN_MARKDOWN
    assert page.attributes <= {"class"}


@pytest.mark.parametrize(
    "text", ["<script src=x>", "<!-- x", "<style a", "<div\n>", "    code", "> x", "# x", "1. x", "---"]
)
def test_no_explanation_begins_a_block_of_its_own(text):
    page = Page(GFM.render(render(a_report(outcome=Outcome.NO_BASELINE, explanation=text), ".md")))
    assert page.tags <= {"h3", "p", "br"}


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_every_row_of_a_markdown_table_has_its_six_cells(name):
    row = slower(name, metric=Metric(name, name))
    text = render(a_report(row, *CASES["regression"].judgements, outcome=Outcome.REGRESSED), ".md")
    assert all(re.sub(r"\\.", "", line).count("|") == 7 for line in text.splitlines() if line.startswith("| "))
    tables = re.findall(r"<tr>(.*?)</tr>", GFM.render(text), re.DOTALL)
    assert all(len(re.findall(r"<t[dh]", row)) == 6 for row in tables)
    assert len(tables) == 2 + 1 + len(CASES["regression"].judgements)


@pytest.mark.parametrize(("name", "kept"), [(HOSTILE["pipe"], "t.py::a|b"), (HOSTILE["emphasis"], HOSTILE["emphasis"])])
def test_markdown_shows_a_name_as_it_is(name, kept):
    page = Page(GFM.render(render(a_report(slower(name)), ".md")))
    assert kept in page.cells


def test_markdown_neither_mentions_people_nor_links_issues_or_pages():
    text = render(CASES["hostile"], ".md")
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    assert not re.search(r"@\w", prose)
    assert not re.search(r"#\d", re.sub(r"&#\d+;", "", prose))
    assert not re.search(r"www\.|https?://", prose)


def test_a_command_in_markdown_stays_whole_and_in_its_fence():
    step = "perfgate accept 't.py::```x```" + "y" * 200 + "' --reason 'why'"
    page = GFM.render(render(a_report(next_steps=(step,)), ".md"))
    assert f'<pre><code class="language-sh">{step}\n</code></pre>' in page


def test_no_command_closes_its_fence():
    page = Page(GFM.render(render(a_report(next_steps=("````", "# x")), ".md")))
    assert page.cells == ["````\n# x\n"]


@pytest.mark.parametrize("step", ["perfgate accept '" + "y" * 500 + "'", "perfgate accept 'a\nb'"])
def test_half_a_command_is_never_offered(step):
    """Its middle left out, a quoted name may end early: what follows would be run by whoever copies it."""
    text = render(a_report(next_steps=(step, "perfgate accept 'b'")), ".md")
    assert "```sh\nperfgate accept 'b'\n```" in text
    assert "```" not in render(a_report(next_steps=(step,)), ".md")


def test_why_something_could_not_be_judged_stands_below_the_folded_rows():
    folded = render(CASES["pass_in_doubt"], ".md").split("<details>")[1]
    assert folded.count("the smallest change it could see is 18") == 2


def test_markdown_stays_below_the_limit_whatever_the_warnings():
    many = tuple("w|" * 5000 for _ in range(500))
    report = replace(CASES["regression"], explanation="e`" * 50_000, warnings=many, next_steps=many)
    assert len(render(report, ".md")) < 65_536


def test_html_holds_no_element_or_attribute_of_others():
    page = Page(render(with_samples(CASES["hostile"]), ".html"))
    plain = Page(render(with_samples(CASES["regression"]), ".html"))
    assert page.tags <= plain.tags | {"br"}
    assert page.attributes <= plain.attributes


def test_a_unit_of_others_is_text_in_every_format():
    metric = Metric("rows", '"><script>')
    report = with_samples(a_report(slower(metric=metric), outcome=Outcome.REGRESSED))
    assert "<script" not in render(report, ".html")
    assert "<script" not in GFM.render(render(report, ".md"))
    assert "\x1b" not in format_quantity(1.0, "\x1b[31m")


@pytest.mark.parametrize("width", [40, 50, 80, 100, 200])
@pytest.mark.parametrize("case", CASES)
def test_no_line_but_a_command_and_the_counts_is_wider_than_the_terminal(case, width):
    lines = render_terminal(CASES[case], width=width).splitlines()
    assert all(column_width(line) <= width for line in lines[:-1] if not line.startswith("  perfgate accept"))
    assert all(line.isprintable() for line in lines)


def test_a_unit_of_wide_characters_is_counted_in_columns():
    rows = [slower("t.py::" + "x" * 100, metric=Metric("rows", "🚀" * 6))]
    lines = render_terminal(a_report(*rows, outcome=Outcome.REGRESSED), width=100).split("\n")
    assert max(column_width(line) for line in lines) <= 100


def test_a_failing_name_is_shown_whole_even_where_its_column_is_too_narrow():
    text = render_terminal(CASES["regression"])
    assert "test_serialisation_of_things.py::TestThings::test_dump[indent=4-utf8]" in re.sub(r"\s", "", text)


def test_names_do_not_push_the_verdicts_across_a_wide_terminal():
    (line,) = [line for line in render_terminal(CASES["one_slower"], width=300).splitlines() if "regressed " in line]
    assert column_width(line) < 110


def test_only_what_fails_is_red():
    report = a_report(
        slower("t.py::accepted regressed", accepted="meant"), slower("t.py::b"), outcome=Outcome.REGRESSED
    )
    red = [line for line in render_terminal(report, colour=True).splitlines()[1:] if "\x1b[31m" in line]
    assert len(red) == 1
    assert "t.py::b" in red[0]


@pytest.mark.parametrize("case", CASES)
def test_every_report_follows_the_schema_and_reads_back(case):
    text = render_json(CASES[case])
    Draft202012Validator(report_schema()).validate(json.loads(text))
    assert render_json(parse_report(text)) == text


def test_what_has_no_bound_reads_back_without_one():
    row = compared("a", 0.1)
    evidence = replace(
        row.comparison,
        relative_change=float("inf"),
        interval=ConfidenceInterval(0.95, -0.5, float("inf")),
        candidate=Estimate(float("nan")),
    )
    text = render_json(a_report(replace(row, comparison=evidence)))
    Draft202012Validator(report_schema()).validate(json.loads(text))
    back = parse_report(text).judgements[0].comparison
    assert back.interval == evidence.interval
    assert back.candidate is None


@pytest.mark.parametrize(
    ("value", "text"),
    [(1e300, "+1e+302 %"), (-0.0004, "+0.0 %"), (float("nan"), "? %"), (float("-inf"), "-∞ %"), (12.3, "+1230 %")],
)
def test_no_change_is_wider_than_its_column(value, text):
    assert format_percent(value) == text


@pytest.mark.parametrize(("value", "unit"), [(1e300, "s"), (1e-300, "s"), (1e300, "B"), (1e-300, "1"), (-5e-4, "s")])
def test_no_quantity_is_wider_than_its_column(value, unit):
    assert len(format_quantity(value, unit)) <= 14
