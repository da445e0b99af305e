"""`perfgate report`."""

from __future__ import annotations

from pathlib import Path

import click

from pytest_perfgate import wiring
from pytest_perfgate.cli.shared import environment_option, open_project, project_option, read_report, show
from pytest_perfgate.config import REPORT_SUFFIXES
from pytest_perfgate.report import render
from pytest_perfgate.report.foreign import FORMATS

_ENDINGS = [suffix.removeprefix(".") for suffix in REPORT_SUFFIXES if suffix != ".zip"]

_FORMATS = [*_ENDINGS, *FORMATS]


@click.command("report")
@click.argument("source", required=False, type=click.Path(path_type=Path))
@click.option("--run", "run_id", metavar="ID", help="The run to report, by the beginning of its id; the newest else.")
@click.option("--format", "ending", type=click.Choice(_FORMATS), help="In this format.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Write to this file; its ending is the format, where no other is asked for.",
)
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

    Ends with exit code 0 when the report was written, whatever it says. 'junit', 'sarif' and 'code-quality' (GitLab's)
    are for other CI; a file that ends in .zip holds the numbers, too, for 'perfgate github comment --from-artifact'.

    Example: perfgate report --output report.html
    """
    project = open_project(baseline)
    if source is not None:
        report = read_report(source)
    else:
        run = wiring.find_run(project, run_id, environment)
        judged = wiring.judge_recorded(project, run)
        with_samples = (
            wiring.with_evidence if output is not None and output.suffix == ".zip" else wiring.with_recorded_samples
        )
        report = with_samples(project, judged)
    if ending is not None:
        text = FORMATS[ending](report) if ending in FORMATS else render(report, f".{ending}")
        if output is None:
            click.echo(text, nl=False)
        else:
            wiring.write_file(output, text)
    elif output is not None:
        if output.suffix not in REPORT_SUFFIXES:
            raise click.UsageError(f"'{output}' must end in one of {', '.join(REPORT_SUFFIXES)}.")
        if output.suffix == ".zip" and source is not None:
            raise click.UsageError("A report.json has no numbers; a .zip report is written by the gate or of a run.")
        wiring.write_report(report, output)
    else:
        show(report)
