"""Starts a measuring session: reads the configuration, makes the instrument, registers the plugin objects."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_perfgate import wiring
from pytest_perfgate.errors import ConfigError
from pytest_perfgate.plugin.fixture import FixturePlugin
from pytest_perfgate.plugin.guard import Guard
from pytest_perfgate.plugin.measuring import Measuring
from pytest_perfgate.plugin.whole_test import WholeTests

if TYPE_CHECKING:
    from pytest_perfgate.plugin.options import PluginOptions


def start(config: pytest.Config, options: PluginOptions) -> None:
    """Register what measures; wrong configuration ends in a usage error that shows every problem."""
    try:
        project = wiring.open_project(config.rootpath, os.environ, options.overrides)
    except ConfigError as error:
        raise pytest.UsageError(str(error)) from error
    # A pair takes turns instead of asking the canaries, unless it is to be recorded.
    canaries = options.record or not options.follow
    # Asked late: a conftest.py's own hooks are known by now.
    instrument = config.hook.pytest_perfgate_instrument(config=config) or wiring.make_instrument(canaries=canaries)
    measuring = Measuring(
        config,
        instrument=instrument,
        plan=wiring.slice_plan(project.config),
        processes=project.config.processes,
    )
    register = config.pluginmanager.register
    register(Guard(config), "perfgate-guard")
    register(FixturePlugin(measuring), "perfgate-fixture")
    register(WholeTests(measuring), "perfgate-whole-tests")
    register(_main_object(config, options, project, measuring), "perfgate-session")


def _main_object(
    config: pytest.Config, options: PluginOptions, project: wiring.Project, measuring: Measuring
) -> object:
    """Who leads this process; a benchmark process, started again and again, loads only what it needs."""
    if options.follow or options.worker_job:
        from pytest_perfgate.plugin.worker import silence_files

        silence_files(config)
    if options.follow:
        from pytest_perfgate.plugin.follower import follow

        return follow(Path(options.follow), measuring)
    if options.worker_job:
        from pytest_perfgate.plugin.jobs import load_job
        from pytest_perfgate.plugin.worker import Worker

        return Worker(load_job(Path(options.worker_job)), measuring)
    if options.gate and project.config.against:
        from pytest_perfgate.plugin.paired_session import PairedSession

        return PairedSession(config, options, project, measuring)
    from pytest_perfgate.plugin.session import Session

    return Session(config, options, project, measuring)
