"""`perfgate baseline`."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import click

from pytest_perfgate import wiring
from pytest_perfgate.cli.shared import (
    environment_option,
    open_project,
    project_option,
    show,
)
from pytest_perfgate.errors import CannotJudgeError
from pytest_perfgate.report.history import render_run, render_runs
from pytest_perfgate.workflows.baseline import export_csv, runs_to_prune


@click.group("baseline")
def command() -> None:
    """List, show, compare, prune, verify and export recorded runs."""


@command.command("list")
@project_option
def list_runs(baseline: str | None) -> None:
    """List the recorded runs of every environment.

    Example: perfgate baseline list
    """
    store = wiring.open_baselines(open_project(baseline))
    click.echo(render_runs({name: store.load_headers(name) for name in store.environments()}), nl=False)


@command.command("show")
@click.argument("run_id", required=False)
@environment_option
@project_option
def show_run(run_id: str | None, environment: str | None, baseline: str | None) -> None:
    """Show what a run measured; the newest one when none is named.

    Example: perfgate baseline show 20260301T12
    """
    click.echo(render_run(wiring.find_run(open_project(baseline), run_id, environment)), nl=False)


@command.command("diff")
@click.argument("before")
@click.argument("after")
@project_option
def diff(before: str, after: str, baseline: str | None) -> None:
    """Compare two runs by their ids.

    One run against one run can prove little; the report says what it could see. Ends with exit code 0.

    Example: perfgate baseline diff 20260301T12 20260302T12
    """
    project = open_project(baseline)
    show(wiring.compare_two(project, wiring.find_run(project, before, None), wiring.find_run(project, after, None)))


@command.command("prune")
@click.option(
    "--keep-days",
    type=click.IntRange(min=1),
    default=90,
    show_default=True,
    help="Keep runs of so many days.",
)
@click.option("--keep-runs", type=click.IntRange(min=1), default=50, show_default=True, help="Keep at least so many.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@project_option
def prune(keep_days: int, keep_runs: int, baseline: str | None, *, dry_run: bool) -> None:
    """Delete old runs, and what killed writers left.

    A run goes that is neither of the last days nor among the newest.

    Example: perfgate baseline prune --keep-days 60 --dry-run
    """
    project = open_project(baseline)
    store = wiring.open_baselines(project)
    total = 0
    for fingerprint in store.environments():
        gone = runs_to_prune(store.load_headers(fingerprint), wiring.now() - timedelta(days=keep_days), keep_runs)
        total += len(gone)
        for run_id in gone:
            click.echo(f"{'would delete' if dry_run else 'deleted'} {fingerprint}/{run_id}")
        if not dry_run:
            store.delete_runs(fingerprint, gone)
    left = 0 if dry_run else store.remove_leftovers()
    verb = "Would delete" if dry_run else "Deleted"
    click.echo(f"{verb} {_counted(total, 'run')}" + (f" and {_counted(left, 'leftover')}." if left else "."))


@command.command("verify")
@project_option
def verify(baseline: str | None) -> None:
    """Read every file of the store; name each damaged one. Exit code 10 when there are some.

    What a killed run left half written is named too; it harms nothing, and 'perfgate baseline prune' removes it.

    Example: perfgate baseline verify
    """
    store = wiring.open_baselines(open_project(baseline))
    problems = store.verify()
    for problem in problems:
        click.echo(problem, err=True)
    for path in store.leftovers():
        click.echo(f"'{path}': left by a killed run; 'perfgate baseline prune' removes it")
    count = sum(len(store.run_ids(name)) for name in store.environments())
    click.echo(f"{_counted(count, 'run')}, {_counted(len(problems), 'problem')}")
    sys.exit(10 if problems else 0)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


@command.command("export")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The file to write; standard output else.")
@environment_option
@project_option
def export(output: Path | None, environment: str | None, baseline: str | None) -> None:
    """Export every recorded level as CSV, in base units.

    Example: perfgate baseline export --output levels.csv
    """
    project = open_project(baseline)
    store = wiring.open_baselines(project)
    fingerprint = wiring.fingerprint_of(project, environment)
    if not store.run_ids(fingerprint):
        raise CannotJudgeError(
            f"No run of environment {fingerprint} is in '{store.location}'; 'perfgate baseline list' shows others."
        )
    text = export_csv(store.load_runs(fingerprint))
    if output is None:
        click.echo(text, nl=False)
    else:
        wiring.write_file(output, text)
