"""The main process of a paired run: runs the tests once, leads the pairs, judges, says what it found."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from pytest_perfgate import wiring
from pytest_perfgate.measure.timing import NotHere
from pytest_perfgate.plugin.measuring import Measuring
from pytest_perfgate.plugin.processes import worker_arguments
from pytest_perfgate.plugin.progress import Progress
from pytest_perfgate.plugin.selection import selected_paths, selects_everything
from pytest_perfgate.plugin.session import Session

if TYPE_CHECKING:
    from pytest_perfgate.model import GateReport
    from pytest_perfgate.plugin.options import PluginOptions


class PairedSession(Session):
    """`--perfgate-against`: the benchmarks run here once, as tests; pairs of other processes measure them."""

    def __init__(
        self, config: pytest.Config, options: PluginOptions, project: wiring.Project, measuring: Measuring
    ) -> None:
        super().__init__(config, options, project, measuring)
        measuring.timing = NotHere()
        self._durations: dict[str, float] = {}

    def pytest_report_header(self) -> str:
        """Say what is compared, and the seed that shuffles."""
        settings = self._project.config
        return f"perfgate: paired against '{settings.against}', at most {settings.budget:g} s, seed {self._seed}"

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how long one call took, for the plan."""
        super().pytest_runtest_logreport(report)
        if report.when == "call":
            self._durations[report.nodeid] = report.duration

    def _measure_and_judge(self) -> GateReport:
        nothing = self._nothing_selected()
        if nothing is not None:
            return nothing
        config = self._config
        request = wiring.PairedRequest(
            arguments=worker_arguments(config, cache="$TMPDIR/cache"),  # pytest expands it, in each side's own folder
            folder=config.invocation_params.dir,
            python_files=tuple(config.getini("python_files")),
            seed=self._seed,
            started_at=self._started_at,
            durations={name: took for name, took in self._durations.items() if name in set(self._collected or ())},
            whole_suite=selects_everything(config),
            paths=selected_paths(config),
            record=self._options.record,
            unmeasured=self._unmeasured,
        )
        return wiring.run_paired(
            self._project,
            request,
            listener=_Told(Progress(config)),
            elapsed_s=lambda: time.monotonic() - self._began,
        )


class _Told:
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
