"""A benchmark process of a paired run: runs the benchmarks in the coordinator's order, times what it is told to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from pytest_perfgate.measure.channel import Address, Channel, ChannelClosedError, connect
from pytest_perfgate.measure.follower import Follower
from pytest_perfgate.measure.leak_guard import leaks, project_modules
from pytest_perfgate.measure.pinning import pin
from pytest_perfgate.measure.protocol import Collected, Done, Ended, FromCoordinator, Order
from pytest_perfgate.measure.redirect import installed
from pytest_perfgate.model import BenchmarkId
from pytest_perfgate.plugin.measuring import Measuring, uses_benchmark
from pytest_perfgate.plugin.outcomes import first_line, last_line, skip_reason

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

EXIT_ALONE = 10


class FollowerPlugin:
    """The plugin object of one side of a pair."""

    def __init__(self, channel: Channel[FromCoordinator], follower: Follower, measuring: Measuring) -> None:
        self._channel, self._follower, self._measuring = channel, follower, measuring
        self._pinned = self._alone = False
        self._uncollected: dict[str, str] = {}
        self._failed: dict[str, str] = {}
        self._skipped: dict[str, str] = {}

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note which file could not be collected, and why."""
        if report.failed:
            self._uncollected[report.nodeid] = last_line(report)

    @pytest.hookimpl(wrapper=True, tryfirst=True)  # around all others: some put items in an order of theirs at last
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> Generator[None]:
        """Say what is there, and keep what is wanted, in the order that both sides share."""
        yield
        benchmarks = {BenchmarkId(item.nodeid): item for item in items if uses_benchmark(item)}
        self._channel.send(Collected(tuple(benchmarks), self._uncollected))
        order = self._channel.receive()
        wanted = order.benchmarks if isinstance(order, Order) else ()
        kept = [benchmarks[name] for name in wanted]
        chosen = set(kept)
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = kept
        self._measuring.read_markers(items)
        if isinstance(order, Order):
            self._follower.canaries = order.canaries
            self._pinned = order.core is not None and pin(order.core)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """Without a coordinator nothing is measured: end, with the fixtures torn down."""
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
        name = BenchmarkId(nodeid)
        own = self._measuring
        samples = tuple(sample for sample in own.samples if sample.benchmark == name)
        own.samples.clear()
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
        """Say what was loaded, and from where."""
        if not self._alone:
            found = installed()
            self._channel.send(
                Done(
                    untrusted=self._measuring.untrusted,
                    modules=project_modules(found[0]) if found else (),
                    leaks=leaks(found[0]) if found else (),
                    pinned=self._pinned,
                )
            )


def follow(address: Path, measuring: Measuring) -> FollowerPlugin:
    """Connect to the coordinator whose address is in a file; from now on `measuring` obeys it."""
    channel = connect(msgspec.json.decode(address.read_bytes(), type=Address), FromCoordinator)
    follower = Follower(channel)
    measuring.timing = follower
    return FollowerPlugin(channel, follower, measuring)
