"""The real clocks."""

from __future__ import annotations

import time
from collections.abc import Callable


class SystemClock:
    """Monotonic wall clock and the calling thread's CPU time, nanoseconds."""

    def wall_ns(self) -> int:
        """`time.perf_counter_ns`."""
        return time.perf_counter_ns()

    def cpu_ns(self) -> int:
        """`time.thread_time_ns`; a benchmark's other threads are not in it."""
        return time.thread_time_ns()


class TimerClock:
    """The timer that `--benchmark-timer` names, as wall clock; CPU time stays the system's.

    `timer`: returns seconds as a float.
    """

    def __init__(self, timer: Callable[[], float]) -> None:
        self._timer = timer

    def wall_ns(self) -> int:
        """The timer's reading."""
        return int(self._timer() * 1e9)

    def cpu_ns(self) -> int:
        """`time.thread_time_ns`."""
        return time.thread_time_ns()
