"""`perfgate changes`."""

from __future__ import annotations

from datetime import datetime

import click

from pytest_perfgate import wiring
from pytest_perfgate.cli.periods import Since
from pytest_perfgate.cli.progress import counted
from pytest_perfgate.cli.shared import environment_option, open_project, project_option, share
from pytest_perfgate.report.changes import render_changes, render_changes_csv, render_changes_json
from pytest_perfgate.workflows.changes import Question


@click.command("changes")
@click.argument("benchmarks", nargs=-1, metavar="[BENCHMARK...]")
@click.option("--metric", "metrics", multiple=True, help="Which metric; repeatable. All that are judged, by default.")
@click.option(
    "--since",
    type=Since(),
    metavar="PERIOD",
    help="Only runs since then: 90d, 12h, 4w, or a day such as 2026-01-31.",
)
@click.option("--min-change", metavar="P", default="1%", show_default=True, help="Smallest change to show.")
@click.option("--new", "only_new", is_flag=True, help="Only what the newest run brought to light.")
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@environment_option
@project_option
def command(  # noqa: PLR0913 - click gives each option as an argument
    benchmarks: tuple[str, ...],
    metrics: tuple[str, ...],
    since: datetime | None,
    min_change: str,
    environment: str | None,
    baseline: str | None,
    *,
    only_new: bool,
    as_csv: bool,
    as_json: bool,
) -> None:
    """Show where levels changed for good, over the whole recorded history.

    Each change has its commit (or the range that it lies in), its size with a 95 % interval, and how long it has
    lasted. What came and went is shown once. BENCHMARK is a name or a glob. A slope that no single change explains is
    shown with the day on which it breaks the budget.

    '--new' says only what was not known before the newest run, so that a job that runs it after each recorded run
    hears of each change once. Ends with 0 whatever it finds: the gate judges, this shows.

    \b
    Examples:
      perfgate changes
      perfgate changes 'tests/test_codec.py::*' --since 90d
      perfgate changes --new --json
    """  # noqa: D301 - click reads a real \b
    question = Question(benchmarks, metrics, since, share("--min-change", min_change), only_new)
    project = open_project(baseline)
    with counted("looking for changes") as progress:
        report = wiring.find_level_changes(project, question, environment, progress)
    renderer = render_changes_csv if as_csv else render_changes_json if as_json else render_changes
    click.echo(renderer(report), nl=False)
