"""Who made a file: a process that may be gone by now, told from a later one with the same number by its start."""

from __future__ import annotations

import platform
import time
from pathlib import Path

import msgspec
import psutil
from msgspec import Struct

# The start of a process is computed from the machine's boot time, which a corrected clock moves a little.
_CLOCK_ERROR_S = 5.0
# A folder may be shared between machines or containers, whose processes we cannot see.
_FOREIGN_LIMIT_S = 24 * 3600.0


class Owner(Struct, frozen=True):
    """A process. `started`: seconds since the epoch."""

    pid: int
    started: float
    machine: str

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs; one on another machine counts as alive for a day after its start."""
        if self.machine != platform.node():
            return time.time() - self.started < _FOREIGN_LIMIT_S
        try:
            return abs(psutil.Process(self.pid).create_time() - self.started) < _CLOCK_ERROR_S
        except psutil.NoSuchProcess:
            return False
        except psutil.Error:  # somebody else's process: it is there, more we may not know
            return True


def this_process() -> Owner:
    """The process that runs this."""
    me = psutil.Process()
    return Owner(me.pid, me.create_time(), platform.node())


def write_owner(path: Path) -> None:
    """Say in `path` that this process made what stands beside it."""
    partial = path.with_name(f"{path.name}.partial-{psutil.Process().pid}")
    partial.write_bytes(msgspec.json.encode(this_process()))
    partial.replace(path)


def read_owner(path: Path) -> Owner | None:
    """Who made it; None where nobody says so, or nothing readable."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Owner)
    except (OSError, msgspec.MsgspecError):
        return None
