"""Keeps a test from ending the process unseen."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from pytest_perfgate.measure.interference import ExitGuard


class Guard:
    """Installed from the start to the end of the session; knows which test runs."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._guard = ExitGuard(self._say)
        self._guard.install()

    def _say(self, text: str) -> None:
        plugins = self._config.pluginmanager
        reporter: pytest.TerminalReporter | None = plugins.get_plugin("terminalreporter")
        capturing = plugins.get_plugin("capturemanager")
        if reporter is None:
            return
        with capturing.global_and_fixture_disabled() if capturing else nullcontext():
            reporter.ensure_newline()
            reporter.write_line(text)
            reporter.flush()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Note which test runs."""
        self._guard.culprit = nodeid

    def pytest_unconfigure(self) -> None:
        """Put things back."""
        self._guard.remove()
