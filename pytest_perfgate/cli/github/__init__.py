"""`perfgate github`: one module per command."""

from __future__ import annotations

import click

from pytest_perfgate.cli.lazy import LazyGroup

_COMMANDS = {
    "comment": "Comment on the pull request, or update the comment.",
    "summary": "Show the report on the job: summary, annotations, outputs.",
    "check": "Make a check run with annotations.",
    "issues": "Keep issues about regressions that reached the default branch.",
}


@click.group("github", cls=LazyGroup, package="pytest_perfgate.cli.github", known=_COMMANDS)
def command() -> None:
    """Show the gate on GitHub; see the page 'On GitHub' of the documentation.

    Each command takes the gate's JSON report; where to show it comes from the GITHUB_* variables and the event file of
    the job, the token from GITHUB_TOKEN.
    """
