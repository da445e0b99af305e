"""`perfgate bisect`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pytest_perfgate import wiring
from pytest_perfgate.cli import exit_code_of
from pytest_perfgate.cli.paired_options import open_paired_project, paired_options, seed_of, translated
from pytest_perfgate.cli.progress import Progress
from pytest_perfgate.cli.shared import share
from pytest_perfgate.errors import PerfgateError
from pytest_perfgate.model import ExitCode
from pytest_perfgate.report.bisect import render_bisect, render_bisect_json

# As a shell says that Ctrl-C ended a program.
_INTERRUPTED = 130


@click.command("bisect")
@click.option("--good", default="", metavar="REV", help="A commit before the change.")
@click.option("--bad", default="", metavar="REV", help="A commit that has it; '.' is the working tree.")
@click.option("--improvement", is_flag=True, help="Look for what made it faster.")
@click.option("--min-change", metavar="P", help="Smallest change that matters, such as 2%.")
@click.option("--resume", is_flag=True, help="Go on with the search that was interrupted.")
@click.option("--reset", is_flag=True, help="Forget the search that was interrupted.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@paired_options
@click.argument("benchmarks", nargs=-1, type=click.UNPROCESSED, metavar="[BENCHMARK...] [-- PYTEST-ARGUMENTS...]")
def command(
    good: str,
    bad: str,
    min_change: str | None,
    budget: str | None,
    setup: str | None,
    benchmarks: tuple[str, ...],
    *,
    alternate: bool | None,
    as_json: bool,
    **flags: bool,
) -> None:
    """Find the commit that made a benchmark slower, between two commits.

    Each step of 'git bisect' measures a commit against the good one, in the same minutes, until it is clear on which
    side of the change it lies. At the end the named commit is measured against its parent. It is named with the
    probability that it is the one, and with the size of its change.

    BENCHMARK is a file or a test, as pytest takes them. The benchmark files of the bad commit measure all commits.
    First parents are followed; a commit that can't be built, or where the benchmark can't run, is skipped. Nothing in
    the working tree is touched.

    Every pair is kept in .perfgate/: after an interruption, '--resume' goes on; alone it also shows the last result
    again, or with '--budget' makes it surer. '--budget' is that of one comparison.

    Ends with 0 when a commit is named, with 10 when none is probable enough.

    \b
    Examples:
      perfgate bisect --good v1.4 --bad HEAD tests/test_codec.py::test_loads
      perfgate bisect --good v1.4 --bad HEAD bench/ --setup 'pip install .[test]'
      perfgate bisect --resume
    """  # noqa: D301 - click reads a real \b
    project = open_paired_project(budget=budget, setup=setup, alternate=alternate)
    if flags["reset"] and not (good or bad or benchmarks or flags["resume"]):
        click.echo("Forgotten." if wiring.reset_bisect(project) else "There was nothing to forget.")
        return
    request = wiring.BisectRequest(
        folder=Path.cwd(),
        seed=seed_of(project),
        good=good,
        bad=bad,
        arguments=benchmarks,
        min_change=None if min_change is None else share("--min-change", min_change),
        budget_s=None if budget is None else project.config.budget,
        **flags,
    )
    _check(request)
    try:
        report = wiring.run_bisect(project, request, listener=Progress())
    except KeyboardInterrupt:
        click.echo("\nperfgate: interrupted; 'perfgate bisect --resume' goes on from here", err=True)
        sys.exit(_INTERRUPTED)
    except PerfgateError as error:
        click.echo(f"perfgate: {translated(str(error))}", err=True)
        sys.exit(exit_code_of(error))
    click.echo(render_bisect_json(report) if as_json else render_bisect(report), nl=False)
    sys.exit(ExitCode.PASSED if report.succeeded else ExitCode.CANNOT_JUDGE)


def _check(request: wiring.BisectRequest) -> None:
    if request.resume:
        given = [
            name
            for name, value in (("--good", request.good), ("--bad", request.bad), ("a benchmark", request.arguments))
            if value
        ]
        if given:
            raise click.UsageError(f"--resume goes on with the question that was asked; leave out {', '.join(given)}.")
        return
    missing = [
        name
        for name, value in (("--good REV", request.good), ("--bad REV", request.bad), ("BENCHMARK", request.arguments))
        if not value
    ]
    if missing:
        raise click.UsageError(f"Missing {', '.join(missing)} (or --resume).")
