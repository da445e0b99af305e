"""The comment as a text: its size, its links, what can't be forged in it."""

import re

import pytest
from markdown_it import MarkdownIt
from report_cases import CASES, HOSTILE, a_report, doubtful, slower, unchanged

from pytest_perfgate.model import Outcome
from pytest_perfgate.report.comment import Footer, Section, marker_of, render_comment, render_folded

GFM = MarkdownIt("gfm-like", {"linkify": False})
BIG = a_report(
    *(slower(f"tests/test_{n}.py::test_{'ä' * 60}") for n in range(300)), *unchanged(300), outcome=Outcome.REGRESSED
)


@pytest.mark.parametrize("count", [1, 2, 7])
@pytest.mark.parametrize("render", [render_comment, render_folded])
def test_it_stays_below_githubs_limit_in_bytes_with_whole_rows_and_says_how_many_are_missing(render, count):
    footer = Footer("a" * 40, "https://x.example/run", notes=("n" * 2_000,))
    text = render([Section(f"suite {n}", BIG) for n in range(count)], footer, marker_of(""))
    assert 40_000 < len(text.encode()) < 65_536
    assert text.rstrip().endswith(marker_of(""))
    tables = re.findall(r"<tr>(.*?)</tr>", GFM.render(text), re.DOTALL)
    assert all(len(re.findall("<t[dh]", row)) == 6 for row in tables)
    left_out = sum(int(n) for n in re.findall(r"(\d+) less important rows", text))
    assert left_out + len(tables) - text.count("| Benchmark |") == count * 600


def test_the_worst_suite_gets_the_room_that_it_needs():
    small = a_report(*unchanged(2))
    text = render_comment([Section("small", small), Section("big", BIG)], Footer(), marker_of(""))
    assert text.index("#### big") < text.index("#### small")
    assert "2 unchanged" in text


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "https://x.example/a)[b](http://evil.example",
        "https://x.example/ y",
        "https://x.example/|",
        "",
    ],
)
def test_an_address_can_t_end_its_link(url):
    html = GFM.render(render_comment([Section("", CASES["pass"])], Footer("a" * 40, url), marker_of("")))
    assert re.findall(r'href="([^"]*)"', html) in ([], [html.split('href="')[-1].split('"')[0]])
    assert "evil.example" not in html or html.count("<a ") == 1
    assert "javascript:" not in html.split("href=")[-1].split('"')[0]


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_nobody_can_write_the_marker_or_markup_into_it(name):
    forged = f"{name} {marker_of('api')} <!-- -->"
    report = a_report(
        slower(forged), outcome=Outcome.REGRESSED, warnings=(forged,), explanation=forged, next_steps=(forged,)
    )
    text = render_comment([Section(forged, report)], Footer(notes=(forged,)), marker_of("mine"))
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    assert prose.count("<!--") == 1
    assert not re.search(r"@\w", prose.replace(marker_of("mine"), ""))


def test_markers_differ_by_suite():
    assert len({marker_of(name) for name in ("", "api", "web", "\udcff")}) == 4


def test_what_could_not_be_judged_is_said_with_its_reason():
    text = render_comment([Section("", a_report(doubtful(), *unchanged(1)))], Footer(), marker_of(""))
    assert "the smallest change it could see is 18" in text
