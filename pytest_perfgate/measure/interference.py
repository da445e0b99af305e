"""What keeps this process from measuring honestly, and what benchmarks must not do to it."""

from __future__ import annotations

import os
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

EXIT_CANNOT_JUDGE = 10


def interference() -> str:
    """What slows or instruments this process, in words, or an empty text."""
    if tracer := sys.gettrace():
        return f"a trace function ({_owner(tracer)}), as coverage and debuggers set one"
    if profiler := sys.getprofile():
        return f"a profiler ({_owner(profiler)})"
    if tool := _monitoring_tool():
        return f"the monitoring tool '{tool}', as coverage, debuggers and profilers register one"
    if tracemalloc.is_tracing():
        return "tracemalloc, which slows every allocation"
    return ""


def _owner(hook: object) -> str:
    return str(getattr(hook, "__module__", None) or type(hook).__module__)


def _monitoring_tool() -> str:
    monitoring = getattr(sys, "monitoring", None)  # Python 3.12
    if monitoring is None:
        return ""
    names = (monitoring.get_tool(number) for number in range(6))
    return next((name for name in names if name), "")


class ExitGuard:
    """Turns `os._exit` in this process (not in one that it forked) into exit code 10 with the culprit's name.

    With the benchmark's own code, often 0, a build would pass in which nothing was judged. `say` prints a line
    past any capturing; `culprit` is whoever runs now.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._exit_now = os._exit
        self._pid = os.getpid()
        self.culprit = "something"

    def install(self) -> None:
        """Stand in for `os._exit`; before tests are imported, so that none holds the real one."""
        os._exit = self._refuse  # type: ignore[assignment]

    def remove(self) -> None:
        """Put the real one back."""
        os._exit = self._exit_now

    def _refuse(self, status: int) -> None:
        if os.getpid() == self._pid:
            self._say(f"perfgate: '{self.culprit:.300}' called os._exit({status!r}); nothing was judged.")
            status = EXIT_CANNOT_JUDGE
        self._exit_now(status)


@contextmanager
def uninstrumented() -> Iterator[None]:
    """Without trace function and profiler, as pytest-benchmark measures; they are put back afterwards."""
    tracer, profiler = sys.gettrace(), sys.getprofile()
    sys.settrace(None)
    sys.setprofile(None)
    try:
        yield
    finally:
        sys.settrace(tracer)
        sys.setprofile(profiler)


@contextmanager
def same_folder() -> Iterator[None]:
    """Come back to the working folder, wherever a benchmark went."""
    folder = os.getcwd()  # noqa: PTH109 - a folder that was deleted is no Path
    try:
        yield
    finally:
        os.chdir(folder)
