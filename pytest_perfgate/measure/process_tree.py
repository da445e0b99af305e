"""Processes that we start: ending them with their whole family, and their last words."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from pathlib import Path

_TAIL_LINES = 15
_LONGEST_LINE_BYTES = 300


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
    return "\n".join(f"  {line}" for line in last_lines(path, _TAIL_LINES)) or "  (none)"


def last_lines(path: Path, count: int) -> list[str]:
    """The last lines of a file that are not empty, without the control characters of a terminal."""
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - count * _LONGEST_LINE_BYTES))
        lines = file.read().decode(errors="replace").splitlines()
    printable = ("".join(c if c.isprintable() or c == "\t" else " " for c in line).rstrip() for line in lines)
    return [line for line in printable if line][-count:]
