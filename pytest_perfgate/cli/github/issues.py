"""`perfgate github issues`."""

from __future__ import annotations

import os

import click

from pytest_perfgate import wiring
from pytest_perfgate.analysis.landed import landed
from pytest_perfgate.cli.github.shared import publishing_options, read_sections, report_option, say, show_requests
from pytest_perfgate.github.issue_plan import IssueSettings
from pytest_perfgate.github.pull_request import own_login
from pytest_perfgate.report.issue import IssueFacts
from pytest_perfgate.wiring.github import connect, open_job
from pytest_perfgate.wiring.issues import keep_issues, not_the_branch, with_suspects


@click.command("issues")
@report_option
@click.option("--suite", default="", metavar="NAME", help="Name of the suite of a report without a NAME.")
@click.option("--branch", default="", metavar="NAME", help="The branch that issues are about; the default one else.")
@click.option(
    "--most-new",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    help="Issues opened in one run; one more lists the rest.",
)
@click.option("--label", "labels", multiple=True, metavar="NAME", help="A further label of new issues; repeatable.")
@click.option("--commits", is_flag=True, help="Name the commits of the range and their authors; notifies nobody.")
@click.option("--report-url", default="", metavar="URL", help="Where the HTML report can be seen.")
@click.option("--author", metavar="LOGIN", help="Who the token writes as, where it can't be asked.")
@publishing_options
def command(  # noqa: PLR0913 - a command's options
    *,
    reports: tuple[str, ...],
    suite: str,
    branch: str,
    most_new: int,
    labels: tuple[str, ...],
    commits: bool,
    report_url: str,
    author: str | None,
    repository: str | None,
    patience: float,
    dry_run: bool,
) -> None:
    """Keep issues about regressions that reached the default branch.

    Opens one issue per change, updates it when its size changes (a comment once a day at most), closes it when the
    level came back or was accepted, reopens it when it returns. An issue that a person closed as "not planned" or
    labelled 'perfgate:ignore' is left alone. Needs 'issues: write'.

    Example: perfgate github issues --report report.json --dry-run
    """
    sections = read_sections(reports, suite)
    job = open_job(os.environ, repository)
    reason = not_the_branch(job, branch, os.environ.get("GITHUB_REF_NAME", ""))
    if reason:
        click.echo(reason)
        return
    client = connect(job, os.environ, patience, say)
    settings = IssueSettings(
        repository=job.repository,
        today=wiring.now().date(),
        most_new=most_new,
        labels=labels,
        facts=IssueFacts(run_url=job.run_url, report_url=report_url),
        server_url=job.server_url,
    )
    if commits:
        settings = with_suspects(client, settings)
    states = [landed(section.report, section.title) for section in sections]
    done = keep_issues(client, states, settings, author or own_login(client), dry_run=dry_run)
    show_requests(done, dry_run=dry_run)
    if not done:
        click.echo("The issues already say so.")
