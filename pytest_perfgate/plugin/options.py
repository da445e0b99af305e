"""Command-line options of the plugin."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
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
        help="Also write the report to FILE: .json, .md or .html by its ending; repeatable.",
    )
    add(
        "--perfgate-only-benchmarks",
        action="store_true",
        default=None,
        help="Run no test that measures nothing.",
    )
    add("--perfgate-worker", metavar="JOB", default="", help=argparse.SUPPRESS)
    add("--perfgate-follow", metavar="ADDRESS", default="", help=argparse.SUPPRESS)


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
