"""The comment on a pull request: one section per suite, links, and the marker by which it is found again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from html import escape as escape_html
from urllib.parse import quote

from msgspec import Struct

from pytest_perfgate.model import ExitCode, GateReport, Verdict
from pytest_perfgate.report.counts import headline
from pytest_perfgate.report.markdown import MOST_BYTES, escape, render_markdown, size_of

_SAFE_IN_LINK = re.compile(r"https?://[^\s<>()\[\]\\\"'`|]+")
# Left for what stands around the sections.
_FRAME = 4_000
_BADNESS = (ExitCode.REGRESSED, ExitCode.CANNOT_JUDGE, ExitCode.INFRASTRUCTURE, ExitCode.PASSED)


class Section(Struct, frozen=True):
    """A suite's report; `title` is its name, empty where there is only one."""

    title: str
    report: GateReport


class Footer(Struct, frozen=True):
    """What stands below the sections: the commit that was measured, links (empty: none), and notes of ours."""

    revision: str = ""
    run_url: str = ""
    report_url: str = ""
    notes: tuple[str, ...] = ()


def marker_of(suite: str) -> str:
    """The hidden line by which a suite's comment is found again; no text from outside can hold it."""
    return f"<!-- perfgate comment {hashlib.sha256(suite.encode('utf-8', 'surrogatepass')).hexdigest()[:16]} -->"


def render_comment(sections: Sequence[Section], footer: Footer, marker: str, *, limit: int = MOST_BYTES) -> str:
    """The whole comment, below `limit` bytes; the worst section stands first and has the first call on the room."""
    ordered = sorted(sections, key=lambda section: _BADNESS.index(section.report.exit_code))
    end = f"{_render_footer(footer)}\n{marker}\n"
    room = limit - _FRAME - size_of(end)
    texts = [] if len(ordered) == 1 else [f"### {overall(ordered)}\n"]
    for left, section in zip(range(len(ordered), 0, -1), ordered, strict=True):
        level = 3 if len(ordered) == 1 else 4
        text = render_markdown(section.report, limit=room // left, title=section.title, level=level)
        room -= size_of(text)
        texts.append(text)
    return "\n".join([*texts, end])


def render_folded(sections: Sequence[Section], footer: Footer, marker: str, *, limit: int = MOST_BYTES) -> str:
    """The same, folded under its verdict: nothing to be read any more."""
    summary = overall(sections)
    inside = render_comment(sections, footer, "", limit=limit - 1_000).rstrip("\n")
    return f"<details><summary>{escape_html(summary)}</summary>\n\n{inside}\n\n</details>\n\n{marker}\n"


def overall(sections: Sequence[Section]) -> str:
    """The verdict on all suites together, in a line without names."""
    if len(sections) == 1:
        return headline(sections[0].report)
    bad = sum(section.report.exit_code is ExitCode.REGRESSED for section in sections)
    unknown = sum(section.report.exit_code not in {ExitCode.REGRESSED, ExitCode.PASSED} for section in sections)
    counts = [
        f"{number} of {len(sections)} suites {words}"
        for number, words in ((bad, "got worse"), (unknown, "could not be judged"))
        if number
    ]
    return f"{'FAIL' if bad else 'COULD NOT JUDGE'}: {', '.join(counts)}" if counts else f"PASS: {len(sections)} suites"


def worst(sections: Sequence[Section]) -> ExitCode:
    """The exit code of all together."""
    return min((section.report.exit_code for section in sections), key=_BADNESS.index)


def says_something(report: GateReport, when: str) -> bool:
    """Whether there is anything to tell: `always`, on any `change` (or doubt about all), on a `regression` only."""
    if when == "always" or report.exit_code is ExitCode.REGRESSED:
        return True
    moved = any(row.accepted or row.verdict in {Verdict.REGRESSED, Verdict.IMPROVED} for row in report.judgements)
    return when == "change" and (moved or report.exit_code is not ExitCode.PASSED)


def link(text: str, url: str) -> str:
    """A Markdown link, or only the text where the address is none that can be linked."""
    return f"[{escape(text)}]({url})" if _SAFE_IN_LINK.fullmatch(url) else escape(text)


def safe_url(url: str) -> str:
    """The address with everything quoted that would end a link."""
    return quote(url, safe=":/?#@!$&*+,;=%~-._")


def _render_footer(footer: Footer) -> str:
    notes = [f"⚠️ {escape(note)}" for note in footer.notes]
    parts = [f"Measured at <code>{escape_html(footer.revision[:12])}</code>"] if footer.revision else []
    parts += [link("run", safe_url(footer.run_url))] if footer.run_url else []
    parts += [link("HTML report", safe_url(footer.report_url))] if footer.report_url else []
    return "\n\n".join([*notes, *([" · ".join(parts)] if parts else [])]) + "\n"
