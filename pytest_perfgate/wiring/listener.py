"""Who hears what a paired run is doing."""

from __future__ import annotations

from typing import Protocol


class Listener(Protocol):
    """Who hears what a paired run is doing."""

    def say(self, text: str) -> None:
        """A line of its own."""

    def on_pair(self, number: int, benchmarks: int) -> None:
        """A new pair begins."""

    def on_benchmark(self) -> None:
        """The next benchmark of the pair begins."""

    def on_end(self) -> None:
        """Nothing is measured any more."""
