"""`perfgate export`."""

from __future__ import annotations

from pathlib import Path

import click

from pytest_perfgate import wiring
from pytest_perfgate.cli.shared import environment_option, open_project, project_option
from pytest_perfgate.model import Direction
from pytest_perfgate.report.exports import EXPORTS

_PARQUET = "parquet"


@click.command("export")
@click.option("--format", "name", type=click.Choice([*EXPORTS, _PARQUET]), required=True, help="The format.")
@click.option("--run", "run_id", metavar="ID", help="The run, by the beginning of its id; the newest else.")
@click.option("--all", "every", is_flag=True, help="Every run of the environment, where the format holds several.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File, or folder where there are several.")
@click.option(
    "--direction",
    type=click.Choice([direction.value for direction in Direction]),
    default=Direction.LOWER_IS_BETTER.value,
    show_default=True,
    help="For github-action-benchmark and its history: metrics that are better when lower, or higher.",
)
@environment_option
@project_option
def command(
    name: str,
    run_id: str | None,
    output: Path | None,
    direction: str,
    environment: str | None,
    baseline: str | None,
    *,
    every: bool,
) -> None:
    """Export a recorded run in another tool's format, on standard output or to a file.

    pytest-benchmark's format knows no processes: a run of several is as many files, in the folder --output. Parquet
    needs the package 'pytest-perfgate[parquet]' and --output.

    Example: perfgate export --format bmf --output results.json
    """
    several = [_PARQUET, *(export.name for export in EXPORTS.values() if export.many)]
    if every and name not in several:
        raise click.UsageError(f"'{name}' holds one run; '--all' is for {', '.join(several)}.")
    runs = wiring.runs_to_export(open_project(baseline), run_id, environment, every=every)
    if name == _PARQUET:
        if output is None:
            raise click.UsageError("Parquet is no text; name a file with '--output'.")
        wiring.write_bytes(output, wiring.parquet_of(runs))
        return
    texts = dict(EXPORTS[name].render(runs, Direction(direction)))
    if len(texts) == 1 and (output is None or output.suffix):
        (text,) = texts.values()
        _write(output, text)
    elif output is None:
        raise click.UsageError(f"The run has {len(texts)} processes, a file each; name a folder with '--output'.")
    else:
        for file, text in texts.items():
            wiring.write_file(output / file if file else output, text)


def _write(output: Path | None, text: str) -> None:
    if output is None:
        click.echo(text, nl=False)
    else:
        wiring.write_file(output, text)
