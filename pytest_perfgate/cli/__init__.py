"""Face 2: the command-line tool; one module per command, imported when it is called."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from pytest_perfgate import __version__
from pytest_perfgate.cli.lazy import LazyGroup
from pytest_perfgate.errors import ConfigError, MissingExtraError, PerfgateError, PublishError, StoreError

_COMMANDS = {
    "record": "Record baseline runs: runs pytest --perfgate-record several times.",
    "run": "Run a benchmark command several times and import its results.",
    "import": "Import another tool's results; record them, judge them.",
    "compare": "Measure two versions against each other: commits, releases, environments.",
    "bisect": "Find the commit that made a benchmark slower.",
    "check": "Judge a recorded run again, without measuring.",
    "export": "Export a recorded run in another tool's format.",
    "report": "Write the report of a recorded run, or of a report.json.",
    "merge": "Merge the reports of several jobs into one.",
    "history": "Show the recorded levels of a benchmark.",
    "changes": "Show where levels changed for good, and what creeps.",
    "sensitivity": "Say which change the gate can see of each benchmark.",
    "backtest": "Replay the recorded runs through settings, and rank them.",
    "forecast": "Say what the next run will be, and when a budget breaks.",
    "trends": "Show what gets slower or faster, and seasons.",
    "anomalies": "Find runs that are unlike those before them.",
    "baseline": "List, show, compare, prune, verify and export recorded runs.",
    "accept": "Accept a change, with its reason, for a review.",
    "github": "Show the gate on GitHub: comment, summary, check, issues.",
    "doctor": "Say how noisy this machine is and what it can see.",
    "config": "Show the effective settings and where each comes from.",
}
_EPILOGUE = """
\b
First gate, in three steps:
  perfgate record --runs 5      record a baseline, then commit the folder
  pytest --perfgate             measure, compare, fail if slower
  perfgate accept NAME --reason TEXT     when slower is right

\b
Exit codes: 0 passed, 1 regressed or tests failed, 2 wrong usage,
10 could not judge, 11 infrastructure (store, network).
"""


@click.group(
    cls=LazyGroup,
    package="pytest_perfgate.cli",
    known=_COMMANDS,
    epilog=_EPILOGUE,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="perfgate")
def perfgate() -> None:
    """A performance gate whose verdicts can be trusted on a noisy machine.

    pytest measures: 'pytest --perfgate-record' records, 'pytest --perfgate' compares and judges. This tool works with
    what was recorded.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the tool; errors are one message on standard error, never a traceback."""
    try:
        perfgate.main(args=None if arguments is None else list(arguments), prog_name="perfgate")
    except PerfgateError as error:
        click.echo(f"perfgate: {error}", err=True)
        sys.exit(exit_code_of(error))
    except BrokenPipeError:
        # The reader has had enough; nothing may be flushed into the closed pipe at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def exit_code_of(error: PerfgateError) -> int:
    """2 for configuration, 11 for infrastructure, 10 for everything that keeps the gate from judging."""
    if isinstance(error, ConfigError):
        return 2
    return 11 if isinstance(error, (StoreError, PublishError, MissingExtraError)) else 10
