"""One side of a pair: times what it is told to when it is told to, and proves which code it ran."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_perfgate.measure.follower import Follower
from pytest_perfgate.measure.leak_guard import leaks, project_modules
from pytest_perfgate.measure.pinning import pin
from pytest_perfgate.measure.protocol import Done, Order
from pytest_perfgate.measure.redirect import installed
from pytest_perfgate.plugin.led_process import LedProcess

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_perfgate.measure.channel import Channel
    from pytest_perfgate.measure.protocol import FromCoordinator


class FollowerPlugin(LedProcess):
    """The plugin object of one side of a pair."""

    _follower: Follower
    _pinned = False

    def connect(self, address: Path) -> Channel[FromCoordinator]:
        """The line to the coordinator, which says when a slice is due."""
        channel = super().connect(address)
        self._measuring.timing = self._follower = Follower(channel)
        return channel

    def obey(self, order: Order) -> None:
        """Read the canaries, and stay on one core, as both sides do."""
        self._follower.canaries = order.canaries
        self._pinned = order.core is not None and pin(order.core)

    def done(self) -> Done:
        """Say what was loaded, and from where."""
        found = installed()
        return Done(
            untrusted=self._measuring.untrusted,
            modules=project_modules(found[0]) if found else (),
            leaks=leaks(found[0]) if found else (),
            pinned=self._pinned,
        )
