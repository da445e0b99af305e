"""Recorded runs in other tools' formats: pure functions from runs to text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from pytest_perfgate.model import Direction, Run
from pytest_perfgate.report.exports.bmf import render_bmf
from pytest_perfgate.report.exports.csv_values import render_csv
from pytest_perfgate.report.exports.github_action import render_github_action, render_github_action_history
from pytest_perfgate.report.exports.openmetrics import render_openmetrics
from pytest_perfgate.report.exports.pytest_benchmark import render_pytest_benchmark


class Export(Struct, frozen=True):
    """One format: `render` returns text by file name, the empty name where there is one file only.

    `many`: whether it holds any number of runs. `keeps`: what of a run is in it, for the documentation.
    """

    name: str
    title: str
    keeps: str
    render: Callable[[Sequence[Run], Direction], Mapping[str, str]]
    many: bool = False


EXPORTS: Mapping[str, Export] = {
    export.name: export
    for export in (
        Export(
            "bmf",
            "Bencher Metric Format",
            "each metric's level with its lowest and highest process; times in ns as `latency`",
            lambda runs, _direction: {"": render_bmf(runs[0])},
        ),
        Export(
            "github-action-benchmark",
            "github-action-benchmark, custom JSON",
            "the levels of the metrics of one direction (`--direction`), with half their range",
            lambda runs, direction: {"": render_github_action(runs[0], direction)},
        ),
        Export(
            "github-action-benchmark-history",
            "github-action-benchmark, `data.js`",
            "the same of every run with `--all`, with commit, subject and times, as its page shows them",
            lambda runs, direction: {"": render_github_action_history(runs, direction)},
            many=True,
        ),
        Export(
            "pytest-benchmark",
            "pytest-benchmark JSON",
            "execution times with every value; a file per process",
            lambda runs, _direction: render_pytest_benchmark(runs[0]),
        ),
        Export(
            "csv",
            "CSV",
            "every value of every metric, which `perfgate import csv` reads again",
            lambda runs, _direction: {"": render_csv(runs)},
            many=True,
        ),
        Export(
            "openmetrics",
            "OpenMetrics text",
            "each metric's level as a gauge, with the time of the run",
            lambda runs, _direction: {"": render_openmetrics(runs[0])},
        ),
    )
}
