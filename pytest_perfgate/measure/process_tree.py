"""Processes that we start: ending them with their whole family, and their last words."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from pathlib import Path

_TAIL_BYTES = 4000
_TAIL_LINES = 15


def interpreter() -> tuple[str, ...]:
    """This interpreter with its own flags (-O, -X utf8, …): they change what code costs, so each process gets them."""
    return (sys.executable, *subprocess._args_from_interpreter_flags())  # type: ignore[attr-defined]  # noqa: SLF001


def kill_tree(process: subprocess.Popen[bytes]) -> None:
    """End a process and everything that it started; harmless when it has ended already."""
    if process.poll() is not None:
        return
    try:
        family = psutil.Process(process.pid).children(recursive=True)
    except psutil.Error:
        family = []
    process.kill()
    for child in family:
        try:
            child.kill()
        except psutil.Error:
            continue
    process.wait()


def tail_of(path: Path) -> str:
    """The last lines of what a process printed, indented, however much it was."""
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - _TAIL_BYTES))
        lines = file.read().decode(errors="replace").splitlines()[-_TAIL_LINES:]
    return "\n".join(f"  {line}" for line in lines) or "  (none)"
