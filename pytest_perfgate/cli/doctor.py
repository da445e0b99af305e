"""`perfgate doctor`."""

from __future__ import annotations

import sys

import click
from rich.console import Console
from rich.progress import Progress

from pytest_perfgate import wiring
from pytest_perfgate.cli.shared import open_project, project_option
from pytest_perfgate.report.doctor import render_doctor


@click.command("doctor")
@click.option("--seconds", type=click.FloatRange(min=1), default=60.0, show_default=True, help="How long to watch.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@project_option
def command(seconds: float, baseline: str | None, *, as_json: bool) -> None:
    """Say how noisy this machine is, what makes it so, and which change it can see.

    Times the canaries against each other for a minute: nothing changes, so every difference is noise.

    Example: perfgate doctor --seconds 20
    """
    project = open_project(baseline)
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("watching this machine", total=1.0)
        watched = wiring.watch_noise(project, seconds, lambda share: progress.update(task, completed=share))
    if as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(watched), indent=2))
    else:
        click.echo(render_doctor(watched), nl=False)
