"""`perfgate history`."""

from __future__ import annotations

import click

from pytest_perfgate import wiring
from pytest_perfgate.cli.shared import environment_option, open_project, project_option
from pytest_perfgate.report.history import render_csv, render_history, render_json
from pytest_perfgate.workflows.history import history


@click.command("history")
@click.argument("benchmark")
@click.option("--metric", default="execution_time", show_default=True, help="Which metric.")
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@environment_option
@project_option
def command(
    benchmark: str, metric: str, environment: str | None, baseline: str | None, *, as_csv: bool, as_json: bool
) -> None:
    """Show the recorded levels of BENCHMARK, oldest first, with a sparkline.

    'level' is as measured: a slow machine shows in it. 'adjusted' has the machine's speed taken out, as the gate
    takes it out before it compares; it needs three recorded runs, and a metric of time.

    Example: perfgate history 'tests/test_codec.py::test_loads'
    """
    project = open_project(baseline)
    store = wiring.open_baselines(project)
    series = history(store, wiring.fingerprint_of(project, environment), benchmark, metric)
    renderer = render_csv if as_csv else render_json if as_json else render_history
    click.echo(renderer(series), nl=False)
