"""Benchmark processes without processes: they answer as real ones do, at once, and cost what the test says."""

from collections import deque

from pytest_perfgate.measure.channel import ChannelClosedError, SilenceError
from pytest_perfgate.measure.protocol import (
    Arrived,
    Calibrate,
    Calibrated,
    Collected,
    Done,
    Ended,
    Order,
    Release,
    Slice,
    Timed,
)


class FakePeer:
    """One side. `costs`: benchmark -> seconds per iteration; `log`: shared by both sides, who did what when."""

    def __init__(self, name, costs, log=None, **oddities):
        self.name, self.costs = name, costs
        self.log = [] if log is None else log
        self.rounds = oddities.get("rounds", {})
        self.fails = oddities.get("fails", {})  # benchmark -> "before" or the number of the slice in which it fails
        self.crashes = oddities.get("crashes", set())
        self.hangs = oddities.get("hangs", set())
        self.reorders = oddities.get("reorders", False)
        self.order = None
        self._now, self._slices = None, 0
        self._queue = deque()
        self._out = deque([Collected(tuple(costs))])

    def send(self, message):
        if isinstance(message, Order):
            self.order = message
            self._queue.extend(message.benchmarks[::-1] if self.reorders else message.benchmarks)
            self._next()
        elif isinstance(message, Release):
            if self._now is not None:
                self._end()
        elif isinstance(message, Calibrate):
            count = max(1, round(message.slice_s / self.costs[self._now]))
            self._out.append(Calibrated(count, count * self.costs[self._now]))
        elif isinstance(message, Slice):
            self._slice(message)

    def receive(self, timeout_s):
        if not self._out:
            raise SilenceError
        message = self._out.popleft()
        if message is None:
            raise ChannelClosedError("gone")
        return message

    def _slice(self, message):
        self._slices += 1
        if self.fails.get(self._now) == self._slices:
            self._end(failed="call: boom")
            return
        self.log.append((self.name, self._now, message.iterations))
        self._out.append(Timed(1))

    def _next(self):
        if not self._queue:
            self._out.append(Done())
            return
        self._now, self._slices = self._queue.popleft(), 0
        if self._now in self.crashes:
            self._out.append(None)
        elif self._now in self.hangs:
            return
        elif self.fails.get(self._now) == "before":
            self._end(failed="setup: boom")
        else:
            self._out.append(Arrived(self._now, self.rounds.get(self._now, 0)))

    def _end(self, failed=""):
        name, self._now = self._now, None
        self._out.append(Ended(name, failed=failed))
        self._next()
