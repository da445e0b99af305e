"""`perfgate import`."""

from __future__ import annotations

import click

from pytest_perfgate import wiring
from pytest_perfgate.cli.progress import counted
from pytest_perfgate.cli.shared import open_project, project_option, settings_of, show_import


@click.command("import")
@click.argument("format_", metavar="FORMAT")
@click.argument("names", nargs=-1, metavar="[FILE|DIR...]")
@click.option("--record", "keep", is_flag=True, help="Record; with --check only what passed.")
@click.option("--check", is_flag=True, help="Judge, and end with the gate's exit code.")
@click.option("--pool", is_flag=True, help="Judge together with the recorded runs of the same commit.")
@click.option("--partial", is_flag=True, help="Only a part of the suite was run: what is absent is not missing.")
@click.option(
    "--commit", "revision", metavar="REV", default="", help="What was measured; by default the file's, or HEAD."
)
@click.option("--set", "pairs", multiple=True, metavar="KEY=VALUE", help="A setting of the format.")
@click.option("--crate", metavar="NAME", help="For Criterion: the crate whose results these are, before every id.")
@click.option("--include-stale", is_flag=True, help="For Criterion: also results that the newest run did not write.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: the report, or what was read.")
@project_option
def command(  # noqa: PLR0913 - the command's options
    format_: str,
    names: tuple[str, ...],
    revision: str,
    pairs: tuple[str, ...],
    baseline: str | None,
    crate: str | None,
    *,
    include_stale: bool,
    keep: bool,
    check: bool,
    pool: bool,
    partial: bool,
    as_json: bool,
) -> None:
    """Import the results of another tool; without --record and --check only show what is in them.

    FORMAT is a name of docs/formats.md, or 'auto', which knows a format by its content. Without FILE the tool's usual
    place is read; '-' is standard input. Several outputs are several processes of one run, and one process alone
    can't be judged: run the tool several times. Ends with 10 when a file can't be read; then nothing is recorded.

    Example: perfgate import criterion --record
    """
    if pool and not check:
        raise click.UsageError("'--pool' says what '--check' judges; give both.")
    project = open_project(baseline)
    settings = settings_of(pairs)
    if crate:
        settings["crate"] = crate
    if include_stale:
        settings["include_stale"] = "true"
    wanted = wiring.Wanted(format_, names, settings, revision, partial)
    with counted("reading files") as heard:
        runs = wiring.read_runs(project, wanted, heard)
    result = wiring.import_outputs(project, runs, keep=keep, check=check, pool=pool)
    show_import(project, result, as_json=as_json)
