"""`perfgate check`."""

from __future__ import annotations

import sys

import click

from pytest_perfgate import wiring
from pytest_perfgate.cli.shared import environment_option, open_project, project_option, show
from pytest_perfgate.report.json_report import render_json


@click.command("check")
@click.option("--run", "run_id", metavar="ID", help="The run to judge, by the beginning of its id; the newest else.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@environment_option
@project_option
def command(run_id: str | None, environment: str | None, baseline: str | None, *, as_json: bool) -> None:
    """Judge a recorded run again, without measuring.

    The run is compared with the recorded runs before it, by the settings of today; it ends with the gate's exit
    code.

    Example: perfgate check --run 20260301T12
    """
    project = open_project(baseline)
    run = wiring.find_run(project, run_id, environment)
    report = wiring.report_errors(lambda: wiring.judge_recorded(project, run))
    if as_json:
        click.echo(render_json(report), nl=False)
    else:
        show(report)
    sys.exit(int(report.exit_code))
