"""`perfgate anomalies`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from pytest_perfgate import wiring
from pytest_perfgate.cli.periods import since_option
from pytest_perfgate.cli.shared import environment_option, open_project, project_option
from pytest_perfgate.report.anomaly import (
    render_checks,
    render_csv_checks,
    render_explanation,
    render_json_checks,
)
from pytest_perfgate.workflows.anomalies import Detected

_ENDINGS = (".json", ".csv", ".txt")


@click.command("anomalies")
@click.option("--train", "mode", flag_value="train", help="Keep a model of what is usual in the store's folder.")
@click.option("--detect", "mode", flag_value="detect", default=True, help="List the unusual runs (the default).")
@click.option("--explain", "mode", flag_value="explain", help="Show what is odd about one run, the newest by default.")
@click.option("--run", "run_id", metavar="ID", help="The run to explain, by the beginning of its id.")
@since_option("90d")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write to this file: .json, .csv or .txt.")
@environment_option
@project_option
def command(
    mode: str,
    run_id: str | None,
    since: datetime,
    output: Path | None,
    environment: str | None,
    baseline: str | None,
) -> None:
    """Find recorded runs that are unlike those before them: a busy machine, another runner, a cold cache.

    Each run is scored by an isolation forest and by its distance, fitted only on runs that were started earlier. A
    model that was kept with --train scores the runs since then; without one each run is held against the hundred
    runs before it. Advice: ends with exit code 0 whatever is found.

    \b
    Examples:
      perfgate anomalies --since 30d
      perfgate anomalies --explain --output odd.json
    """  # noqa: D301 - click reads a real \b
    if run_id and mode != "explain":
        raise click.UsageError("--run goes with --explain.")
    if output is not None and (mode == "train" or output.suffix not in _ENDINGS):
        raise click.UsageError("--output goes with --detect and --explain, and ends in .json, .csv or .txt.")
    project = open_project(baseline)
    fingerprint = wiring.fingerprint_of(project, environment)
    if mode == "train":
        path, count = wiring.train_anomalies(project, fingerprint, since)
        click.echo(f"Learned from {count} runs; kept in '{path}'.")
        return
    if mode == "explain":
        run = wiring.find_run(project, run_id, environment)
        check = wiring.explain_anomaly(project, run)
        found, text = Detected(((run, check),), ()), render_explanation(run, check)
    else:
        with _progress("scoring runs") as progress:
            found = wiring.detect_anomalies(project, fingerprint, since, progress)
        text = render_checks(found.checks, found.notes)
    if output is None:
        click.echo(text, nl=False)
    elif output.suffix == ".json":
        wiring.write_file(output, render_json_checks(found.checks, found.notes))
    else:
        wiring.write_file(output, render_csv_checks(found.checks) if output.suffix == ".csv" else text)


@contextmanager
def _progress(title: str) -> Iterator[Callable[[float], None]]:
    """A bar on standard error, where that is a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(title, total=1.0)
        yield lambda share: progress.update(task, completed=share)
