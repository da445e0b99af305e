"""`perfgate github check`."""

from __future__ import annotations

import os

import click

from pytest_perfgate.cli.github.shared import publishing_options, read_sections, report_option, say, show_requests
from pytest_perfgate.github.checks import MOST_SUMMARY, CheckRun
from pytest_perfgate.model import ExitCode
from pytest_perfgate.report.annotations import annotate
from pytest_perfgate.report.comment import Footer, overall, render_comment
from pytest_perfgate.wiring.github import connect, open_job, post_check


@click.command("check")
@report_option
@click.option("--name", default="perfgate", show_default=True, help="The check run's name.")
@click.option("--suite", default="", metavar="NAME", help="Title of a report without a NAME.")
@click.option("--path-prefix", default="", metavar="DIR/", help="The project's folder within the repository.")
@publishing_options
def command(
    *,
    reports: tuple[str, ...],
    name: str,
    suite: str,
    path_prefix: str,
    repository: str | None,
    patience: float,
    dry_run: bool,
) -> None:
    """Make a check run on the commit, with annotations on the benchmarks' lines.

    Needs 'checks: write'. A check passes only where the gate did; one that could not judge fails.

    Example: perfgate github check --report report.json
    """
    sections = read_sections(reports, suite)
    job = open_job(os.environ, repository)
    if not job.head_sha:
        raise click.UsageError("There is no commit to check: GITHUB_SHA is not set.")
    found = [item for section in sections for item in annotate(section.report, prefix=path_prefix)]
    wanted = CheckRun(
        name=f"{name} ({suite})" if suite else name,
        head_sha=job.head_sha,
        passed=all(section.report.exit_code is ExitCode.PASSED for section in sections),
        title=overall(sections),
        summary=render_comment(sections, Footer(), "", limit=MOST_SUMMARY),
        details_url=job.run_url,
        annotations=tuple(item for item in found if item.place is not None),
    )
    client = connect(job, os.environ, patience, say)
    show_requests(post_check(client, job, wanted, dry_run=dry_run), dry_run=dry_run)
