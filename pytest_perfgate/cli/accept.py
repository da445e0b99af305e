"""`perfgate accept`."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from pytest_perfgate import wiring
from pytest_perfgate.cli.shared import open_project, project_option, read_report
from pytest_perfgate.errors import CannotJudgeError, ConfigError
from pytest_perfgate.model import Judgement
from pytest_perfgate.model.metric import EXECUTION_TIME
from pytest_perfgate.model.quantity import parse_quantity
from pytest_perfgate.workflows.accept import accept_change, find_regressed, make_acceptance


@click.command("accept")
@click.argument("benchmarks", nargs=-1, required=True, metavar="BENCHMARK...")
@click.option("--reason", required=True, help="Why it may be slower, for the reviewer.")
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Last day on which it holds, such as 2026-03-31."
)
@click.option("--at-most", metavar="PERCENT", help="How much is accepted, such as 8%; else what the report says.")
@click.option("--metric", default=EXECUTION_TIME.name, show_default=True, help="Of what, with --at-most.")
@click.option("--report", "report_path", type=click.Path(path_type=Path), help="The report.json that failed.")
@click.option("--removed", is_flag=True, help="The benchmark is gone for good.")
@click.option("--renamed-to", metavar="NEW", help="The benchmark has this name now; its history is kept.")
@project_option
def command(  # noqa: PLR0913 - an argument per option
    benchmarks: tuple[str, ...],
    reason: str,
    until: datetime | None,
    at_most: str | None,
    metric: str,
    report_path: Path | None,
    renamed_to: str | None,
    baseline: str | None,
    *,
    removed: bool,
) -> None:
    """Accept a change of BENCHMARK, never more than it is, and write a file for the reviewer to see.

    BENCHMARK is a name or a glob. How much is accepted comes from --at-most, from --report, or else from the newest
    recorded run judged again. A commit message can accept as well, best with an amount: 'Perfgate-Accept: GLOB
    +12% REASON'; without one it accepts whatever that commit changed.

    \b
    Example:
      perfgate accept 't.py::test_loads' --at-most 8% --reason 'validates input'
    """  # noqa: D301 - \b is click's mark for text that is not wrapped
    project = open_project(baseline)
    amount = None if at_most is None else _share(at_most)
    if renamed_to and len(benchmarks) != 1:
        raise click.UsageError("--renamed-to takes exactly one BENCHMARK.")
    for benchmark in benchmarks:
        if removed or renamed_to:
            where = _accept_removal(project, benchmark, reason, renamed_to or "", until)
        else:
            row = None if amount is not None else _failing_row(project, benchmark, report_path)
            where = accept_change(
                row,
                benchmark,
                store=wiring.open_baselines(project),
                reason=reason,
                at_most=amount,
                metric=metric,
                until=until.date() if until else None,
                now=wiring.now(),
                **wiring.who_and_where(project),
            )
        click.echo(f"Accepted {benchmark!r}: {where}")
    click.echo("Commit the file; it takes effect where it is checked out.")


def _accept_removal(
    project: wiring.Project, benchmark: str, reason: str, renamed_to: str, until: datetime | None
) -> str:
    limit: date | None = until.date() if until else None
    return wiring.open_baselines(project).save_acceptance(
        make_acceptance(
            benchmark,
            reason=reason,
            accepted_at=wiring.now(),
            renamed_to=renamed_to,
            until=limit,
            **wiring.who_and_where(project),
        )
    )


def _failing_row(project: wiring.Project, benchmark: str, report_path: Path | None) -> Judgement | None:
    if report_path is not None:
        return find_regressed(read_report(report_path).judgements, benchmark)
    try:
        judged = wiring.judge_recorded(project, wiring.find_run(project, None, None))
    except CannotJudgeError:
        return None
    return find_regressed(judged.judgements, benchmark)


def _share(text: str) -> float:
    try:
        value, unit = parse_quantity(text)
    except ValueError as error:
        raise ConfigError([f"--at-most: {error}"]) from error
    if unit != "1" or value <= 0:
        raise ConfigError([f"--at-most is a share such as '8%' or 0.08, not {text!r:.40}"])
    return value
