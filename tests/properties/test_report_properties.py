"""What holds of a report whatever the names, units and numbers in it are."""

import json
import re
from datetime import timezone
from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt
from msgspec.structs import replace
from report_cases import a_report, bare, compared, slower, with_samples

from pytest_perfgate.model import Outcome, RowPast, Severity, Verdict
from pytest_perfgate.model.metric import EXECUTION_TIME, Direction, Metric
from pytest_perfgate.report import render
from pytest_perfgate.report.json_report import parse_report, render_json, report_schema
from pytest_perfgate.report.quantities import column_width, shorten, wrapped
from pytest_perfgate.report.terminal import render_terminal

GFM = MarkdownIt("gfm-like", {"linkify": False})
SCHEMA = Draft202012Validator(report_schema())
# Half characters (lone surrogates) too: a file name that is no UTF-8 becomes a test's name with them.
anything = st.one_of(
    st.text(st.characters(), max_size=120),
    st.text("|`*_[]()<>!@#:&\\\n\r\t\x1b -=~$\"'./🚀\u0301w\udcff", max_size=60),
)
metrics = st.one_of(
    st.just(EXECUTION_TIME),
    st.builds(Metric, name=anything, unit=anything, direction=st.sampled_from(list(Direction))),
)
changes = st.one_of(st.floats(-0.99, 100), st.floats(allow_nan=True, allow_infinity=True))
days = st.one_of(st.none(), st.datetimes(timezones=st.just(timezone.utc)))
pasts = st.one_of(
    st.none(),
    st.builds(
        RowPast,
        levels=st.lists(st.one_of(st.none(), st.floats()), max_size=80).map(tuple),
        budget=st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)),
        breaks_on=days,
        breaks_from=days,
        breaks_until=days,
    ),
)


@st.composite
def rows(draw):
    name, reason = draw(anything), draw(anything)
    verdict = draw(st.sampled_from(list(Verdict)))
    if verdict in {Verdict.NEW, Verdict.MISSING}:
        return bare(name, verdict, reason, accepted=draw(anything), not_selected=draw(st.booleans()))
    facts = {
        "verdict": verdict,
        "metric": draw(metrics),
        "severity": draw(st.sampled_from(list(Severity))),
        "reason": reason,
        "accepted": draw(anything),
        "warnings": (draw(anything),),
    }
    return replace(compared(name, draw(changes), **facts), past=draw(pasts))


@st.composite
def reports(draw):
    return a_report(
        *draw(st.lists(rows(), min_size=1, max_size=4)),
        outcome=draw(st.sampled_from(list(Outcome))),
        explanation=draw(anything),
        warnings=(draw(anything),),
        next_steps=(draw(anything),),
        machine_shift=draw(st.one_of(st.none(), st.floats(-0.9, 10))),
        recorded_to=draw(anything),
    )


class Elements(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.names = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        assert not any(name.startswith("on") for name, _ in attrs)


@settings(deadline=None, max_examples=100)
@given(reports(), st.integers(40, 200), st.booleans())
def test_no_line_is_wider_than_the_terminal_and_none_commands_it(report, width, unicode):
    lines = render_terminal(report, width=width, unicode=unicode).split("\n")
    commands = lines.index("Next:") + 1
    assert all(line.isprintable() for line in lines)
    for number, line in enumerate(lines[:-1]):
        assert column_width(line) <= width or number == commands or not unicode


@settings(deadline=None, max_examples=100)
@given(reports())
def test_a_markdown_table_keeps_its_columns_and_holds_no_foreign_element(report):
    text = render(report, ".md")
    for line in text.splitlines():
        # A renderer drops the cells that are too many, so the source is counted.
        assert not line.startswith("| ") or re.sub(r"\\.", "", line).count("|") == 7
    page = GFM.render(text)
    ours = {"h3", "p", "table", "thead", "tbody", "tr", "th", "td", "code", "ul", "li", "pre", "br"}
    assert Elements(page).names <= ours | {"details", "summary"}


@settings(deadline=None, max_examples=100)
@given(reports())
def test_html_parses_without_scripts_or_handlers(report):
    names = Elements(render(with_samples(report, runs=2), ".html")).names
    assert not names & {"script", "img", "iframe", "object", "embed", "form", "link", "base"}


@settings(deadline=None, max_examples=100)
@given(reports())
def test_json_follows_the_schema_and_reads_back_the_same(report):
    text = render_json(report)
    SCHEMA.validate(json.loads(text))
    assert _in_any_order(render_json(parse_report(text))) == _in_any_order(text)


def _in_any_order(text):
    """JSON has no infinity, so an infinite change may move a row when the report is read back and sorted again."""
    content = json.loads(text)
    return {**content, "judgements": sorted(json.dumps(row) for row in content["judgements"])}


@settings(deadline=None)
@given(st.text(st.characters(), max_size=400), st.integers(2, 120))
def test_a_shortened_name_keeps_both_ends(name, width):
    short = shorten(name, width)
    assert column_width(short) <= width
    if "…" in short and "…" not in name and width > 25:
        assert name.isprintable() is False or (name.startswith(short[:5]) and name.endswith(short[-5:]))


@settings(deadline=None)
@given(st.text(max_size=300), st.integers(10, 100))
def test_wrapping_loses_no_word(text, width):
    lines = wrapped(text, width, "  ")
    assert all(column_width(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join("".join(wrapped(text, 10_000)).split())


@given(st.lists(st.floats(-0.5, 0.5), min_size=1, max_size=8))
def test_every_benchmark_is_counted_once(found):
    report = a_report(*(slower(f"t.py::{number}", change) for number, change in enumerate(found)))
    assert render_terminal(report).splitlines()[-1].startswith(f"{len(found)} compared, {len(found)} regressed")
