"""Says what the session is doing: one rewritten line on a terminal, one line per process elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

_REDRAW_S = 0.2


class Progress:
    """Progress of the processes that run after the tests."""

    def __init__(self, config: pytest.Config) -> None:
        self._width: Callable[[], int] = lambda: config.get_terminal_writer().width_of_current_line
        self._reporter: pytest.TerminalReporter | None = config.pluginmanager.get_plugin("terminalreporter")
        self._begun = False
        self._drawn_at = 0.0
        self._line = ""
        self._total = 0
        self._begun_at = 0.0

    def say(self, text: str) -> None:
        """A line of its own, which stays."""
        if self._reporter is not None:
            self._open()
            self._reporter.write_line(text)

    def begin(self, what: str, total: int) -> None:
        """Announce a process that measures `total` benchmarks (0: not known yet)."""
        self._line, self._total, self._begun_at = what, total, time.monotonic()
        if self._reporter is None:
            return
        self._open()
        if self._reporter.isatty:
            self._draw(0)
        else:
            self._reporter.write_line(f"perfgate: {what}")

    def _open(self) -> None:
        if self._reporter is None or self._begun:
            return
        self._reporter.ensure_newline()
        if self._width() > 0:  # pytest -q and pytest-xdist leave the line of dots open
            self._reporter.write_line("")
        self._begun = True

    def update(self, begun: int) -> None:
        """Show that `begun` benchmarks were begun."""
        if self._reporter and self._reporter.isatty and time.monotonic() - self._drawn_at > _REDRAW_S:
            self._draw(begun)

    def end(self) -> None:
        """Wipe the line."""
        if self._reporter and self._reporter.isatty:
            self._reporter.rewrite("", erase=True)

    def _draw(self, begun: int) -> None:
        self._drawn_at = time.monotonic()
        count = f"{begun}/{self._total}" if self._total else str(begun)
        elapsed = self._drawn_at - self._begun_at
        if self._reporter:
            self._reporter.rewrite(f"perfgate: {self._line} · {count} benchmarks · {elapsed:.0f} s", erase=True)
