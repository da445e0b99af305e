"""The main process of a paired run: runs the tests once, leads the pairs, judges, says what it found."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from pytest_perfgate import wiring
from pytest_perfgate.measure.timing import NotHere
from pytest_perfgate.plugin.measuring import Measuring
from pytest_perfgate.plugin.pairs import Told, paired_request
from pytest_perfgate.plugin.progress import Progress
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
        self._other_tests_s = 0.0

    def pytest_report_header(self) -> str:
        """Say what is compared, and the seed that shuffles."""
        settings = self._project.config
        return f"perfgate: paired against '{settings.against}', at most {settings.budget:g} s, seed {self._seed}"

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how long one call took, for the plan, and what the tests took that measure nothing."""
        super().pytest_runtest_logreport(report)
        if self._collected is not None and report.nodeid not in self._collected:
            self._other_tests_s += report.duration
        if report.when == "call":
            self._durations[report.nodeid] = report.duration

    def _measure_and_judge(self) -> GateReport:
        nothing = self._nothing_selected()
        if nothing is not None:
            return nothing
        config, collected = self._config, set(self._collected or ())
        request = replace(
            paired_request(config, seed=self._seed, started_at=self._started_at),
            durations={name: took for name, took in self._durations.items() if name in collected},
            record=self._options.record,
            unmeasured=self._unmeasured,
        )
        return wiring.run_paired(
            self._project,
            request,
            listener=Told(Progress(config)),
            elapsed_s=lambda: time.monotonic() - self._began - self._other_tests_s,
        )
