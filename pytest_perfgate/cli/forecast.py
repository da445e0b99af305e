"""`perfgate forecast`."""

from __future__ import annotations

from datetime import datetime

import click

from pytest_perfgate import wiring
from pytest_perfgate.cli.periods import Since
from pytest_perfgate.cli.shared import environment_option, open_project, project_option
from pytest_perfgate.report.forecast import render_forecast, render_forecast_csv, render_forecast_json
from pytest_perfgate.workflows.forecast import ForecastQuestion


@click.command("forecast")
@click.argument("benchmarks", nargs=-1, metavar="[BENCHMARK...]")
@click.option("--metric", "metrics", multiple=True, help="Which metric; repeatable. All that are judged, by default.")
@click.option("--since", type=Since(), metavar="PERIOD", help="Only runs since then: 90d, 12h, 4w, or 2026-01-31.")
@click.option(
    "--level",
    type=click.FloatRange(0.5, 0.99),
    default=0.9,
    show_default=True,
    help="How often the range shall hold the next run.",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@environment_option
@project_option
def command(
    benchmarks: tuple[str, ...],
    metrics: tuple[str, ...],
    since: datetime | None,
    level: float,
    environment: str | None,
    baseline: str | None,
    *,
    as_csv: bool,
    as_json: bool,
) -> None:
    """Say what the next run is expected to be, and when a budget will break.

    The range is calibrated on how far the same forecast was off before; a change of level restarts it. The machine's
    speed is taken out where that can be done. BENCHMARK is a name or a glob.

    Example: perfgate forecast 'tests/test_codec.py::*'
    """
    question = ForecastQuestion(benchmarks, metrics, since, level)
    report = wiring.forecast_next(open_project(baseline), question, environment)
    renderer = render_forecast_csv if as_csv else render_forecast_json if as_json else render_forecast
    click.echo(renderer(report), nl=False)
