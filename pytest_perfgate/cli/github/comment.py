"""`perfgate github comment`."""

from __future__ import annotations

import os

import click

from pytest_perfgate.cli.github.shared import publishing_options, read_sections, report_option, say, show_requests
from pytest_perfgate.github.pull_request import Wanted, own_login
from pytest_perfgate.report.comment import Footer, marker_of, render_comment, render_folded, says_something
from pytest_perfgate.wiring.github import connect, open_job, post_comment, pull_request_of


@click.command("comment")
@report_option
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

    Needs 'pull-requests: write'. A pull request from a fork has a token that can't write: see --from-artifact.

    Example: perfgate github comment --report report.json --when change
    """
    sections = read_sections(reports, suite)
    job = open_job(os.environ, repository)
    client = connect(job, os.environ, patience, say)
    pull, reason = pull_request_of(client, job, asked)
    if pull is None:
        click.echo(reason)
        return
    footer = Footer(pull.head.sha, job.run_url, report_url)
    marker = marker_of(suite)
    loud = any(says_something(section.report, when) for section in sections)
    body = render_comment(sections, footer, marker) if loud else None
    if not loud and when_quiet == "fold":
        body = render_folded(sections, footer, marker)
    wanted = Wanted(pull.number, body, marker, author or own_login(client), may_open=loud)
    posted = post_comment(client, job, wanted, dry_run=dry_run)
    show_requests(posted.requests, dry_run=dry_run)
    if posted.reason:
        click.echo(posted.reason)
