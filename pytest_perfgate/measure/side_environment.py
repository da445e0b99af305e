"""A side's own virtual environment: built by the user's command, or filled with released versions, or found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct


class BuiltSide(Struct, frozen=True):
    """What one side runs in.

    `python`: its interpreter. `tree`: the sources that were built, None where there are none (released versions).
    `environment`: the virtual environment's folder. `perfgate`, `pytest`: the versions of these in it.
    """

    python: str
    environment: Path
    tree: Path | None
    perfgate: str
    pytest: str


def build(
    command: str,
    tree_commit: str,
    root: Path,
    cache: Path,
    *,
    python: str,
    progress: Callable[[str], None] = lambda _text: None,
    keep: int = 4,
    timeout_s: float = 3600.0,
) -> BuiltSide:
    """The commit `tree_commit` checked out and built by `command`, which the platform's shell runs in that tree.

    An environment of its own is active meanwhile (VIRTUAL_ENV, first on PATH). What was built from the same tree,
    command, interpreter and platform is used again; the `keep` newest that nobody uses are kept. It belongs to this
    process until the process ends. `progress` receives a line now and then.

    Raises SideBuildError, with the end of the command's output, when the command fails, hangs for `timeout_s` or
    leaves an environment without pytest or pytest_perfgate; BaseRevisionError and StoreError as `checkout` does.
    """
    raise NotImplementedError


def venv_with(
    packages: Sequence[str],
    root: Path,
    cache: Path,
    *,
    python: str,
    progress: Callable[[str], None] = lambda _text: None,
    keep: int = 4,
    timeout_s: float = 3600.0,
) -> BuiltSide:
    """An environment with released versions (`package==1.0`), and with this pytest_perfgate; cached if all are pinned.

    Raises SideBuildError.
    """
    raise NotImplementedError


def existing(folder: Path) -> BuiltSide:
    """The virtual environment in `folder`; raises SideBuildError where it lacks python, pytest or pytest_perfgate."""
    raise NotImplementedError
