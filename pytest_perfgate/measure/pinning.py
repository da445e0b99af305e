"""Holding a process on one core, where the system lets us."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil


def pin(core: int) -> bool:
    """Hold this process, with all of its threads, on `core`; False where that can't be had (macOS, some containers)."""
    if not hasattr(os, "sched_setaffinity"):
        return _pin_by_psutil(core)
    try:
        for thread in _threads():
            os.sched_setaffinity(thread, {core})
    except (OSError, ValueError):
        return False
    return True


def _threads() -> list[int]:
    """Affinity belongs to a thread; numerical libraries start theirs when they are imported."""
    tasks = Path("/proc/self/task")
    return [int(entry.name) for entry in tasks.iterdir()] if tasks.is_dir() else [0]


def _pin_by_psutil(core: int) -> bool:
    try:
        psutil.Process().cpu_affinity([core])
    except (AttributeError, OSError, ValueError, psutil.Error):
        return False
    return True


def measuring_core() -> int | None:
    """The core on which a pair is measured: the last of those that this process may use; None where unknown.

    The last, since interrupts and other work gather on the first.
    """
    try:
        allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else psutil.Process().cpu_affinity()
    except (AttributeError, OSError, psutil.Error):
        return None
    return max(allowed) if allowed else None


@contextmanager
def elsewhere(core: int | None) -> Iterator[None]:
    """Processes that are started within stay off `core` until they pin themselves, where there is another."""
    if core is None or not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    others = allowed - {core}
    if not others:
        yield
        return
    try:
        os.sched_setaffinity(0, others)
    except OSError:  # some containers
        yield
        return
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def move_away(pid: int, core: int) -> bool:
    """Send another process off `core`; False where there is no other one, or this can't be had."""
    return hasattr(os, "sched_setaffinity") and _move(pid, os.sched_getaffinity(0) - {core})


def set_free(pid: int) -> bool:
    """Let another process run on all of this one's cores; False where this can't be had."""
    return hasattr(os, "sched_setaffinity") and _move(pid, os.sched_getaffinity(0))


def _move(pid: int, cores: set[int]) -> bool:
    try:
        os.sched_setaffinity(pid, cores)  # no core at all is refused
    except OSError:
        return False
    return True
