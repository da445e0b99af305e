"""`perfgate compare`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from pytest_perfgate import wiring
from pytest_perfgate.cli.paired_options import in_words_of_the_tool, open_paired_project, paired_options, seed_of
from pytest_perfgate.cli.progress import Progress
from pytest_perfgate.cli.shared import show
from pytest_perfgate.model.source import parse_source
from pytest_perfgate.report.json_report import render_json


@click.command("compare")
@click.option("--base", "base", required=True, multiple=True, metavar="SOURCE", help="What is compared with.")
@click.option("--candidate", required=True, multiple=True, metavar="SOURCE", help="What is judged.")
@click.option("--benchmarks-from", metavar="SIDE", help="Whose benchmark files measure both: candidate or base.")
@click.option("--measure-unchanged", is_flag=True, default=None, help="Measure even if nothing differs (an A/A run).")
@click.option("--report", multiple=True, metavar="FILE", help="Also write the report: .json, .md, .html, .txt or .zip.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@paired_options
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED, metavar="[-- PYTEST-ARGUMENTS...]")
def command(
    base: tuple[str, ...],
    candidate: tuple[str, ...],
    pytest_arguments: tuple[str, ...],
    report: tuple[str, ...],
    *,
    as_json: bool,
    **settings: object,
) -> None:
    """Measure two versions against each other, in the same minutes, and judge the second.

    \b
    A SOURCE is one of
      REV                  anything that git resolves: v1.2, HEAD~3, a branch
      .                    the working tree as it stands
      pip:PACKAGE==1.2     what pip installs into an environment of its own;
                           several with commas, or the option repeated
      venv:DIR             what is installed in a virtual environment of yours,
                           which also has pytest and pytest-perfgate

    The benchmarks are the candidate's, or the working tree's where the candidate is installed. Nothing in the
    working tree is touched. Ends with the gate's exit code.

    \b
    Examples:
      perfgate compare --base pip:shop==1.4 --candidate . -- benchmarks/
      perfgate compare --base v1.4 --candidate v1.5 --setup 'pip install .[test]'
      perfgate compare --base venv:.venv-numpy1 --candidate venv:.venv-numpy2
    """  # noqa: D301 - click reads a real \b
    began = time.monotonic()
    project = open_paired_project(report=report or None, **settings)
    request = wiring.PairedRequest(
        arguments=pytest_arguments,
        folder=Path.cwd(),
        python_files=None,
        seed=seed_of(project),
        started_at=wiring.now(),
        base=parse_source(base, "--base"),
        candidate=parse_source(candidate, "--candidate"),
    )
    progress = Progress()
    limits = f"at most {project.config.budget:g} s, seed {request.seed}"
    progress.say(f"perfgate: {request.candidate} against {request.base}, {limits}")
    judged = wiring.report_errors(
        lambda: wiring.run_paired(project, request, listener=progress, elapsed_s=lambda: time.monotonic() - began)
    )
    judged = wiring.write_reports(project, in_words_of_the_tool(judged), Path.cwd())
    if as_json:
        click.echo(render_json(judged), nl=False)
    else:
        show(judged)
    sys.exit(int(judged.exit_code))
