import json
import re

import pytest
from builders import ENVIRONMENT, make_run
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt
from msgspec.structs import replace
from report_cases import CASES, with_samples
from test_judge import comparison

from pytest_perfgate.analysis.judge import judge
from pytest_perfgate.errors import CannotJudgeError, ConfigError
from pytest_perfgate.model import GateReport, Judgement, Outcome, Policy, Severity, Verdict
from pytest_perfgate.model.metric import EXECUTION_TIME, THROUGHPUT_BYTES
from pytest_perfgate.report import render
from pytest_perfgate.report.json_report import parse_report, render_json, report_schema
from pytest_perfgate.report.quantities import column_width, format_percent, format_quantity, printable, shorten
from pytest_perfgate.report.terminal import render_terminal

NASTY = [
    "a|b",
    "`code`",
    "<script>alert(1)</script>",
    "[link](http://evil)",
    "@everyone",
    "new\nline",
    "\x1b[31mred",
    "x" * 10_000,
    "🚀" * 300,
    "__init__*_~",
]


def row(name="t.py::a", change=0.08, error=0.005, **facts):
    judged = judge(replace(comparison(change, error), benchmark=name, **facts), None, Policy())
    return replace(judged, benchmark=name)


def bare(name, verdict, **facts):
    return Judgement(name, EXECUTION_TIME, verdict, Severity.NONE, "why", **facts)


def a_report(*rows, outcome=Outcome.REGRESSED, **facts):
    return GateReport(outcome, tuple(rows), environment=ENVIRONMENT, candidate_commit=make_run().commit, **facts)


FULL = a_report(
    row("t.py::slow", 0.08),
    row("t.py::fast", -0.2),
    row("t.py::same", 0.0),
    row("t.py::doubt", 0.0, 0.04),
    bare("t.py::new", Verdict.NEW),
    bare("t.py::gone", Verdict.MISSING),
    bare("t.py::elsewhere", Verdict.MISSING, not_selected=True),
    replace(row("t.py::meant", 0.3), accepted="checks more"),
    machine_shift=0.22,
    warnings=("one recorded run was left out",),
    next_steps=("perfgate accept 't.py::slow'",),
)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1.234e-9, "s", "1.23 ns"),
        (5e-6, "s", "5 µs"),
        (0.0123, "s", "12.3 ms"),
        (90.0, "s", "90 s"),
        (0, "s", "0 ns"),
        (1536, "B", "1.50 KiB"),
        (12_345.0, "1/s", "12.3 k/s"),
        (2**21, "B/s", "2 MiB/s"),
        (7.0, "1", "7"),
        (0.9999e-3, "s", "1 ms"),
    ],
)
def test_quantities_are_scaled(value, unit, text):
    assert format_quantity(value, unit) == text


def test_percents_read_well():
    assert [format_percent(x) for x in (0.062, -0.2, 1.5, float("inf"))] == ["+6.2 %", "-20.0 %", "+150 %", "+∞ %"]


@pytest.mark.parametrize("name", NASTY)
@pytest.mark.parametrize("width", [10, 40])
def test_names_are_cut_to_their_width_and_made_printable(name, width):
    short = shorten(name, width)
    assert column_width(short) <= width
    assert short.isprintable()


def test_a_cut_name_keeps_its_parameters():
    assert shorten("tests/a/very/long/path/test_module.py::test_name[param]", 30).endswith("[param]")


def test_control_characters_are_shown_not_obeyed():
    assert printable("a\x1b[31mb\n") == "a\\x1b[31mb\\n"


def test_the_last_line_counts_every_benchmark_once():
    expected = "5 compared, 2 regressed, 1 inconclusive, 1 new, 1 missing, 1 improved, 1 accepted, 1 not selected"
    assert render_terminal(FULL).splitlines()[-1] == expected


def test_the_terminal_shows_worst_first_with_reasons_and_folds_the_unchanged():
    text = render_terminal(FULL)
    assert text.index("t.py::slow") < text.index("t.py::doubt") < text.index("t.py::new")
    assert "t.py::same" not in text
    assert "1 benchmark unchanged." in text
    assert "The machine was 22 % slower than in the recorded runs" in text
    assert "perfgate accept 't.py::slow'" in text


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(width):
    report = a_report(
        *(row(name) for name in NASTY), *(row(f"tests/long/path/test_{n}.py::test[{n}]") for n in range(40))
    )
    for line in render_terminal(report, width=width).splitlines():
        assert column_width(line) <= width, line


def test_colour_is_only_added_never_needed():
    plain, painted = render_terminal(FULL), render_terminal(FULL, colour=True)
    assert "\x1b[31m" in painted
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[\d+m", "", painted) == plain


def test_a_terminal_without_unicode_gets_ascii():
    render_terminal(FULL, unicode=False).encode("ascii")


def test_the_json_report_follows_its_published_schema_and_comes_back():
    text = render_json(FULL)
    Draft202012Validator.check_schema(report_schema())
    Draft202012Validator(report_schema()).validate(json.loads(text))
    back = parse_report(text)
    assert back.outcome is FULL.outcome
    assert {r.benchmark for r in back.judgements} == {r.benchmark for r in FULL.judgements}


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_is_in_the_schema(outcome):
    text = render_json(a_report(outcome=outcome, explanation="why"))
    Draft202012Validator(report_schema()).validate(json.loads(text))


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"schema": 2}', '{"schema": 1, "outcome": "odd"}', "{" * 5000]
)
def test_what_is_no_report_is_said_to_be_none(text):
    with pytest.raises(CannotJudgeError):
        parse_report(text)


def test_markdown_has_the_verdict_in_its_first_line():
    first = render(CASES["one_slower"], ".md").splitlines()[0]
    page = MarkdownIt("gfm-like", {"linkify": False}).render(first)
    assert page == (
        "<h3>1 of 42 benchmarks is slower: <code>tests/test_codec.py::test_loads[large]</code> "
        "+6.2 % [+4.8, +7.6]</h3>\n"
    )


@pytest.mark.parametrize("name", NASTY)
def test_markdown_shows_hostile_names_as_text(name):
    text = render(a_report(row(name), bare(name, Verdict.MISSING), warnings=(name,)), ".md")
    page = MarkdownIt("gfm-like", {"linkify": False}).render(text)
    assert "<script" not in page
    assert "<a " not in page
    assert "<img" not in page
    assert not re.search(r"@everyone", page)
    for line in [line for line in text.splitlines() if line.startswith("| ")]:
        assert len(re.findall(r"(?<!\\)\|", line)) == 7


def test_markdown_stays_below_githubs_limit_by_leaving_out_whole_rows():
    report = a_report(*(row(f"tests/test_{n}.py::test_with_quite_a_long_name[{n}]") for n in range(1500)))
    text = render(report, ".md")
    assert len(text) < 65_536
    left_out = int(re.search(r"(\d+) less important rows", text).group(1))
    assert text.count("| 🔴") + left_out == 1500


@pytest.mark.parametrize("name", NASTY)
def test_html_shows_hostile_names_as_text_and_loads_nothing(name):
    page = render(a_report(row(name), candidate=make_run(0, {name: 1e-3}), warnings=(name,)), ".html")
    assert "<script" not in page
    assert not re.search(r'(src|href)=(?!"#plot-\d+")', page)
    assert "url(" not in page


def test_html_has_plots_for_the_worst_rows_only_and_says_so():
    costs = {f"b{n}": 1e-3 for n in range(130)}
    report = a_report(*(row(name) for name in costs), candidate=make_run(0, costs), baseline=(make_run(1, costs),))
    page = render(report, ".html")
    assert page.count("<section ") == 100
    assert "30 further rows have no plot" in page


def test_throughput_is_slower_when_it_is_lower():
    report = a_report(replace(row("t.py::io", -0.2), metric=THROUGHPUT_BYTES, verdict=Verdict.REGRESSED))
    assert "slower" in render(report, ".md").splitlines()[0]


def test_an_unknown_ending_is_refused():
    with pytest.raises(ConfigError, match=r"\.json, \.md, \.html or \.txt"):
        render(FULL, ".pdf")


def test_the_history_plot_joins_the_levels_without_the_machine_where_they_are_known():
    report = with_samples(CASES["regression"])
    page = render(report, ".html")
    lines = {section: section.count('class="adjusted"') for section in page.split("<section")[1:]}
    assert {count for section, count in lines.items() if "· execution_time" in section} == {1}
    assert {count for section, count in lines.items() if "· allocated_peak" in section} == {0}
    assert "the machine taken out" not in render(replace(report, adjusted=()), ".html").split("<h2>Plots")[1]


def test_a_row_that_needs_it_shows_its_recorded_levels_in_one_line():
    text = render_terminal(CASES["remembered"])
    assert "      recorded ▃▆▁·▃▁█▃ 1.26 ms to 1.30 ms\n" in text
    narrow = render_terminal(CASES["remembered"], width=40)
    assert re.search(r"^      recorded [▁▂▃▄▅▆▇█·]{4,} 1.26 ms to 1.30 ms$", narrow, re.MULTILINE)


def test_without_unicode_the_levels_are_numbers():
    text = render_terminal(CASES["remembered"], unicode=False)
    assert "      recorded 1.26 ms to 1.30 ms\n" in text
    assert "\\u" not in text


@pytest.mark.parametrize("ending", [".txt", ".md", ".html"])
def test_a_kept_budget_that_will_break_is_shown_with_its_day(ending):
    text = re.sub(r"\\(?=\W)", "", render(CASES["remembered"], ending))
    assert "its budget of 1.27 ms breaks on 2026-06-09 (2026-06-02 to 2026-06-16)" in text
    folded = text.split("<details>")[1] if "<details>" in text else ""
    assert "its budget" not in folded


def test_a_kept_budget_that_leads_nowhere_is_folded():
    row = next(row for row in CASES["remembered"].judgements if row.past and row.past.breaks_on)
    quiet = replace(row, past=replace(row.past, budget=None, breaks_on=None))
    assert "its budget" not in render_terminal(a_report(quiet, outcome=Outcome.PASSED))
    assert row.benchmark not in render_terminal(a_report(quiet, outcome=Outcome.PASSED))
