"""Folders of what was built, one per key: whole or absent, built by one process at a time, kept while they are used."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from pytest_perfgate.errors import BaseRevisionError
from pytest_perfgate.measure.cache_folder import prepare_cache, written
from pytest_perfgate.measure.owner import read_owner, write_owner
from pytest_perfgate.measure.paced_progress import PacedProgress
from pytest_perfgate.measure.revision import repository_root
from pytest_perfgate.measure.worktree import remove_worktree

_FOLDER = "environments"
_FINISHED = "built.json"
_POLL_S = 0.2


class BuildFolder:
    """The place of one build. `tree` and `venv` are its parts, `log` the output of the commands that built it."""

    def __init__(self, folder: Path, key: str) -> None:
        self.path = folder / key
        self.tree, self.venv = self.path / "tree", self.path / "venv"
        self.log = self.path.with_name(f"{key}.log")
        self._finished = self.path / _FINISHED
        self._lock = self.path.with_name(f"{key}.lock")
        self._owner = self.path.with_name(f"{key}.owner.json")

    @contextlib.contextmanager
    def locked(self, progress: Callable[[str], None]) -> Iterator[None]:
        """Held by one process at a time; the system lets go of it however the process ends."""
        paced = PacedProgress(progress, first_s=0.0)
        with contextlib.ExitStack() as held:
            while not self._try_lock(held):
                paced.tell(self._waiting)
                time.sleep(_POLL_S)
            write_owner(self._owner)
            yield

    def _waiting(self) -> str:
        owner = read_owner(self._owner)
        return f"waiting for {f'process {owner.pid}' if owner else 'another process'}, which builds the same"

    def _try_lock(self, held: contextlib.ExitStack) -> bool:
        with written(self._lock.parent), contextlib.ExitStack() as opened:
            file = opened.enter_context(self._lock.open("ab"))
            # Whoever cleaned up may have deleted the file that we opened before we locked it.
            if not _lock_file(file) or not self._is_at_its_path(file):
                return False
            held.push(opened.pop_all())
            return True

    def _is_at_its_path(self, file: IO[bytes]) -> bool:
        try:
            return os.path.samestat(os.fstat(file.fileno()), self._lock.stat())
        except FileNotFoundError:
            return False

    def read_finished(self) -> bytes | None:
        """What `finish` noted; None for what was not finished."""
        try:
            return self._finished.read_bytes()
        except OSError:
            return None

    def create(self) -> None:
        """Begin it: an empty folder, and no log of an earlier try."""
        with written(self.path):
            self.log.unlink(missing_ok=True)
            self.path.mkdir()

    def finish(self, note: bytes) -> None:
        """Say that the build is whole."""
        partial = self._finished.with_suffix(".partial")
        partial.write_bytes(note)
        partial.replace(self._finished)

    def use(self) -> None:
        """Keep it for as long as this process lives."""
        users = self.path / "users"
        users.mkdir(exist_ok=True)
        for path in users.iterdir():
            owner = read_owner(path)
            if owner is not None and not owner.is_alive:
                path.unlink(missing_ok=True)
        write_owner(users / f"{os.getpid()}-{secrets.token_hex(4)}.json")
        os.utime(self._finished)

    @property
    def last_used(self) -> float:
        """When it was used last, in seconds since the epoch; 0 for what was never finished."""
        try:
            return self._finished.stat().st_mtime
        except OSError:
            return 0.0

    @property
    def is_used(self) -> bool:
        """Whether a living process uses it."""
        owners = (read_owner(path) for path in self.path.glob("users/*.json"))
        return any(owner is not None and owner.is_alive for owner in owners)

    def delete(self, top: Path | None) -> None:
        """Remove all but the log. `top`: the repository that `tree` is a worktree of, if it is still there."""
        # First the mark: what is killed from here on is not taken for a whole one.
        self._finished.unlink(missing_ok=True)
        if top is not None:
            remove_worktree(top, self.tree)
        shutil.rmtree(self.path, ignore_errors=True)

    def forget(self) -> None:
        """Remove the files beside it too; only while it is locked."""
        for path in (self.log, self._owner, self._lock):
            with contextlib.suppress(OSError):  # Windows: the lock is open
                path.unlink()


def build_folder(cache: Path, key: str) -> BuildFolder:
    """The folder for a key. Raises StoreError where the cache cannot be written."""
    return BuildFolder(prepare_cache(cache, _FOLDER), key)


def remove_unused(root: Path, cache: Path, *, keep: int) -> tuple[Path, ...]:
    """Remove what killed builds left, and builds that no process uses but the `keep` newest; their paths."""
    try:
        top = repository_root(root)
    except BaseRevisionError:
        top = None
    folder = prepare_cache(cache, _FOLDER)
    keys = {path.name.split(".")[0] for path in folder.iterdir()}
    builds = sorted((BuildFolder(folder, key) for key in sorted(keys)), key=lambda build: -build.last_used)
    removed = []
    for number, build in enumerate(build for build in builds if not build.is_used):
        is_old = number >= keep
        if is_old or (build.path.exists() and build.read_finished() is None):
            with contextlib.suppress(_BusyError), build.locked(_not_waiting):
                # Somebody may have begun to use it since.
                if not build.is_used:
                    build.delete(top)
                    removed.append(build.path)
                    # Else it is the log of a build that was killed, which may tell why.
                    if is_old:
                        build.forget()
    return tuple(removed)


class _BusyError(Exception):
    """Somebody builds it at the moment."""


def _not_waiting(_text: str) -> None:
    raise _BusyError


def _lock_file(file: IO[bytes]) -> bool:
    """Lock an open file for this process; false where another one holds it."""
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
