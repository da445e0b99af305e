"""What a session tells a paired run, and what it hears of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_perfgate import wiring
from pytest_perfgate.plugin.processes import worker_arguments
from pytest_perfgate.plugin.selection import selected_paths, selects_everything

if TYPE_CHECKING:
    from datetime import datetime

    from pytest_perfgate.plugin.progress import Progress


def paired_request(config: pytest.Config, *, seed: int, started_at: datetime) -> wiring.PairedRequest:
    """This command line, for the processes of a pair."""
    return wiring.PairedRequest(
        arguments=side_arguments(config),
        folder=config.invocation_params.dir,
        python_files=tuple(config.getini("python_files")),
        seed=seed,
        started_at=started_at,
        whole_suite=selects_everything(config),
        paths=selected_paths(config),
    )


def side_arguments(config: pytest.Config) -> tuple[str, ...]:
    """This command line as that of one side."""
    # What can't be collected on one side must not keep the rest from being measured. pytest expands the variable, in
    # each side's own folder.
    return (*worker_arguments(config, cache="$TMPDIR/cache"), "--continue-on-collection-errors")


class Told:
    """Turns what the pairs say into progress."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._begun = progress, 0

    def say(self, text: str) -> None:
        """A line of its own."""
        self._progress.say(text)

    def on_pair(self, number: int, benchmarks: int) -> None:
        """A new pair."""
        self._begun = 0
        self._progress.begin(f"pair {number + 1}", benchmarks)

    def on_benchmark(self) -> None:
        """The next benchmark of the pair."""
        self._begun += 1
        self._progress.update(self._begun)

    def on_end(self) -> None:
        """The pair is over."""
        self._progress.end()
