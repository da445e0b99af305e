"""What a long command is doing, on standard error: one rewritten line on a terminal, whole lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from pytest_perfgate.report.quantities import printable

_REDRAW_S = 0.2
_WIPE = "\r\033[K"
_EVERY_S = 10.0


class Progress:
    """Hears what the pairs say."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._line, self._total, self._begun = "", 0, 0
        self._pair_began = self._drawn_at = 0.0

    def say(self, text: str) -> None:
        """A line of its own, which stays."""
        self._wipe()
        click.echo(printable(text), err=True)

    def on_pair(self, number: int, benchmarks: int) -> None:
        """A new pair; `benchmarks`: how many it measures, 0 where that is not known yet."""
        self._line, self._total, self._begun = f"pair {number + 1}", benchmarks, 0
        self._pair_began = time.monotonic()
        if self._is_terminal:
            self._draw()
        else:
            click.echo(f"perfgate: {self._line}", err=True)

    def on_benchmark(self) -> None:
        """The next benchmark of the pair."""
        self._begun += 1
        if self._is_terminal and time.monotonic() - self._drawn_at > _REDRAW_S:
            self._draw()

    def on_end(self) -> None:
        """Nothing is measured any more."""
        self._wipe()

    def _draw(self) -> None:
        self._drawn_at = time.monotonic()
        count = f"{self._begun}/{self._total}" if self._total else str(self._begun)
        elapsed = self._drawn_at - self._pair_began
        click.echo(
            f"{_WIPE}perfgate: {self._line} · {count} benchmarks · {elapsed:.0f} s", nl=False, err=True, color=True
        )

    def _wipe(self) -> None:
        if self._is_terminal:
            click.echo(_WIPE, nl=False, err=True, color=True)


@contextmanager
def counted(what: str) -> Iterator[Callable[[int, int], None]]:
    """Hears how many of how many are done; `what`: what is done, in words."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import Progress as Bar

        with Bar(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(what, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)
        return
    told_at = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal told_at
        if time.monotonic() - told_at > _EVERY_S:
            told_at = time.monotonic()
            click.echo(f"perfgate: {what}, {done} of {total}", err=True)

    yield tell
