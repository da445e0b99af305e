"""What several commands take: the project's options, and how a report is shown."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from pytest_perfgate import wiring
from pytest_perfgate.errors import StoreError
from pytest_perfgate.model import GateReport
from pytest_perfgate.report.json_report import parse_report
from pytest_perfgate.report.terminal import render_terminal


def project_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --baseline."""
    return click.option(
        "--baseline", metavar="DIR|git-branch:NAME", help="The store; as 'baseline' in [tool.perfgate]."
    )(command)


def environment_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --environment."""
    return click.option(
        "--environment", metavar="FINGERPRINT", help="Recorded on that machine; this one's by default."
    )(command)


def open_project(baseline: str | None) -> wiring.Project:
    """The project of the working folder."""
    overrides = {} if baseline is None else {"baseline": baseline}
    return wiring.open_project(Path.cwd(), os.environ, overrides)


def show(report: GateReport) -> None:
    """Print a report as a terminal has it: its width, and colour only there."""
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    width = shutil.get_terminal_size((80, 24)).columns
    unicode = (getattr(sys.stdout, "encoding", "") or "").lower().startswith("utf")
    click.echo(render_terminal(report, width=width, colour=colour, unicode=unicode), color=colour)


def read_report(path: Path) -> GateReport:
    """The report of a report.json. Raises StoreError, and CannotJudgeError when it is none."""
    try:
        return parse_report(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"Could not read '{path}': {error}") from error
