"""What several commands take: the project's options, and how a report is shown."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from pytest_perfgate import wiring
from pytest_perfgate.errors import ConfigError, StoreError
from pytest_perfgate.model import GateReport
from pytest_perfgate.model.quantity import parse_quantity
from pytest_perfgate.report.imports import render_imports, render_imports_json
from pytest_perfgate.report.json_report import parse_report, render_json
from pytest_perfgate.report.terminal import render_terminal
from pytest_perfgate.workflows.import_run import ImportResult


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
    return parse_report(read_text(path))


def titled(text: str, suite: str) -> tuple[str, str]:
    """The title and the rest of `[NAME=]REST`; without a NAME `suite`."""
    name, equals, rest = text.rpartition("=")
    return (name if equals else suite), rest


def read_text(path: Path) -> str:
    """A file's text. Raises StoreError."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"Could not read '{path}': {error}") from error


def settings_of(pairs: Sequence[str]) -> dict[str, str]:
    """What `--set KEY=VALUE` gave."""
    found: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise click.UsageError(f"'--set {pair:.80}': it must be KEY=VALUE.")
        found[key] = value
    return found


def show_import(project: wiring.Project, result: ImportResult, *, as_json: bool) -> None:
    """Print what was read, or the report of what was judged; then it ends with the gate's exit code."""
    if result.report is None:
        renderer = render_imports_json if as_json else render_imports
        click.echo(renderer(result.runs, result.recorded_to, result.known), nl=False)
        return
    report = wiring.write_reports(project, result.report, Path.cwd())
    if as_json:
        click.echo(render_json(report), nl=False)
    else:
        show(report)
    sys.exit(int(report.exit_code))


def share(option: str, text: str) -> float:
    """A share such as '2%' or 0.02; ConfigError names the option."""
    try:
        value, unit = parse_quantity(text)
    except ValueError as error:
        raise ConfigError([f"{option}: {error}"]) from error
    if unit != "1" or not 0 < value < 1:
        raise ConfigError([f"{option} is a share such as '2%' or 0.02, not {text!r:.40}"])
    return value
