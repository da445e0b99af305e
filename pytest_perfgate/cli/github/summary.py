"""`perfgate github summary`."""

from __future__ import annotations

import os

import click

from pytest_perfgate.cli.github.shared import read_sections, report_option
from pytest_perfgate.github.actions import workflow_commands
from pytest_perfgate.report.annotations import annotate as annotate_report
from pytest_perfgate.report.comment import Footer, render_comment
from pytest_perfgate.wiring.github import write_outputs, write_summary


@click.command("summary")
@report_option
@click.option("--suite", default="", metavar="NAME", help="Title of a report without a NAME.")
@click.option("--path-prefix", default="", metavar="DIR/", help="The project's folder within the repository.")
@click.option("--annotate/--no-annotate", default=True, help="Print annotations, at most ten of each kind.")
def command(reports: tuple[str, ...], suite: str, path_prefix: str, *, annotate: bool) -> None:
    """Show the report on the job, without any token.

    Writes the job summary (GITHUB_STEP_SUMMARY), annotations on the benchmarks' lines, and, for one report, the step's
    outputs (GITHUB_OUTPUT): outcome, exit-code, headline, summary, regressed, inconclusive, benchmarks.

    Example: perfgate github summary --report report.json
    """
    sections = read_sections(reports, suite)
    written = write_summary(os.environ, lambda room: render_comment(sections, Footer(), "", limit=room))
    if len(sections) == 1:
        write_outputs(os.environ, sections[0].report)
    if not written:
        click.echo("GITHUB_STEP_SUMMARY is not set, so there is no job summary to write to.", err=True)
    if annotate:
        found = [item for section in sections for item in annotate_report(section.report, prefix=path_prefix)]
        for line in workflow_commands(found):
            click.echo(line)
