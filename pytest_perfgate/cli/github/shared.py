"""What the commands for GitHub share: options, reports, and what a failure to publish means."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from pytest_perfgate.cli.shared import read_text, titled
from pytest_perfgate.errors import PublishError
from pytest_perfgate.github.actions import workflow_commands
from pytest_perfgate.github.request import Request, render_request
from pytest_perfgate.report.annotations import Annotation, Level
from pytest_perfgate.report.comment import Section
from pytest_perfgate.report.merged import parse_sections

Command = Callable[..., Any]


def report_option(command: Command) -> Command:
    """Add --report."""
    return click.option(
        "--report",
        "reports",
        metavar="[NAME=]FILE",
        multiple=True,
        help="The gate's report.json, or that of 'perfgate merge'; repeatable, then with a NAME for each.",
    )(command)


def publishing_options(command: Command) -> Command:
    """Add what every command takes that talks to GitHub, and say what its failure means."""
    for option in (
        click.option("--dry-run", is_flag=True, help="Print the exact requests; read, but change nothing."),
        click.option(
            "--on-publish-failure",
            type=click.Choice(["fail", "warn"]),
            default="fail",
            show_default=True,
            help="What a refusal or outage of GitHub means: exit code 11, or a warning and exit code 0.",
        ),
        click.option(
            "--patience",
            type=click.FloatRange(min=0),
            default=120.0,
            show_default=True,
            help="Seconds to wait in all when GitHub asks to wait or fails.",
        ),
        click.option("--repository", metavar="OWNER/NAME", help="The repository; the job's by default."),
    ):
        command = option(command)

    @functools.wraps(command)
    def guarded(*arguments: Any, on_publish_failure: str, **options: Any) -> Any:  # noqa: ANN401 - click's
        try:
            return command(*arguments, **options)
        except PublishError as error:
            if on_publish_failure == "fail":
                raise
            warn(str(error))

    return guarded


def warn(text: str) -> None:
    """A warning, in the job's list of annotations where there is one."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for line in workflow_commands([Annotation(Level.WARNING, "perfgate could not publish", text)]):
            click.echo(line)
    else:
        click.echo(f"perfgate: {text}", err=True)


def say(text: str) -> None:
    """Progress, on standard error."""
    click.echo(f"perfgate: {text}", err=True)


def read_sections(reports: Sequence[str], suite: str = "") -> list[Section]:
    """The reports that were named; `suite`: the title of a report without a NAME."""
    if not reports:
        raise click.UsageError("Missing option '--report'.")
    named = (titled(text, suite) for text in reports)
    return [section for title, file in named for section in parse_sections(read_text(Path(file)), title)]


def show_requests(requests: Sequence[Request], *, dry_run: bool) -> None:
    """What was sent in short; what would be sent in full."""
    for request in requests:
        click.echo(render_request(request) if dry_run else f"Done: {request.what}.")
