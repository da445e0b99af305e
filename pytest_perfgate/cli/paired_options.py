"""What the commands that measure in turns have in common: options, settings, and the names of both."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from pytest_perfgate import wiring
from pytest_perfgate.model import GateReport

# What messages call by the name that it has for pytest.
_NAMES = {"--perfgate-against REV": "--base SOURCE", "--perfgate-against": "--base", "--perfgate-": "--"}


def paired_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --budget, --setup and --alternate."""
    for option in (
        click.option(
            "--alternate",
            is_flag=True,
            default=None,
            help="Where the two sides can't live at the same time: process after process; less sharp.",
        ),
        click.option(
            "--setup",
            metavar="COMMAND",
            help="Install each tree into a virtual environment of its own with this, such as 'pip install .[test]'.",
        ),
        click.option("--budget", metavar="S", help="Seconds for a comparison, start-up included."),
    ):
        command = option(command)
    return command


def open_paired_project(**settings: object) -> wiring.Project:
    """The project of the working folder; settings that were not given are the configuration's."""
    overrides = {key: value for key, value in settings.items() if value is not None}
    return wiring.open_project(Path.cwd(), os.environ, overrides)


def seed_of(project: wiring.Project) -> int:
    """The configured seed, else a new one."""
    return project.config.seed or random.SystemRandom().randrange(1, 2**31)


def in_words_of_the_tool(report: GateReport) -> GateReport:
    """The report with this tool's options where it names pytest's."""
    return replace(report, explanation=translated(report.explanation))


def translated(text: str) -> str:
    """A message with this tool's options where it names pytest's."""
    for theirs, ours in _NAMES.items():
        text = text.replace(theirs, ours)
    return text
