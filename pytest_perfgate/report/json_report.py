"""The report for machines, by the published schema `schemas/report-1.json`."""

from __future__ import annotations

from importlib import resources
from typing import Any

import msgspec
from msgspec.structs import replace

from pytest_perfgate.errors import CannotJudgeError
from pytest_perfgate.model import GateReport
from pytest_perfgate.report.counts import count_line, worst_first

SCHEMA = 1


def render_json(report: GateReport) -> str:
    """The report without its samples; `recorded_to` names the run that has them."""
    bare = replace(report, judgements=tuple(worst_first(report.judgements)), candidate=None, baseline=())
    content: dict[str, Any] = msgspec.to_builtins(bare)
    del content["candidate"], content["baseline"]
    for row in content["judgements"]:
        comparison = row["comparison"] or {}
        row["change"] = comparison.get("relative_change")
        row["change_interval"] = comparison.get("interval")
    whole = {"schema": SCHEMA, "exit_code": int(report.exit_code), "summary": count_line(report), **content}
    return msgspec.json.format(msgspec.json.encode(whole), indent=2).decode() + "\n"


def parse_report(text: str) -> GateReport:
    """The report of a JSON text; CannotJudgeError when it is none, or of a newer schema."""
    try:
        content = msgspec.json.decode(text)
        schema = content.get("schema") if isinstance(content, dict) else None
        if schema != SCHEMA:
            raise CannotJudgeError(f"Not a perfgate report of schema {SCHEMA}, but of {schema!r:.40}.")
        return msgspec.convert(content, GateReport)
    except msgspec.MsgspecError as error:
        raise CannotJudgeError(f"Not a perfgate report: {error}") from error


def report_schema() -> dict[str, Any]:
    """The published JSON Schema of the report."""
    text = resources.files("pytest_perfgate.report").joinpath(f"schemas/report-{SCHEMA}.json").read_text("utf-8")
    schema: dict[str, Any] = msgspec.json.decode(text)
    return schema
