"""`perfgate report`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from pytest_perfgate import wiring
from pytest_perfgate.cli.periods import Since
from pytest_perfgate.cli.progress import counted
from pytest_perfgate.cli.shared import environment_option, open_project, project_option, read_report, show
from pytest_perfgate.config import REPORT_SUFFIXES
from pytest_perfgate.report import render
from pytest_perfgate.report.foreign import FORMATS

_ENDINGS = [suffix.removeprefix(".") for suffix in REPORT_SUFFIXES if suffix != ".zip"]

_FORMATS = [*_ENDINGS, *FORMATS]
_HISTORY = (".html", ".json")


@click.command("report")
@click.argument("source", required=False, type=click.Path(path_type=Path))
@click.option("--run", "run_id", metavar="ID", help="The run to report, by the beginning of its id; the newest else.")
@click.option("--format", "ending", type=click.Choice(_FORMATS), help="In this format.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Write to this file; its ending is the format, where no other is asked for.",
)
@click.option("--history", "with_history", is_flag=True, help="The page of all recorded runs: .html, or .json.")
@click.option("--since", type=Since(), metavar="PERIOD", help="The report of a period, such as 30d or 2026-01-31.")
@environment_option
@project_option
def command(
    source: Path | None,
    run_id: str | None,
    ending: str | None,
    output: Path | None,
    since: datetime | None,
    environment: str | None,
    baseline: str | None,
    *,
    with_history: bool,
) -> None:
    """Write the report of a recorded run, or of SOURCE, a report.json.

    With --history, write one page of all recorded runs instead: each benchmark's levels, what its processes were
    between, its changes of level, commits and environments; zoom, search, dark mode, one file without network.

    With --since, report the period: a score, regressions by severity, improvements, trends, forecast, unusual runs and
    what to do. Both together give the page of the period's runs.

    Ends with exit code 0 when the report was written, whatever it says. 'junit', 'sarif' and 'code-quality' (GitLab's)
    are for other CI; a file that ends in .zip holds the numbers, too, for 'perfgate github comment --from-artifact'.

    \b
    Examples:
      perfgate report --output report.html
      perfgate report --history --output history.html
      perfgate report --since 30d --format md
    """  # noqa: D301 - click reads a real \b
    project = open_project(baseline)
    if with_history:
        if source is not None or run_id is not None:
            raise click.UsageError("'--history' shows all recorded runs; it takes no SOURCE and no '--run'.")
        _write_history(project, environment, since, ending, output)
        return
    if since is not None:
        if source is not None or run_id is not None:
            raise click.UsageError("'--since' reports a period; it takes no SOURCE and no '--run'.")
        _write_period(project, environment, since, ending, output)
        return
    if source is not None:
        report = read_report(source)
    else:
        run = wiring.find_run(project, run_id, environment)
        judged = wiring.judge_recorded(project, run)
        with_samples = (
            wiring.with_evidence if output is not None and output.suffix == ".zip" else wiring.with_recorded_samples
        )
        report = with_samples(project, judged)
    if ending is not None:
        text = FORMATS[ending](report) if ending in FORMATS else render(report, f".{ending}")
        _put(text, output)
    elif output is not None:
        if output.suffix not in REPORT_SUFFIXES:
            raise click.UsageError(f"'{output}' must end in one of {', '.join(REPORT_SUFFIXES)}.")
        if output.suffix == ".zip" and source is not None:
            raise click.UsageError("A report.json has no numbers; a .zip report is written by the gate or of a run.")
        wiring.write_report(report, output)
    else:
        show(report)


def _write_history(
    project: wiring.Project, environment: str | None, since: datetime | None, ending: str | None, output: Path | None
) -> None:
    suffix = f".{ending}" if ending is not None else output.suffix if output is not None else ""
    if suffix not in _HISTORY:
        raise click.UsageError("'--history' writes .html or .json: '--output history.html'.")
    with counted("reading the history") as progress:
        history = wiring.read_project_history(project, environment, since, progress)
    if suffix == ".html":
        from pytest_perfgate.report.project_page import render_project_page

        text = render_project_page(history)
    else:
        import msgspec

        text = msgspec.json.encode(history).decode() + "\n"
    _put(text, output)


def _write_period(
    project: wiring.Project, environment: str | None, since: datetime, ending: str | None, output: Path | None
) -> None:
    from pytest_perfgate.report.period import PERIOD_FORMATS

    suffix = f".{ending}" if ending is not None else output.suffix if output is not None else ".txt"
    if suffix not in PERIOD_FORMATS:
        raise click.UsageError(f"The report of a period is written as {', '.join(PERIOD_FORMATS)}.")
    with counted("reading the period") as progress:
        report = wiring.report_period(project, environment, since, progress)
    _put(PERIOD_FORMATS[suffix](report), output)


def _put(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text, nl=False)
    else:
        wiring.write_file(output, text)
