"""What a side's pytest makes of the user's arguments, for a coordinator that is no pytest itself."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    from pytest_perfgate.measure.pair import SideCommand

_TIMEOUT_S = 120.0


class PytestFacts(Struct, frozen=True):
    """`arguments`: those of a process that measures; `python_files`: patterns of test files; `root`: pytest's own."""

    arguments: tuple[str, ...]
    python_files: tuple[str, ...]
    root: str


def ask_pytest(side: SideCommand, folder: Path) -> PytestFacts | None:
    """Start pytest as `side` does, up to its configuration; None where that fails: a pair then shows how."""
    answer = folder / f"{side.name}-facts.json"
    try:
        subprocess.run(
            [*side.command, *side.arguments, f"--perfgate-facts={answer}"],
            cwd=side.folder,
            env={**side.environ, "PERFGATE_SIDE": side.name},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT_S,
            check=True,
        )
        return msgspec.json.decode(answer.read_bytes(), type=PytestFacts)
    except (OSError, subprocess.SubprocessError, msgspec.MsgspecError):
        return None
