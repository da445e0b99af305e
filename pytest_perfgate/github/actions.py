"""A job of GitHub Actions: its environment, and what it shows without any token: summary, annotations, outputs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from msgspec import Struct

from pytest_perfgate.errors import ConfigError
from pytest_perfgate.github.event import Event
from pytest_perfgate.github.request import Repository, parse_repository
from pytest_perfgate.model import GateReport, Verdict
from pytest_perfgate.report.annotations import Annotation, Level
from pytest_perfgate.report.counts import count_line, headline, worst_first

# GitHub's limits: a step's summary in bytes, annotations of each kind per step.
MOST_SUMMARY_BYTES = 1024 * 1024
MOST_ANNOTATIONS = 10
_MOST_NAMES = 100
_COMMANDS = {Level.FAILURE: "error", Level.WARNING: "warning", Level.NOTICE: "notice"}
_API, _SERVER = "https://api.github.com", "https://github.com"


class Job(Struct, frozen=True):
    """Where this process runs; `run_url` is empty outside of a workflow."""

    repository: Repository
    event: Event
    sha: str
    api_url: str = _API
    server_url: str = _SERVER
    run_url: str = ""

    @property
    def head_sha(self) -> str:
        """The commit that people pushed: for a pull request its head, not the merge that was checked out."""
        return self.event.head_sha or self.sha


def read_job(environ: Mapping[str, str], event: Event, repository: str | None = None) -> Job:
    """The job that the GITHUB_* variables describe; `repository` wins over theirs."""
    named = repository or environ.get("GITHUB_REPOSITORY") or event.repository
    if not named:
        raise ConfigError(
            ["GITHUB_REPOSITORY is not set: run this in a GitHub Actions job, or add '--repository OWNER/NAME'."]
        )
    server = environ.get("GITHUB_SERVER_URL") or _SERVER
    run = environ.get("GITHUB_RUN_ID", "")
    return Job(
        repository=parse_repository(named),
        event=event,
        sha=environ.get("GITHUB_SHA", ""),
        api_url=environ.get("GITHUB_API_URL") or _API,
        server_url=server,
        run_url=f"{server}/{named}/actions/runs/{run}" if run.isdigit() else "",
    )


def workflow_commands(found: Sequence[Annotation]) -> list[str]:
    """The lines that make annotations; GitHub shows ten of each kind per step, so the worst ten are kept."""
    kept: dict[Level, list[Annotation]] = {level: [] for level in Level}
    for annotation in found:
        kept[annotation.level].append(annotation)
    return [_command(annotation) for group in kept.values() for annotation in group[:MOST_ANNOTATIONS]]


def _command(annotation: Annotation) -> str:
    properties = {"title": annotation.title}
    if annotation.place is not None:
        properties = {"file": annotation.place.file, "line": str(max(1, annotation.place.line)), **properties}
    shown = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_COMMANDS[annotation.level]} {shown}::{_data(annotation.message)}"


def _data(text: str) -> str:
    """A command ends with its line, so a message keeps to one."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def outputs(report: GateReport) -> dict[str, str]:
    """The step's outputs; `benchmarks`: the failing ones, worst first, as a JSON list."""
    failing = dict.fromkeys(row.benchmark for row in worst_first(report.judgements) if row.fails)
    return {
        "outcome": report.outcome.value,
        "exit-code": str(int(report.exit_code)),
        "headline": headline(report),
        "summary": count_line(report),
        "regressed": str(report.count(Verdict.REGRESSED)),
        "inconclusive": str(report.count(Verdict.INCONCLUSIVE)),
        "benchmarks": json.dumps(list(failing)[:_MOST_NAMES]),
    }


def render_outputs(values: Mapping[str, str], delimiter: str) -> str:
    """Lines for GITHUB_OUTPUT; `delimiter` must be one that nobody can guess, since a value may hold any line."""
    if any(delimiter in value for value in values.values()):
        raise ValueError("a value holds the delimiter")
    return "".join(f"{name}<<{delimiter}\n{value}\n{delimiter}\n" for name, value in values.items())
