"""Files in a folder: written once, atomically, never changed."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from pytest_perfgate.errors import StoreError

PARTIAL = ".partial"
_REMEDIES = {
    "ENOSPC": "The disk is full: free some space.",
    "EROFS": "The file system is read-only: choose another folder with '--perfgate-baseline DIR'.",
    "EACCES": "Permission was denied: check the folder's owner and mode.",
    "ENOTDIR": "A file stands where a folder is needed: move it, or choose another folder with 'baseline'.",
    "EEXIST": "A file stands where a folder is needed: move it, or choose another folder with 'baseline'.",
    "ENAMETOOLONG": "The path is too long for this file system.",
}


class FolderFiles:
    """Text files below one folder; names are relative, with `/`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.location = str(folder)

    def path_of(self, name: str) -> str:
        """Where a file is, for messages."""
        return str(self._folder / name)

    def names(self, folder: str) -> list[str]:
        """Names of what is in a folder (empty for the top), sorted; a missing folder is empty."""
        path = self._folder / folder
        try:
            return sorted(entry.name for entry in path.iterdir())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreError(_explain("read", path, error)) from error

    def read(self, name: str) -> bytes:
        """The whole file."""
        path = self._folder / name
        try:
            return path.read_bytes()
        except OSError as error:
            raise StoreError(_explain("read", path, error)) from error

    def read_first_line(self, name: str) -> bytes:
        """The first line, without its end."""
        path = self._folder / name
        try:
            with path.open("rb") as file:
                return file.readline().rstrip(b"\n")
        except OSError as error:
            raise StoreError(_explain("read", path, error)) from error

    def write(self, name: str, content: bytes) -> None:
        """Write a new file so that a crash at any point leaves it whole or absent; never over an existing one."""
        path = self._folder / name
        if path.exists():
            raise StoreError(f"'{path}' is there already; a recorded file is never overwritten.")
        write_over(path, content)

    def delete(self, names: Iterable[str]) -> None:
        """Delete files; one that is gone already is no error."""
        for name in names:
            try:
                (self._folder / name).unlink(missing_ok=True)
            except OSError as error:
                raise StoreError(_explain("delete", self._folder / name, error)) from error


def write_over(path: Path, content: bytes) -> None:
    """Write a file so that a crash at any point leaves the old one, or the whole new one."""
    partial = path.with_name(f".{secrets.token_hex(8)}{PARTIAL}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with partial.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
    except OSError as error:
        raise StoreError(_explain("write", path, error)) from error


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable, where a folder can be opened (not on Windows)."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _explain(verb: str, path: Path, error: OSError) -> str:
    remedy = _REMEDIES.get(errno.errorcode.get(error.errno or 0, ""), "Check that the folder exists and can be used.")
    return f"Could not {verb} '{path}': {error.strerror or error}. {remedy}"
