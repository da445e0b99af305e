"""A benchmark process: runs the benchmarks in its coordinator's order, and hands each one's samples over.

What it needs to speak is imported after the collection: memory that was used and freed before the modules of the suite
are imported changes where their data lie, and so the speed of a benchmark (of one in benchmarks/accuracy by 13 %).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_perfgate.model import BenchmarkId
from pytest_perfgate.plugin.measuring import Measuring, uses_benchmark
from pytest_perfgate.plugin.outcomes import first_line, last_line, skip_reason

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from pytest_perfgate.measure.channel import Channel
    from pytest_perfgate.measure.protocol import Done, FromCoordinator, Order

EXIT_ALONE = 10
# Options of pytest and of well-known plugins that write files; the main process writes them, nobody else.
_WRITING_OPTIONS = (
    "xmlpath",
    "report_log",
    "htmlpath",
    "json_report_file",
    "benchmark_json",
    "benchmark_save",
    "benchmark_autosave",
    "benchmark_compare",
    "benchmark_compare_fail",
    "benchmark_histogram",
)


class LedProcess:
    """The plugin object of a process that measures by itself; `address`: a file that says where its coordinator is."""

    def __init__(self, address: Path, measuring: Measuring) -> None:
        self._address, self._measuring = address, measuring
        self._channel: Channel[FromCoordinator] | None = None
        self._alone = False
        self._uncollected: dict[str, str] = {}
        self._failed: dict[str, str] = {}
        self._skipped: dict[str, str] = {}

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note which file could not be collected, and why."""
        if report.failed:
            self._uncollected[report.nodeid] = last_line(report)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Say what is there, and keep what is wanted, in the coordinator's order."""
        from pytest_perfgate.measure.protocol import Collected, Order

        benchmarks = {BenchmarkId(item.nodeid): item for item in items if uses_benchmark(item)}
        self._channel = self.connect(self._address)
        self._channel.send(Collected(tuple(benchmarks), self._uncollected))
        order = self._channel.receive()
        wanted = order.benchmarks if isinstance(order, Order) else ()
        kept = [benchmarks[name] for name in wanted]
        chosen = set(kept)
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = kept
        self._measuring.read_markers(items)
        if isinstance(order, Order):
            self.obey(order)

    def connect(self, address: Path) -> Channel[FromCoordinator]:
        """The line to the coordinator."""
        import msgspec

        from pytest_perfgate.measure.channel import Address, connect
        from pytest_perfgate.measure.protocol import FromCoordinator

        return connect(msgspec.json.decode(address.read_bytes(), type=Address), FromCoordinator)

    def obey(self, order: Order) -> None:
        """Whatever else the order asks for."""

    def done(self) -> Done:
        """The last message."""
        from pytest_perfgate.measure.protocol import Done

        return Done(untrusted=self._measuring.untrusted)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """Without a coordinator nothing is measured: end, with the fixtures torn down."""
        from pytest_perfgate.measure.channel import ChannelClosedError

        try:
            return (yield)
        except ChannelClosedError:
            self._alone = True
            pytest.exit("the coordinator is gone", returncode=EXIT_ALONE)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what failed or was skipped."""
        if report.failed:
            self._failed.setdefault(report.nodeid, f"{report.when}: {first_line(report)}")
        elif report.skipped:
            self._skipped[report.nodeid] = skip_reason(report)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Hand the benchmark's samples over: fixtures are torn down, nothing more will come."""
        from pytest_perfgate.measure.protocol import Ended

        name = BenchmarkId(nodeid)
        own = self._measuring
        samples = tuple(sample for sample in own.samples if sample.benchmark == name)
        own.samples.clear()
        if self._channel is not None:
            self._channel.send(
                Ended(
                    name,
                    samples=samples,
                    facts=own.benchmarks.get(name),
                    failed=self._failed.get(nodeid, ""),
                    skipped=self._skipped.get(nodeid, ""),
                )
            )

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Say that it is over."""
        if self._channel is not None and not self._alone:
            self._channel.send(self.done())


def silence_files(config: pytest.Config) -> None:
    """Switch off what would overwrite the main process's files."""
    for option in _WRITING_OPTIONS:
        if getattr(config.option, option, None):
            setattr(config.option, option, None)
    config.option.usepdb = False
