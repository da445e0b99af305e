"""Ends a benchmark process whose parent is gone, however that ended: `kill -9` runs no code of the killed.

The parent alone holds one end of a pipe, the child waits at the other. When the parent is gone the system closes its
end, on every platform. Waiting in `read` costs no time; a child whose code never releases the interpreter's lock is
the one that does not notice.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

import psutil

# No PERFGATE_ name: those are settings, and an unknown one is an error.
_VARIABLE = "_PERFGATE_LEASH"
# Of one length for all: the size of the environment moves the stack, and with it the speed of the same code.
_DIGITS = 20
_watchers: list[threading.Thread] = []


@contextlib.contextmanager
def leash(environ: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Arguments for `subprocess.Popen`, `env` among them, that tie the child to this process.

    The child calls `watch_parent`; it ends when this process does, or when the context is left.
    """
    theirs, ours = os.pipe()
    try:
        address, arguments = _inherited(theirs)
        yield {**arguments, "env": {**environ, _VARIABLE: f"{address:0{_DIGITS}}"}}
    finally:
        os.close(ours)
        os.close(theirs)


def _inherited(descriptor: int) -> tuple[int, dict[str, Any]]:
    """What the child knows the descriptor by, and what hands it over."""
    if sys.platform != "win32":
        return descriptor, {"pass_fds": (descriptor,)}
    import msvcrt
    import subprocess

    handle = msvcrt.get_osfhandle(descriptor)
    os.set_handle_inheritable(handle, True)
    return handle, {"startupinfo": subprocess.STARTUPINFO(lpAttributeList={"handle_list": [handle]})}


def watch_parent(environ: MutableMapping[str, str]) -> None:
    """End this process and what it started as soon as its parent is gone; does nothing where there is no leash."""
    address = environ.pop(_VARIABLE, "")  # not for the children of this process
    if not address:
        return
    watcher = threading.Thread(target=_wait, args=(_opened(int(address)),), name="perfgate-orphan", daemon=True)
    watcher.start()
    _watchers.append(watcher)


def own_threads() -> int:
    """How many threads of this process are ours, not the benchmark's."""
    return len(_watchers)


def _opened(address: int) -> int:
    if sys.platform != "win32":
        os.set_inheritable(address, False)
        return address
    import msvcrt

    return msvcrt.open_osfhandle(address, os.O_RDONLY)


def _wait(descriptor: int) -> None:
    os.read(descriptor, 1)  # nobody ever writes: it returns at the end of the file
    process = psutil.Process()
    try:
        for child in process.children(recursive=True):
            with contextlib.suppress(psutil.Error):
                child.kill()
    finally:
        process.kill()
