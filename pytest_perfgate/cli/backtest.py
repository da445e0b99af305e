"""`perfgate backtest`."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import click

from pytest_perfgate import wiring
from pytest_perfgate.cli.progress import Progress, counted
from pytest_perfgate.cli.shared import environment_option, open_project, project_option
from pytest_perfgate.config.checks import a_share
from pytest_perfgate.config.keys import BY_NAME
from pytest_perfgate.model.backtest import Setting
from pytest_perfgate.report.backtest import render_backtest, render_backtest_json

_SIZES = ("5%", "10%", "25%")
# A grid that nobody meant to ask for.
_MOST_SETTINGS = 200
_TRIED = {
    "method": ("METHOD", "canary or welch."),
    "alpha": ("A", "Error level after the correction."),
    "correction": ("C", "benjamini-hochberg, holm or none."),
    "min_change": ("P", "Smallest change of a time that matters, such as 10%."),
    "processes": ("N", "Processes per run, of those that were recorded."),
    "max_looks": ("N", "Looks at a benchmark in doubt."),
    "window_days": ("N", "Recorded runs older than this are no reference."),
    "window_runs": ("N", "At most so many recorded runs are the reference."),
}


def _checked(key: str) -> Callable[[click.Context, click.Parameter, tuple[str, ...]], tuple[Any, ...]]:
    check = a_share if key == "min_change" else BY_NAME[key].check

    def callback(_context: click.Context, _parameter: click.Parameter, raw: tuple[str, ...]) -> tuple[Any, ...]:
        try:
            return tuple(check(value) for value in raw)
        except ValueError as error:
            raise click.BadParameter(f"it must be {error}.") from error

    return callback


def _tried_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for key, (metavar, text) in reversed(_TRIED.items()):
        option = f"--{key.replace('_', '-')}"
        command = click.option(option, key, multiple=True, metavar=metavar, callback=_checked(key), help=text)(command)
    return command


@click.command("backtest")
@_tried_options
@click.option(
    "--inject",
    "sizes",
    multiple=True,
    metavar="P",
    default=_SIZES,
    show_default=True,
    callback=_checked("min_change"),
    help="Slow one benchmark of each build by so much.",
)
@click.option("--last", type=click.IntRange(min=1), metavar="N", help="Judge only the newest runs.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Which benchmarks are slowed.")
@click.option("--jobs", type=int, default=-1, show_default=True, help="Processes on this machine; -1: one per core.")
@click.option("--backend", type=click.Choice(["loky", "dask"]), default="loky", show_default=True, help="Who works.")
@click.option("--scheduler", metavar="ADDRESS", help="Of the Dask cluster, such as tcp://10.0.0.1:8786.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every build.")
@environment_option
@project_option
def command(  # noqa: PLR0913 - click passes each option
    sizes: tuple[float, ...],
    last: int | None,
    seed: int,
    jobs: int,
    backend: str,
    scheduler: str | None,
    environment: str | None,
    baseline: str | None,
    *,
    as_json: bool,
    **tried: tuple[Any, ...],
) -> None:
    """Replay the recorded runs through settings, and rank them.

    Every recorded run is judged by those before it, by the gate itself: which builds would have failed, and which of
    them are real, a change of level confirming them. With those changes taken out the code is unchanged: there every
    failing build is false, and a benchmark slowed on purpose should fail.

    Each option can be repeated; all combinations are tried, and the present settings. Without any, changes of one
    setting at a time. A look again takes the runs that followed.

    '--backend dask' works on a cluster, whose workers find the store by the same path; the result is the same.

    Example: perfgate backtest --alpha 0.01 --alpha 0.001 --min-change 5% --min-change 10%
    """
    if (backend == "dask") != (scheduler is not None):
        raise click.UsageError("'--backend dask' and '--scheduler ADDRESS' belong together.")
    if jobs == 0:
        raise click.UsageError("'--jobs 0' does nothing; -1 takes one process per core.")
    project = open_project(baseline)
    present = wiring.present_setting(project)
    request = wiring.BacktestRequest(
        settings=_settings(present, tried),
        sizes=tuple(dict.fromkeys(sizes)),
        last=last,
        seed=seed,
        workers=wiring.Workers(backend=backend, jobs=jobs, scheduler=scheduler or ""),
    )
    with counted("replaying builds") as progress:
        report = wiring.run_backtest(project, request, environment, progress, Progress().say)
    click.echo(render_backtest_json(report) if as_json else render_backtest(report), nl=False)


def _settings(present: Setting, tried: dict[str, tuple[Any, ...]]) -> tuple[Setting, ...]:
    """The present setting first, then what was asked for, or one change at a time."""
    from msgspec.structs import replace

    asked = {key: values for key, values in tried.items() if values}
    if not asked:
        return (present, *(replace(present, **change) for change in _variations(present)))
    total = 1
    for values in asked.values():
        total *= len(values)
    if total > _MOST_SETTINGS:
        raise click.UsageError(f"These are {total} combinations; ask for {_MOST_SETTINGS} or fewer.")
    found = (replace(present, **dict(zip(asked, values, strict=True))) for values in product(*asked.values()))
    return tuple(dict.fromkeys((present, *found)))


def _variations(present: Setting) -> list[dict[str, Any]]:
    changes: list[dict[str, Any]] = [
        {"alpha": min(5 * present.alpha, 0.5)},
        {"alpha": present.alpha / 10},
        {"min_change": 2 * present.min_change},
    ]
    changes += [{"window_runs": count} for count in (10, 20) if count < present.window_runs]
    if present.processes > 1:
        changes.append({"processes": present.processes - 1})
    if present.max_looks > 1:
        changes.append({"max_looks": 1})
    return changes
