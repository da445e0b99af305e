"""Several reports as one file, as a matrix of jobs leaves them; by the published schema `schemas/merged-1.json`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from pytest_perfgate.errors import CannotJudgeError
from pytest_perfgate.report.comment import Section, overall, worst
from pytest_perfgate.report.json_report import parse_report, render_json

SCHEMA = 1


def render_merged(sections: Sequence[Section]) -> str:
    """Every report whole, with its name; `exit_code` and `summary` are those of all together."""
    whole = {
        "merged": SCHEMA,
        "exit_code": int(worst(sections)),
        "summary": overall(sections),
        "reports": [
            {"name": section.title, "report": msgspec.json.decode(render_json(section.report))} for section in sections
        ],
    }
    return msgspec.json.format(msgspec.json.encode(whole), indent=2).decode() + "\n"


def parse_sections(text: str, title: str = "") -> tuple[Section, ...]:
    """The reports of a file that holds one or several; `title`: the one's, and what stands before the names of several.

    Raises CannotJudgeError when it is neither.
    """
    try:
        content = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeEncodeError) as error:
        raise CannotJudgeError(f"Not a perfgate report: {error}") from error
    if not isinstance(content, dict) or "merged" not in content:
        return (Section(title, parse_report(text)),)
    if content["merged"] != SCHEMA:
        raise CannotJudgeError(f"Not merged perfgate reports of schema {SCHEMA}, but of {content['merged']!r:.40}.")
    return tuple(_section(part, title) for part in _reports(content))


def _reports(content: dict[str, Any]) -> list[Any]:
    reports = content.get("reports")
    if not isinstance(reports, list) or not reports:
        raise CannotJudgeError("Merged perfgate reports without 'reports'.")
    return reports


def _section(part: Any, title: str) -> Section:  # noqa: ANN401 - any JSON value
    if not isinstance(part, dict) or not isinstance(part.get("name"), str):
        raise CannotJudgeError("Merged perfgate reports of which one has no name.")
    report = parse_report(msgspec.json.encode(part.get("report")).decode())
    return Section(" ".join(filter(None, (title, part["name"]))), report)
