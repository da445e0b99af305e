"""`perfgate trends`."""

from __future__ import annotations

from datetime import datetime

import click

from pytest_perfgate import wiring
from pytest_perfgate.cli.periods import Since
from pytest_perfgate.cli.shared import environment_option, open_project, project_option
from pytest_perfgate.report.forecast import render_forecast_csv, render_forecast_json, render_trends
from pytest_perfgate.workflows.forecast import ForecastQuestion


@click.command("trends")
@click.argument("benchmarks", nargs=-1, metavar="[BENCHMARK...]")
@click.option("--metric", "metrics", multiple=True, help="Which metric; repeatable. All that are judged, by default.")
@click.option("--since", type=Since(), metavar="PERIOD", help="Only runs since then: 90d, 12h, 4w, or 2026-01-31.")
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@environment_option
@project_option
def command(
    benchmarks: tuple[str, ...],
    metrics: tuple[str, ...],
    since: datetime | None,
    environment: str | None,
    baseline: str | None,
    *,
    as_csv: bool,
    as_json: bool,
) -> None:
    """Show whether each benchmark gets slower or faster, and whether it has a season.

    The slope is Theil and Sen's since the level last changed, the test Mann and Kendall's, corrected for the number of
    series. Weekdays and parts of the day are compared where the runs span two weeks. Below stands what moves together,
    and what follows what by up to three runs. BENCHMARK is a name or a glob.

    Example: perfgate trends --since 90d
    """
    question = ForecastQuestion(benchmarks, metrics, since)
    report = wiring.forecast_next(open_project(baseline), question, environment)
    renderer = render_forecast_csv if as_csv else render_forecast_json if as_json else render_trends
    click.echo(renderer(report), nl=False)
