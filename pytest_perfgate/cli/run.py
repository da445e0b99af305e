"""`perfgate run`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from pytest_perfgate import wiring
from pytest_perfgate.cli.shared import open_project, project_option, settings_of, show_import

_REDRAW_S = 0.5
_WIPE = "\r\033[K"
_INTERRUPTED = 130  # as a shell has it: 128 and the number of SIGINT


@click.command("run", context_settings={"ignore_unknown_options": True})
@click.option("--processes", type=click.IntRange(min=1), help="How often; by default 'processes' of [tool.perfgate].")
@click.option(
    "--import",
    "output",
    metavar="FORMAT=PATH",
    help="What the command writes and where, '-' for what it prints; by default Criterion's folder.",
)
@click.option("--record", "keep", is_flag=True, help="Record; with --check only what passed.")
@click.option("--check", is_flag=True, help="Judge, and end with the gate's exit code.")
@click.option("--timeout", "timeout_s", type=click.FloatRange(min=0), default=0.0, help="Seconds for one process.")
@click.option("--partial", is_flag=True, help="Only a part of the suite is run: what is absent is not missing.")
@click.option("--set", "pairs", multiple=True, metavar="KEY=VALUE", help="A setting of the format.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: the report, or what was read.")
@click.argument("command_line", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND...")
@project_option
def command(  # noqa: PLR0913 - the command's options
    processes: int | None,
    output: str | None,
    timeout_s: float,
    pairs: tuple[str, ...],
    command_line: tuple[str, ...],
    baseline: str | None,
    *,
    keep: bool,
    check: bool,
    partial: bool,
    as_json: bool,
) -> None:
    """Run a benchmark COMMAND several times and import what it writes: each time is one process of a run.

    The canaries are read before, between and after, so that a slow machine can be told from slow code; memory, CPU
    time and I/O of the command and everything that it starts are recorded beside its benchmarks. Criterion gets a
    folder of its own each time. A command that fails ends with 10, and nothing is recorded.

    Example: perfgate run --processes 5 --record -- cargo bench
    """
    project = open_project(baseline)
    wanted = _wanted(output, pairs, command_line, partial=partial)
    request = wiring.RunRequest(command_line, wanted, processes or project.config.processes, timeout_s)
    progress = _Progress(request.processes, command_line[0])
    try:
        run = wiring.run_and_read(project, request, progress)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    finally:
        progress.wipe()
    result = wiring.import_outputs(project, [run], keep=keep, check=check)
    show_import(project, result, as_json=as_json)


def _wanted(
    output: str | None, pairs: tuple[str, ...], command_line: tuple[str, ...], *, partial: bool
) -> wiring.Wanted:
    if output is None:
        if Path(command_line[0]).stem != "cargo":
            raise click.UsageError(
                f"What does '{command_line[0]:.80}' write? Say '--import FORMAT=PATH', such as 'csv=out.csv'."
            )
        output = "criterion"
    format_, _, path = output.partition("=")
    return wiring.Wanted(format_, (path,) if path else (), settings_of(pairs), partial=partial)


class _Progress:
    """One rewritten line on a terminal, a line per process elsewhere."""

    def __init__(self, processes: int, name: str) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._processes, self._name = processes, name
        self._line, self._drawn_at = "", 0.0

    def on_process(self, number: int) -> None:
        """Say which one begins."""
        self._line = f"perfgate: process {number + 1} of {self._processes}: {self._name:.60}"
        click.echo(f"{_WIPE}{self._line}" if self._is_terminal else self._line, nl=not self._is_terminal, err=True)

    def on_elapsed(self, seconds: float) -> None:
        """Say how long it runs."""
        if self._is_terminal and time.monotonic() - self._drawn_at > _REDRAW_S:
            self._drawn_at = time.monotonic()
            click.echo(f"{_WIPE}{self._line} · {seconds:.0f} s", nl=False, err=True)

    def wipe(self) -> None:
        """Take the line away."""
        if self._is_terminal:
            click.echo(_WIPE, nl=False, err=True)
