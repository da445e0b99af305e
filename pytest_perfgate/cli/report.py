"""`perfgate report`."""

from __future__ import annotations

from pathlib import Path

import click

from pytest_perfgate import wiring
from pytest_perfgate.cli.shared import environment_option, open_project, project_option, read_report, show
from pytest_perfgate.config import REPORT_SUFFIXES
from pytest_perfgate.report import render

_FORMATS = [suffix.removeprefix(".") for suffix in REPORT_SUFFIXES if suffix != ".zip"]


@click.command("report")
@click.argument("source", required=False, type=click.Path(path_type=Path))
@click.option("--run", "run_id", metavar="ID", help="The run to report, by the beginning of its id; the newest else.")
@click.option("--format", "ending", type=click.Choice(_FORMATS), help="Print in this format.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write to this file; its ending is the format.")
@environment_option
@project_option
def command(
    source: Path | None,
    run_id: str | None,
    ending: str | None,
    output: Path | None,
    environment: str | None,
    baseline: str | None,
) -> None:
    """Write the report of a recorded run, or of SOURCE, a report.json.

    Ends with exit code 0 when the report was written, whatever it says.

    Example: perfgate report --output report.html
    """
    project = open_project(baseline)
    if source is not None:
        report = read_report(source)
    else:
        run = wiring.find_run(project, run_id, environment)
        report = wiring.with_recorded_samples(project, wiring.judge_recorded(project, run))
    if output is not None:
        if output.suffix not in REPORT_SUFFIXES:
            raise click.UsageError(f"'{output}' must end in one of {', '.join(REPORT_SUFFIXES)}.")
        wiring.write_report(report, output)
    elif ending is not None:
        click.echo(render(report, f".{ending}"), nl=False)
    else:
        show(report)
