"""`perfgate merge`."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import click

from pytest_perfgate import wiring
from pytest_perfgate.cli.shared import read_report, titled
from pytest_perfgate.report.comment import Section, overall, worst
from pytest_perfgate.report.counts import headline
from pytest_perfgate.report.merged import render_merged
from pytest_perfgate.report.quantities import printable


@click.command("merge")
@click.argument("reports", nargs=-1, required=True, metavar="[NAME=]REPORT...")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the merged reports to this .json file.")
def command(reports: tuple[str, ...], output: Path | None) -> None:
    """Merge the report.json files of a matrix of jobs into one, and end as the worst of them.

    Each keeps its name (NAME, or else its path): 'perfgate github comment --report merged.json' makes one comment with
    a section for each. The exit code is 1 if one regressed, else 10 or 11 if one could not be judged, else 0.

    Example: perfgate merge 3.10=a/report.json 3.13=b/report.json --output merged.json
    """
    sections = [_section(text) for text in reports]
    double = [name for name, count in Counter(section.title for section in sections).items() if count > 1]
    if double:
        raise click.UsageError(f"Two reports are called '{double[0]:.100}'; name them with NAME=FILE.")
    for section in sections:
        click.echo(printable(f"{section.title}: {headline(section.report)}"))
    if len(sections) > 1:
        click.echo(overall(sections))
    if output is not None:
        wiring.write_file(output, render_merged(sections))
    sys.exit(int(worst(sections)))


def _section(text: str) -> Section:
    name, file = titled(text, "")
    return Section(name or file, read_report(Path(file)))
