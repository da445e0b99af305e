"""`perfgate doctor`."""

from __future__ import annotations

import sys

import click

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
    watched = wiring.watch_noise(project, seconds, _progress if sys.stderr.isatty() else None)
    if as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(watched), indent=2))
    else:
        click.echo(render_doctor(watched), nl=False)


def _progress(share: float) -> None:
    end = "\n" if share >= 1 else ""
    click.echo(f"\rperfgate: watching this machine, {share * 100:3.0f} %{end}", nl=False, err=True)
