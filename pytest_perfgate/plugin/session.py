"""The main process: measures first, runs the other processes, gates, says what it found."""

from __future__ import annotations

import random
import sys
import time
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from pytest_perfgate import wiring
from pytest_perfgate.model import BenchmarkId, GateReport, Outcome, Run
from pytest_perfgate.plugin.conductor import Conductor
from pytest_perfgate.plugin.measuring import uses_benchmark
from pytest_perfgate.plugin.outcomes import skip_reason
from pytest_perfgate.plugin.pairs import Told, paired_request
from pytest_perfgate.plugin.progress import Progress
from pytest_perfgate.plugin.selection import selected_paths, selects_everything
from pytest_perfgate.plugin.worker import shuffled
from pytest_perfgate.ports import BaselineStore
from pytest_perfgate.report.terminal import render_terminal
from pytest_perfgate.workflows.gate import could_not_judge, gate
from pytest_perfgate.workflows.looks import Confirm
from pytest_perfgate.workflows.record import record, why_it_will_not_count

if TYPE_CHECKING:
    from collections.abc import Generator

    from pytest_perfgate.plugin.measuring import Measuring
    from pytest_perfgate.plugin.options import PluginOptions

_JUDGED_STATUSES = {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}


class Session:
    """One measuring run of the main process, kept as a plugin object.

    The order of events: collect and shuffle; run the tests (this is process 1); run the other processes; gate,
    with confirming looks; record; write the reports; set the exit code; print.
    """

    def __init__(
        self, config: pytest.Config, options: PluginOptions, project: wiring.Project, measuring: Measuring
    ) -> None:
        self._config = config
        self._options = options
        self._project = project
        self._measuring = measuring
        self._seed = project.config.seed or random.SystemRandom().randrange(1, 2**31)
        self._collected: tuple[BenchmarkId, ...] | None = None
        self._unmeasured: dict[BenchmarkId, str] = {}
        self._tests_failed = False
        self._started_at = wiring.now()
        self._began = time.monotonic()
        self.report: GateReport | None = None

    def pytest_report_header(self) -> str:
        """Say what measures, and the seed that shuffles."""
        settings = self._project.config
        processes = f"{settings.processes} process{'es' * (settings.processes > 1)}"
        return f"perfgate: {processes}, seed {self._seed}, baseline '{settings.baseline}'"

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Shuffle the benchmarks among their own places; drop the rest where only benchmarks are wanted."""
        benchmarks = [item for item in items if uses_benchmark(item)]
        self._measuring.read_markers(benchmarks)
        self._collected = tuple(BenchmarkId(item.nodeid) for item in benchmarks)
        if self._project.config.only_benchmarks:
            config.hook.pytest_deselected(items=[item for item in items if not uses_benchmark(item)])
            items[:] = benchmarks
        _shuffle_within_files(items, self._seed)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what failed, and which benchmarks were skipped and why."""
        self._tests_failed = self._tests_failed or report.failed
        if report.skipped:
            self._unmeasured[BenchmarkId(report.nodeid)] = skip_reason(report)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """When the tests are over and their fixtures are torn down, measure the rest and judge."""
        result = yield
        if not self._config.option.collectonly:
            self.report = self._conclude(session)
        return result

    def _conclude(self, session: pytest.Session) -> GateReport:
        if self._tests_failed or session.testsfailed:
            return could_not_judge(Outcome.TESTS_FAILED, "Tests failed, so nothing was compared or recorded.")
        return wiring.report_errors(self._measure_and_judge)

    def _measure_and_judge(self) -> GateReport:
        nothing = self._nothing_selected()
        if nothing is not None:
            return nothing
        distributed = self._collected is None  # pytest-xdist's controller collects nothing itself
        conductor = Conductor(
            self._config,
            seed=self._seed,
            processes=self._project.config.processes,
            first_process=0 if distributed else 1,
            silence_limit_s=self._project.config.benchmark_timeout,
        )
        try:
            return self._judge(self._measure(conductor), conductor)
        finally:
            conductor.close()

    def _nothing_selected(self) -> GateReport | None:
        if self._collected != ():
            return None
        return could_not_judge(
            Outcome.NOTHING_SELECTED,
            "No selected test uses the 'benchmark' fixture or is marked perfgate(whole_test=True).",
        )

    def _measure(self, conductor: Conductor) -> Run:
        own = self._measuring
        if self._collected is not None and (not own.samples or own.untrusted):
            results = []
        else:
            results = conductor.first_look(tuple(own.benchmarks), self._collected)
        samples = own.stamped(process=0, look=0) + tuple(s for result in results for s in result.samples)
        benchmarks = dict(own.benchmarks)
        for result in results:
            benchmarks.update(result.benchmarks)
        return wiring.make_run(
            self._project,
            started_at=self._started_at,
            samples=samples,
            benchmarks=benchmarks,
            seed=self._seed,
            whole_suite=selects_everything(self._config),
            paths=selected_paths(self._config),
            untrusted=next(filter(None, [own.untrusted, *(r.untrusted for r in results)]), ""),
            warnings=self._run_warnings(),
        )

    def _run_warnings(self) -> tuple[str, ...]:
        unused = set(self._collected or ()) - set(self._measuring.benchmarks) - set(self._unmeasured)
        return tuple(f"'{name:.200}' asks for the fixture but measured nothing" for name in sorted(unused))

    def _judge(self, run: Run, conductor: Conductor) -> GateReport:
        project = self._project
        store = wiring.open_baselines(project)
        if not self._options.gate:
            return GateReport(
                outcome=Outcome.RECORDED,
                candidate=run,
                candidate_commit=run.commit,
                environment=run.environment,
                recorded_to=record(run, store),
                warnings=(*run.warnings, *why_it_will_not_count(run)),
                measured_s=time.monotonic() - self._began,
            )
        report = gate(
            run,
            store=store,
            policy=wiring.policy(project),
            **wiring.gate_context(project, store),
            unmeasured=self._unmeasured,
            look_again=conductor.look_again,
            confirm=self._confirm(),
            watch=wiring.watch_anomalies(project, store),
            elapsed_s=lambda: time.monotonic() - self._began,
        )
        return self._record_if_passed(report, run, store)

    def _confirm(self) -> Confirm | None:
        """Doubts are settled in turns with the baseline's commit, unless configured otherwise."""
        if self._project.config.confirm != "paired" or self._collected is None:
            return None
        request = paired_request(self._config, seed=self._seed, started_at=self._started_at)
        return wiring.confirm_by_pairs(self._project, request, listener=Told(Progress(self._config)))

    def _record_if_passed(self, report: GateReport, run: Run, store: BaselineStore) -> GateReport:
        if not self._options.record or report.outcome is not Outcome.PASSED:
            return report
        warnings = (*report.warnings, *why_it_will_not_count(run))
        return replace(report, recorded_to=record(run, store), warnings=warnings)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Turn the outcome into the exit code, unless pytest has a reason of its own to fail."""
        if self._config.option.collectonly or exitstatus not in _JUDGED_STATUSES:
            return
        if self.report is None:
            self.report = could_not_judge(Outcome.NOTHING_MEASURED, "The tests did not run, so nothing was measured.")
        self.report = wiring.write_reports(self._project, self.report, self._config.invocation_params.dir)
        session.exitstatus = int(self.report.exit_code)

    @pytest.hookimpl(trylast=True)  # the last words: below pytest-benchmark's table
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the report."""
        if self.report is None:
            return
        writer = self._config.get_terminal_writer()
        text = render_terminal(
            self.report,
            width=writer.fullwidth,
            colour=writer.hasmarkup,
            unicode=(getattr(sys.stdout, "encoding", "") or "").lower().startswith("utf"),
        )
        terminalreporter.section("perfgate")
        for line in text.splitlines():
            terminalreporter.write_line(line)


def _shuffle_within_files(items: list[pytest.Item], seed: int) -> None:
    """Shuffle the benchmarks of each file among their own places; the other tests keep their order."""
    places: dict[str, list[int]] = {}
    for index, item in enumerate(items):
        if uses_benchmark(item):
            places.setdefault(item.nodeid.split("::")[0], []).append(index)
    for number, indexes in enumerate(places.values()):
        chosen = shuffled([items[index] for index in indexes], seed + number)
        for index, item in zip(indexes, chosen, strict=True):
            items[index] = item
