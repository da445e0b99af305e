"""The report for machines, by the published schema `schemas/report-1.json`."""

from __future__ import annotations

import math
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
    ordered = tuple(worst_first(report.judgements))
    bare = replace(report, judgements=ordered, candidate=None, baseline=(), adjusted=(), acceptances=(), confirming=())
    content: dict[str, Any] = storable(msgspec.to_builtins(bare))
    for samples in ("candidate", "baseline", "adjusted", "acceptances", "confirming"):
        del content[samples]
    for row in content["judgements"]:
        comparison = row["comparison"] or {}
        for side in ("baseline", "candidate"):
            if comparison.get(side) and comparison[side]["value"] is None:
                comparison[side] = None
        row["change"] = comparison.get("relative_change")
        row["change_interval"] = comparison.get("interval")
    whole = {"schema": SCHEMA, "exit_code": int(report.exit_code), "summary": count_line(report), **content}
    return msgspec.json.format(msgspec.json.encode(whole), indent=2).decode() + "\n"


def storable(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """JSON knows no infinity and no NaN (null here), UTF-8 no half characters (an escape here)."""
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [storable(item) for item in value]
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode("utf-8")
    return None if isinstance(value, float) and not math.isfinite(value) else value


def parse_report(text: str) -> GateReport:
    """The report of a JSON text; CannotJudgeError when it is none, or of a newer schema."""
    try:
        content = msgspec.json.decode(text)
        schema = content.get("schema") if isinstance(content, dict) else None
        if schema != SCHEMA:
            raise CannotJudgeError(f"Not a perfgate report of schema {SCHEMA}, but of {schema!r:.40}.")
        return msgspec.convert(_with_bounds(content), GateReport)
    except (msgspec.MsgspecError, UnicodeEncodeError) as error:
        raise CannotJudgeError(f"Not a perfgate report: {error}") from error


def _with_bounds(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """The same with infinite bounds where an interval has none."""
    if isinstance(value, list):
        return [_with_bounds(item) for item in value]
    if not isinstance(value, dict):
        return value
    open_ends = {"lower": -math.inf, "upper": math.inf} if "level" in value else {}
    return {key: open_ends.get(key) if item is None else _with_bounds(item) for key, item in value.items()}


def report_schema() -> dict[str, Any]:
    """The published JSON Schema of the report."""
    text = resources.files("pytest_perfgate.report").joinpath(f"schemas/report-{SCHEMA}.json").read_text("utf-8")
    schema: dict[str, Any] = msgspec.json.decode(text)
    return schema
