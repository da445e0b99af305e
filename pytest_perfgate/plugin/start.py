"""Starts a measuring session: reads the configuration, makes the instrument, registers the plugin objects."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_perfgate import wiring
from pytest_perfgate.errors import ConfigError
from pytest_perfgate.plugin.fixture import FixturePlugin
from pytest_perfgate.plugin.follower import follow
from pytest_perfgate.plugin.guard import Guard
from pytest_perfgate.plugin.jobs import load_job
from pytest_perfgate.plugin.measuring import Measuring
from pytest_perfgate.plugin.paired_session import PairedSession
from pytest_perfgate.plugin.session import Session
from pytest_perfgate.plugin.whole_test import WholeTests
from pytest_perfgate.plugin.worker import Worker, silence_files

if TYPE_CHECKING:
    from pytest_perfgate.plugin.options import PluginOptions


def start(config: pytest.Config, options: PluginOptions) -> None:
    """Register what measures; wrong configuration ends in a usage error that shows every problem."""
    try:
        project = wiring.open_project(config.rootpath, os.environ, options.overrides)
    except ConfigError as error:
        raise pytest.UsageError(str(error)) from error
    register = config.pluginmanager.register
    # Asked late: a conftest.py's own hooks are known by now.
    instrument = config.hook.pytest_perfgate_instrument(config=config) or wiring.make_instrument()
    measuring = Measuring(
        config,
        instrument=instrument,
        plan=wiring.slice_plan(project.config),
        processes=project.config.processes,
    )
    register(Guard(config), "perfgate-guard")
    register(FixturePlugin(measuring), "perfgate-fixture")
    register(WholeTests(measuring), "perfgate-whole-tests")
    if options.follow:
        silence_files(config)
        register(follow(Path(options.follow), measuring), "perfgate-follower")
    elif options.worker_job:
        silence_files(config)
        register(Worker(load_job(Path(options.worker_job)), measuring), "perfgate-worker")
    else:
        kind = PairedSession if options.gate and project.config.against else Session
        register(kind(config, options, project, measuring), "perfgate-session")
