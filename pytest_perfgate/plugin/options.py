"""Command-line options of the plugin."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest


class PluginOptions(NamedTuple):
    """What the command line asked for; `overrides` are configuration keys that it sets."""

    gate: bool
    record: bool
    worker_job: str
    follow: str
    overrides: dict[str, object]

    @property
    def active(self) -> bool:
        """Whether this process measures anything."""
        return self.gate or self.record or bool(self.worker_job or self.follow)


# Option -> configuration key; unset options leave the key to the environment and to pyproject.toml.
CONFIG_OPTIONS = {
    "perfgate_processes": "processes",
    "perfgate_max_time": "max_time",
    "perfgate_baseline": "baseline",
    "perfgate_report": "report",
    "perfgate_only_benchmarks": "only_benchmarks",
    "perfgate_against": "against",
    "perfgate_budget": "budget",
    "perfgate_setup": "setup",
    "perfgate_benchmarks_from": "benchmarks_from",
    "perfgate_alternate": "alternate",
    "perfgate_measure_unchanged": "measure_unchanged",
}


def add_options(parser: pytest.Parser) -> None:
    """Declare the options; their values stay text, the configuration checks them all at once."""
    group = parser.getgroup("perfgate", "performance gate (pytest-perfgate)")
    add = group.addoption
    add(
        "--perfgate",
        action="store_true",
        help="Measure the benchmarks, compare them with the recorded baseline and fail if one got slower.",
    )
    add(
        "--perfgate-record",
        action="store_true",
        help="Measure and record a baseline run; together with --perfgate, record only if the gate passes.",
    )
    add(
        "--perfgate-processes",
        metavar="N",
        help="Fresh processes per run; processes are the replicates (default: 3).",
    )
    add(
        "--perfgate-max-time",
        metavar="S",
        help="Seconds of measuring per benchmark over all its processes in one look (default: 0.45).",
    )
    add(
        "--perfgate-baseline",
        metavar="DIR|git-branch:NAME",
        help="Where recorded runs are kept: a folder, or a branch of its own (default: baselines).",
    )
    add(
        "--perfgate-report",
        metavar="FILE",
        action="append",
        help="Also write the report to FILE: .json, .md, .html or .zip (with the numbers) by its ending; repeatable.",
    )
    add(
        "--perfgate-only-benchmarks",
        action="store_true",
        default=None,
        help="Run no test that measures nothing.",
    )
    _add_paired(add)
    add("--perfgate-worker", metavar="JOB", default="", help=argparse.SUPPRESS)
    add("--perfgate-follow", metavar="ADDRESS", default="", help=argparse.SUPPRESS)
    add("--perfgate-facts", metavar="FILE", default="", help=argparse.SUPPRESS)


def _add_paired(add: Callable[..., None]) -> None:
    add(
        "--perfgate-against",
        metavar="REV",
        nargs="?",
        const="merge-base",
        help="With --perfgate: measure against this revision in the same minutes, not against recorded runs; "
        "without REV the fork point from the target branch. Write '=REV' where a path follows.",
    )
    add(
        "--perfgate-budget",
        metavar="S",
        help="Seconds for a paired run, start-up included (default: 60).",
    )
    add(
        "--perfgate-setup",
        metavar="COMMAND",
        help="Install each side of a paired run into a virtual environment of its own with this command, such as "
        "'pip install -e .[test]'; kept for the next time. Needed for compiled code and other dependencies.",
    )
    add(
        "--perfgate-benchmarks-from",
        metavar="SIDE",
        help="Whose benchmark files measure both sides of a paired run: candidate or base (default: candidate).",
    )
    add(
        "--perfgate-alternate",
        action="store_true",
        default=None,
        help="Where the two sides can't live at the same time: process after process, in random order; less sharp.",
    )
    add(
        "--perfgate-measure-unchanged",
        action="store_true",
        default=None,
        help="Measure even if no file that the benchmarks import differs from the base (an A/A run).",
    )


def read_options(config: pytest.Config) -> PluginOptions:
    """The options of this command line."""
    values = {key: config.getoption(option) for option, key in CONFIG_OPTIONS.items()}
    return PluginOptions(
        gate=bool(config.getoption("perfgate")),
        record=bool(config.getoption("perfgate_record")),
        worker_job=str(config.getoption("perfgate_worker")),
        follow=str(config.getoption("perfgate_follow")),
        overrides={key: value for key, value in values.items() if value is not None},
    )
