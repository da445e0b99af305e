"""What keeps this process from measuring honestly, and what a benchmark must not do to it."""

from __future__ import annotations

import os
import sys
import tracemalloc
from collections.abc import Iterator
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


@contextmanager
def guarded(benchmark: str) -> Iterator[None]:
    """Run a benchmark so that it can neither end the process unseen nor leave it elsewhere.

    `os._exit` in this process (not in one that it forked) ends with exit code 10 and the benchmark's name on
    standard error: with the benchmark's own code, often 0, a build would pass in which nothing was judged. The
    working folder is restored.
    """
    folder, exit_now, own_pid = os.getcwd(), os._exit, os.getpid()  # noqa: PTH109

    def refuse(status: int) -> None:
        if os.getpid() != own_pid:
            exit_now(status)
        text = f"\nperfgate: '{benchmark:.300}' called os._exit({status!r}); nothing was judged.\n"
        os.write(2, text.encode(errors="backslashreplace"))
        exit_now(EXIT_CANNOT_JUDGE)

    os._exit = refuse  # type: ignore[assignment]
    try:
        yield
    finally:
        os._exit = exit_now
        os.chdir(folder)
