"""`perfgate sensitivity`."""

from __future__ import annotations

from pathlib import Path

import click

from pytest_perfgate import wiring
from pytest_perfgate.cli.progress import counted
from pytest_perfgate.cli.shared import environment_option, open_project, project_option
from pytest_perfgate.report.sensitivity import render_sensitivity, render_sensitivity_json

_ENDINGS = (".html", ".svg")


@click.command("sensitivity")
@click.argument("benchmarks", nargs=-1, metavar="[BENCHMARK...]")
@click.option("--plot", metavar="FILE", type=click.Path(path_type=Path), help="Write power curves: .html or .svg.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@environment_option
@project_option
def command(
    benchmarks: tuple[str, ...], plot: Path | None, environment: str | None, baseline: str | None, *, as_json: bool
) -> None:
    """Say which change the gate can see of each benchmark, by its recorded noise.

    The smallest changes for the worse that 80 and 95 % of builds would see, at the present settings, and what more
    processes or recorded runs would buy, in seconds of measuring. BENCHMARK is a name or a glob.

    It is the sight of looks at the recorded baseline. Where doubts are settled in turns ('confirm = "paired"') it is
    said, too, how often that happens; pairs see smaller changes, how small the recorded runs do not tell.

    Example: perfgate sensitivity 'tests/test_codec.py::*'
    """
    if plot is not None and plot.suffix not in _ENDINGS:
        raise click.UsageError(f"'{plot}' must end in {' or '.join(_ENDINGS)}.")
    project = open_project(baseline)
    with counted("asking what the gate sees") as progress:
        report = wiring.measure_sensitivity(project, benchmarks, environment, progress)
    if plot is not None:
        from pytest_perfgate.report.power_plot import render_power_html, render_power_svg

        wiring.write_file(plot, (render_power_svg if plot.suffix == ".svg" else render_power_html)(report))
    click.echo(render_sensitivity_json(report) if as_json else render_sensitivity(report), nl=False)
