"""The rim: opens what a user named, within limits, and hands out a Source."""

from __future__ import annotations

import functools
import gzip
import os
import stat
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers.source import File, Source, decode

LARGEST_FILE = 256 * 2**20
MOST_FILES = 1_000_000
_GZIP = b"\x1f\x8b"
STANDARD_INPUT = "-"
_HEARD_EVERY = 100
Heard = Callable[[int, int], None]


def open_source(name: str, *, largest: int = LARGEST_FILE, heard: Heard | None = None) -> Source:
    """The file or folder `name`, or standard input for `-`; contents are read when an importer asks for them.

    `largest`: bytes, also after unpacking. `heard`: hears now and then how many of a folder's files were read, and how
    many there are. Raises ForeignFileError for what is missing or neither file nor folder.
    """
    if name == STANDARD_INPUT:
        content = _unpacked(sys.stdin.buffer.read(largest + 1), "standard input", largest)
        return Source("standard input", {"": File(lambda: content)})
    path = Path(name)
    if stat.S_ISDIR(_status(name).st_mode):
        return Source(name, _Folder(path, largest, heard), nearest=lambda wanted: _nearest(path, wanted))
    return Source(name, {"": _file(name, largest)}, nearest=lambda wanted: _nearest(path.parent, wanted))


class _Folder(Mapping[str, File]):
    """The files of a folder by their paths; a tree of reports may hold hundreds of thousands, few of which are read."""

    def __init__(self, folder: Path, largest: int, heard: Heard | None = None) -> None:
        self._folder, self._largest, self._heard, self._read = str(folder), largest, heard, 0
        self._paths = dict.fromkeys(sorted(_walk(folder)))

    def __getitem__(self, path: str) -> File:
        if path not in self._paths:
            raise KeyError(path)
        full = f"{self._folder}/{path}"
        return File(load=functools.partial(self._load, full), modified=functools.partial(_modified_at, full))

    def _load(self, path: str) -> bytes:
        self._read += 1
        if self._heard is not None and self._read % _HEARD_EVERY == 0:
            self._heard(min(self._read, len(self._paths)), len(self._paths))
        return _load(path, self._largest)

    def __contains__(self, path: object) -> bool:
        return path in self._paths

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def _nearest(folder: Path, wanted: str) -> str | None:
    """The text of the file `wanted` in the folder or above it, else in the working folder or above that."""
    for start in (folder.resolve(), Path.cwd()):
        for place in (start, *start.parents):
            path = place / wanted
            if path.is_file():
                return decode(_file(str(path), LARGEST_FILE).load(), str(path))
    return None


def _status(path: str) -> os.stat_result:
    try:
        return _checked(os.stat(path), path)  # noqa: PTH116 - a Path for each of 50,000 files costs seconds
    except OSError as error:
        raise ForeignFileError(path, _why_not(error)) from error


def _checked(status: os.stat_result, path: str) -> os.stat_result:
    """A pipe or a device would be waited for, or read, for ever."""
    if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
        raise ForeignFileError(path, "it is neither a file nor a folder")
    return status


def _file(path: str, largest: int) -> File:
    return File(load=functools.partial(_load, path, largest), modified=functools.partial(_modified_at, path))


def _modified_at(path: str) -> datetime:
    return datetime.fromtimestamp(_status(path).st_mtime, timezone.utc)


def _load(path: str, largest: int) -> bytes:
    _refuse_larger(_status(path).st_size, path, largest)  # before a gigabyte is read
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - as above
            return _unpacked(file.read(largest + 1), path, largest)
    except OSError as error:
        raise ForeignFileError(path, _why_not(error)) from error


def _unpacked(content: bytes, name: str, largest: int) -> bytes:
    if content.startswith(_GZIP):
        content = _gunzip(content, name, largest)
    _refuse_larger(len(content), name, largest)
    return content


def _refuse_larger(size: int, name: str, largest: int) -> None:
    if size > largest:
        problem = f"it is larger than {largest / 2**20:g} MiB, the most that is read; a benchmark's results are smaller"
        raise ForeignFileError(name, problem)


def _gunzip(content: bytes, name: str, largest: int) -> bytes:
    import io

    try:
        with gzip.open(io.BytesIO(content)) as packed:
            return packed.read(largest + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ForeignFileError(name, f"it is packed by gzip, and damaged: {error}") from error


def _walk(folder: Path) -> Iterator[str]:
    """Paths of all files below a folder; a folder that was seen already (a loop of links) is not entered again."""
    waiting = [""]
    seen: set[tuple[int, int]] = set()
    count = 0
    while waiting:
        prefix = waiting.pop()
        for name, is_folder in _entries(f"{folder}/{prefix}", seen):
            if is_folder:
                waiting.append(f"{prefix}{name}/")
                continue
            count += 1
            if count > MOST_FILES:
                raise ForeignFileError(str(folder), f"it holds more than {MOST_FILES:,} files; name a folder below it")
            yield prefix + name


def _entries(folder: str, seen: set[tuple[int, int]]) -> list[tuple[str, bool]]:
    try:
        status = os.stat(folder)  # noqa: PTH116 - as above
        if status.st_ino and (status.st_dev, status.st_ino) in seen:
            return []
        seen.add((status.st_dev, status.st_ino))
        with os.scandir(folder) as entries:
            return [(entry.name, _is_folder(entry)) for entry in entries]
    except OSError as error:
        raise ForeignFileError(folder, _why_not(error)) from error


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _why_not(error: OSError) -> str:
    return f"it can't be read: {error.strerror or error}"
