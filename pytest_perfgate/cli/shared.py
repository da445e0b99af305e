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
from pytest_perfgate.errors import CannotJudgeError
from pytest_perfgate.model import GateReport, Run
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


def fingerprint_of(project: wiring.Project, environment: str | None) -> str:
    """The environment that was asked for; else this machine's; else the only one that is recorded."""
    if environment is not None:
        return environment
    own = wiring.environment(project).fingerprint
    recorded = list(wiring.open_baselines(project).environments())
    return recorded[0] if own not in recorded and len(recorded) == 1 else own


def newest_run(project: wiring.Project, run_id: str | None, environment: str | None) -> Run:
    """A recorded run by its id (or the beginning of one), else the newest of the environment."""
    store = wiring.open_baselines(project)
    environments = list(store.environments()) if run_id else [fingerprint_of(project, environment)]
    for fingerprint in environments:
        ids = [name for name in store.run_ids(fingerprint) if run_id is None or name.startswith(run_id)]
        if ids:
            return next(iter(store.load_runs(fingerprint, [ids[-1]], slices=True)))
    if run_id:
        raise CannotJudgeError(f"No run '{run_id:.80}' is in '{store.location}'; 'perfgate baseline list' shows them.")
    raise CannotJudgeError(
        f"No run of this environment is in '{store.location}'; record one with 'pytest --perfgate-record'."
    )


def show(report: GateReport) -> None:
    """Print a report as a terminal has it: its width, and colour only there."""
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    width = shutil.get_terminal_size((80, 24)).columns
    unicode = (getattr(sys.stdout, "encoding", "") or "").lower().startswith("utf")
    click.echo(render_terminal(report, width=width, colour=colour, unicode=unicode), color=colour)
