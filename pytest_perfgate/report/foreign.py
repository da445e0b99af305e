"""The report in the formats of other CI: JUnit XML, SARIF 2.1.0, GitLab's code quality."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from xml.etree import ElementTree as ET

from pytest_perfgate.model import ExitCode, GateReport, Judgement, Severity, Verdict
from pytest_perfgate.report.annotations import Annotation, Level, annotate
from pytest_perfgate.report.counts import headline, reason_of, worst_first
from pytest_perfgate.report.quantities import shorten

_NAME_WIDTH = 500
_TEXT_WIDTH = 1_000
_SARIF = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_SARIF_LEVELS = {Level.FAILURE: "error", Level.WARNING: "warning", Level.NOTICE: "note"}
_QUALITY = {Severity.CRITICAL: "blocker", Severity.HIGH: "critical", Severity.LOW: "minor"}


def render_junit(report: GateReport) -> str:
    """A test case per row: failed where it got worse, skipped where that could not be judged."""
    rows = [row for row in worst_first(report.judgements) if not row.not_selected]
    failed = [row for row in rows if row.fails]
    doubtful = [row for row in rows if row.verdict in {Verdict.INCONCLUSIVE, Verdict.MISSING} and not row.accepted]
    unjudged = report.exit_code not in {ExitCode.PASSED, ExitCode.REGRESSED}
    counts = {
        "tests": str(len(rows) + 1),
        "failures": str(len(failed)),
        "errors": str(int(unjudged)),
        "skipped": str(len(doubtful)),
    }
    suites = ET.Element("testsuites", counts)
    suite = ET.SubElement(suites, "testsuite", {"name": "perfgate", "time": f"{report.measured_s:.3f}", **counts})
    gate = ET.SubElement(suite, "testcase", {"classname": "perfgate", "name": "gate"})
    if unjudged:
        message = _text(report.explanation or headline(report))
        ET.SubElement(gate, "error", {"type": report.outcome.value, "message": message})
    for row in rows:
        _case(suite, row, failed=row in failed, doubtful=row in doubtful)
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: ET.Element, row: Judgement, *, failed: bool, doubtful: bool) -> None:
    module, _, name = row.benchmark.rpartition("::")
    metric = "" if row.metric.name == "execution_time" else f" {row.metric.name}"
    names = {
        "classname": shorten(module or "benchmark", _NAME_WIDTH),
        "name": shorten(f"{name}{metric}", _NAME_WIDTH),
    }
    case = ET.SubElement(suite, "testcase", names)
    if failed:
        ET.SubElement(case, "failure", {"type": row.verdict.value, "message": _text(reason_of(row))})
    elif doubtful:
        ET.SubElement(case, "skipped", {"message": f"{row.verdict.value}: {_text(row.reason)}"})


def _text(text: str) -> str:
    return shorten(" ".join(text.split()), _TEXT_WIDTH)


def render_sarif(report: GateReport) -> str:
    """A result per row that moved, failed or could not be judged."""
    found = annotate(report)
    rules = [{"id": level.value, "shortDescription": {"text": f"Benchmarks: {level.value}"}} for level in Level]
    run = {
        "tool": {"driver": {"name": "pytest-perfgate", "rules": rules}},
        "results": [_result(item) for item in found],
        "columnKind": "unicodeCodePoints",
    }
    return _json({"$schema": _SARIF, "version": "2.1.0", "runs": [run]})


def _result(item: Annotation) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": item.level.value,
        "level": _SARIF_LEVELS[item.level],
        "message": {"text": f"{item.title}: {item.message}"},
        "partialFingerprints": {"perfgate/v1": _fingerprint(item)},
    }
    if item.place is not None:
        region = {"startLine": max(1, item.place.line)}
        place = {"artifactLocation": {"uri": _uri(item.place.file)}, "region": region}
        result["locations"] = [{"physicalLocation": place}]
    return result


def _uri(file: str) -> str:
    from urllib.parse import quote

    return quote(file)


def render_code_quality(report: GateReport) -> str:
    """GitLab's list; what has no place stands at the root, since GitLab wants one."""
    return _json(
        [
            {
                "description": f"{item.title}: {item.message}",
                "check_name": f"perfgate-{item.level.value}",
                "fingerprint": _fingerprint(item),
                "severity": _QUALITY.get(item.severity, "major") if item.level is Level.FAILURE else "info",
                "location": {
                    "path": item.place.file if item.place is not None else ".",
                    "lines": {"begin": max(1, item.place.line) if item.place is not None else 1},
                },
            }
            for item in annotate(report)
        ]
    )


def _fingerprint(item: Annotation) -> str:
    """The same for the same benchmark and verdict: sizes differ from run to run."""
    return hashlib.sha256(f"{item.level.value}\0{item.title.split(': ', 1)[-1]}".encode()).hexdigest()[:32]


def _json(content: object) -> str:
    return json.dumps(content, indent=2) + "\n"


FORMATS = {"junit": render_junit, "sarif": render_sarif, "code-quality": render_code_quality}
