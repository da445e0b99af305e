"""`perfgate github comment`."""

from __future__ import annotations

import os

import click

from pytest_perfgate.cli.github.shared import (
    publishing_options,
    read_sections,
    report_option,
    say,
    show_requests,
)
from pytest_perfgate.cli.shared import open_project, titled
from pytest_perfgate.errors import PublishError
from pytest_perfgate.github.pull_request import Wanted, own_login
from pytest_perfgate.report.comment import Footer, marker_of, render_comment, render_folded, says_something
from pytest_perfgate.wiring.github import connect, open_job, post_comment, pull_request_of, read_evidence

FORBIDDEN = 403


@click.command("comment")
@report_option
@click.option(
    "--from-artifact",
    "artifacts",
    metavar="[NAME=]ARTIFACT|FILE.zip",
    multiple=True,
    help="Instead of --report, in a workflow_run workflow: evidence (a .zip report) that the triggering run uploaded.",
)
@click.option("--suite", default="", metavar="NAME", help="One comment per suite: its name, where there are several.")
@click.option(
    "--when",
    type=click.Choice(["always", "change", "regression"]),
    default="always",
    show_default=True,
    help="Comment always, when something moved or could not be judged, or on a regression only.",
)
@click.option(
    "--when-quiet",
    type=click.Choice(["fold", "delete"]),
    default="fold",
    show_default=True,
    help="What becomes of an earlier comment when there is nothing to say any more.",
)
@click.option("--pull-request", "asked", type=click.IntRange(min=1), metavar="N", help="The event's by default.")
@click.option("--report-url", default="", metavar="URL", help="Where the HTML report can be seen.")
@click.option("--author", metavar="LOGIN", help="Who the token writes as, where it can't be asked.")
@publishing_options
def command(  # noqa: PLR0913 - a command's options
    *,
    reports: tuple[str, ...],
    artifacts: tuple[str, ...],
    suite: str,
    when: str,
    when_quiet: str,
    asked: int | None,
    report_url: str,
    author: str | None,
    repository: str | None,
    patience: float,
    dry_run: bool,
) -> None:
    """Comment on the pull request: one comment per suite, updated in place.

    Needs 'pull-requests: write'. A pull request from a fork has a token that can't write: there the run that measures
    uploads evidence (--perfgate-report evidence.zip), and a workflow_run workflow comments with --from-artifact. The
    evidence is not believed but judged anew, by the settings of this checkout; which pull request it belongs to is
    asked of GitHub.

    Example: perfgate github comment --report report.json --when change
    """
    if bool(reports) == bool(artifacts):
        raise click.UsageError("Exactly one of '--report' and '--from-artifact' is needed.")
    job = open_job(os.environ, repository)
    client = connect(job, os.environ, patience, say)
    pull, reason = pull_request_of(client, job, asked)
    if pull is None:
        click.echo(reason)
        return
    notes: tuple[str, ...] = ()
    if artifacts:
        sections, notes = read_evidence(
            open_project(None), client, job, [titled(text, suite) for text in artifacts], pull.head.sha
        )
    else:
        sections = read_sections(reports, suite)
    footer = Footer(pull.head.sha, job.run_url, report_url, notes)
    marker = marker_of(suite)
    loud = any(says_something(section.report, when) for section in sections)
    body = render_comment(sections, footer, marker) if loud else None
    if not loud and when_quiet == "fold":
        body = render_folded(sections, footer, marker)
    try:
        wanted = Wanted(pull.number, body, marker, author or own_login(client), may_open=loud)
        posted = post_comment(client, job, wanted, dry_run=dry_run)
    except PublishError as error:
        if error.status != FORBIDDEN or not job.event.from_fork:
            raise
        click.echo(
            f"#{pull.number} comes from a fork, whose token can only read; the job's summary has the report, and a "
            "workflow_run workflow can comment with '--from-artifact'."
        )
        return
    show_requests(posted.requests, dry_run=dry_run)
    if posted.reason:
        click.echo(posted.reason)
