"""`perfgate record`."""

from __future__ import annotations

import subprocess
import sys

import click


@click.command("record", context_settings={"ignore_unknown_options": True})
@click.option("--runs", type=click.IntRange(min=1), default=5, show_default=True, help="How many runs to record.")
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED, metavar="[-- PYTEST-ARGUMENTS...]")
def command(runs: int, pytest_arguments: tuple[str, ...]) -> None:
    """Record baseline runs: calls 'pytest --perfgate-record' several times.

    Runs of different days teach more about the machine than the same number in a row; CI on the main branch is
    the best recorder. Stops at the first run that fails, with its exit code.

    Example: perfgate record --runs 5 -- benchmarks/
    """
    command_line = [sys.executable, "-m", "pytest", "-q", "--perfgate-record", *pytest_arguments]
    for number in range(1, runs + 1):
        click.echo(f"perfgate: recording run {number} of {runs}", err=True)
        done = subprocess.run(command_line, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            click.echo(done.stdout, nl=False)
            click.echo(f"perfgate: run {number} of {runs} ended with exit code {done.returncode}; stopped", err=True)
            sys.exit(done.returncode)
    click.echo(f"Recorded {runs} run{'s' * (runs > 1)}. 'pytest --perfgate' compares with them.")
