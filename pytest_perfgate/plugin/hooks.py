"""What pytest calls; everything of substance is in the session, imported only when one of our options is given."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_perfgate.plugin import import_path  # noqa: F401 - it notes the path as it is now
from pytest_perfgate.plugin.options import add_options, read_options
from pytest_perfgate.plugin.recorder import RECORDERS, Recorder

MARKER = (
    "perfgate(min_change=, metrics=, alpha=, skip=, budget=, bytes=, elements=, whole_test=): "
    "how the performance gate judges this benchmark."
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare --perfgate and its companions."""
    add_options(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the hooks that a conftest.py may implement."""
    from pytest_perfgate.plugin import hookspec

    pluginmanager.add_hookspecs(hookspec)


@pytest.hookimpl(tryfirst=True)  # before a conftest.py can hang
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Tie a benchmark process to its parent."""
    known = early_config.known_args_namespace
    if known.perfgate_worker or known.perfgate_follow:
        from pytest_perfgate.measure.orphan import watch_parent

        watch_parent(os.environ)


@pytest.hookimpl(tryfirst=True)  # a worker silences other plugins' output files before they open them
def pytest_configure(config: pytest.Config) -> None:
    """Start a session where one of our options asks for it."""
    config.addinivalue_line("markers", MARKER)
    options = read_options(config)
    if options.active and not hasattr(config, "workerinput"):
        from pytest_perfgate.plugin.start import start

        start(config, options)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Where only facts are asked for, end before anything is collected."""
    asked = config.getoption("perfgate_facts")
    if not asked:
        return None
    from pytest_perfgate.plugin.facts import write_facts

    write_facts(config, Path(asked))
    return 0


@pytest.fixture
def perfgate(request: pytest.FixtureRequest) -> Recorder:
    """Record metrics of your own: `perfgate.metric("rows", 1200, unit="1", direction="higher")`."""
    recorder = Recorder(request.node)
    recorders = request.config.stash.get(RECORDERS, None)
    if recorders is not None:
        recorders[request.node.nodeid] = recorder
    return recorder
