"""What a user names: a file, or a folder with its files; read only when asked, decoded strictly."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers.json_text import decode_json

_Content = TypeVar("_Content")
# Byte order marks and what they stand for; PowerShell's `>` writes UTF-16.
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


class File(Struct, frozen=True):
    """One file: `load` reads its bytes; `modified`: when it was written, None where that is not known."""

    load: Callable[[], bytes]
    modified: Callable[[], datetime | None] = lambda: None


class Source:
    """A file or a folder that a user named.

    `name`: as the user wrote it. `files`: path relative to the folder, with `/`, or the empty text for a single
    file. `nearest`: the text of a file by its name, from the folder that holds the source or one above it, such as
    the tool's project file. Everything that goes wrong is a ForeignFileError with file and place.
    """

    def __init__(
        self, name: str, files: Mapping[str, File], *, nearest: Callable[[str], str | None] = lambda _name: None
    ) -> None:
        self.name = name
        self.files = files
        self.nearest = nearest
        self._json: dict[str, Any] = {}
        self._text: str | None = None
        self._lines: bool | None = None

    @classmethod
    def of_text(cls, text: str | bytes, name: str = "results.json") -> Source:
        """A single file with this content."""
        return cls.of_files({"": text}, name)

    @classmethod
    def of_files(cls, files: Mapping[str, str | bytes], name: str = "results", **options: Any) -> Source:  # noqa: ANN401
        """A folder with these files."""
        encoded = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
        return cls(name, {path: File(functools.partial(bytes, item)) for path, item in encoded.items()}, **options)

    @property
    def is_folder(self) -> bool:
        """Whether the user named a folder."""
        return "" not in self.files

    def path_of(self, path: str = "") -> str:
        """The file as a message names it."""
        return f"{self.name.rstrip('/')}/{path}" if path else self.name

    def text(self, path: str = "") -> str:
        """The decoded text: UTF-8, or what a byte order mark says; line ends are those of Unix."""
        if path or self.is_folder:
            return decode(self.content(path), self.path_of(path))
        if self._text is None:  # asked by every importer that may recognise it
            self._text = decode(self.content(), self.name)
        return self._text

    def content(self, path: str = "") -> bytes:
        """The bytes, for a format that is no text."""
        if path not in self.files:
            problem = "a file is needed, not a folder" if not path else "it is missing"
            raise ForeignFileError(self.path_of(path), problem)
        return self.files[path].load()

    def json(self, path: str = "") -> Any:  # noqa: ANN401 - any JSON value
        """The decoded JSON; the same key twice in one object is an error, since one of the two would be lost."""
        if path in self._json:
            return self._json[path]
        content = decode_json(self.text(path), self.path_of(path))
        if not self.is_folder:  # asked by every importer that may recognise it; of a folder's files each only once
            self._json[path] = content
        return content

    def is_json(self) -> bool:
        """Whether this is a single file that holds one JSON object or list; no error for what is damaged."""
        return not self.is_folder and self.text().lstrip()[:1] in {"{", "["} and not self.is_json_lines()

    def is_json_lines(self) -> bool:
        """Whether this is a single file of a JSON text per line: its first line is a whole one, and more follow."""
        if self.is_folder:
            return False
        if self._lines is None:
            first, _, rest = self.text().strip().partition("\n")
            self._lines = bool(rest) and first.startswith("{") and _is_whole(first)
        return self._lines

    def json_lines(self, *marks: str) -> Iterator[tuple[int, Any]]:
        """(line number, value) of the lines that begin as a JSON object and hold one of `marks`; other lines pass.

        Tools print such lines between lines of other kinds. The marks spare decoding what nobody asks for.
        """
        for number, line in enumerate(self.text().split("\n"), start=1):
            if line.startswith("{") and (not marks or any(mark in line for mark in marks)):
                yield number, decode_json(line, self.name, line=number)

    def typed(self, type_: type[_Content], path: str = "", *, content: Any = None) -> _Content:  # noqa: ANN401
        """The JSON as a msgspec Struct; the error says at which key it is something else."""
        value = self.json(path) if content is None else content
        try:
            return msgspec.convert(value, type_)
        except msgspec.ValidationError as error:
            problem, _, place = str(error).partition(" - at ")
            raise ForeignFileError(self.path_of(path), _plain(problem), place=place.strip("`")) from error

    def modified_at(self, *paths: str) -> datetime | None:
        """When the newest of these files (of the only one, when none is named) was written."""
        times = [self.files[path].modified() for path in paths or [""] if path in self.files]
        return max((time for time in times if time is not None), default=None)


def decode(content: bytes, name: str) -> str:
    """Bytes as text; ForeignFileError with the line when they are in no encoding that we can know."""
    mark, encoding = next(((mark, name) for mark, name in _MARKS if content.startswith(mark)), (b"", "utf-8"))
    try:
        text = content[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: len(mark) + error.start].count(b"\n") + 1
        wrong = f"byte 0x{error.object[error.start]:02x} is not {encoding.upper()}; save the file as UTF-8"
        raise ForeignFileError(name, wrong, place=f"line {line}") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _is_whole(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _plain(problem: str) -> str:
    """Msgspec's message in words."""
    words = {
        "Expected `float`, got `str`": "a number is needed, but it is a text (in quotes)",
        "Expected `int`, got `str`": "a whole number is needed, but it is a text (in quotes)",
        "Expected `float`, got `null`": "a number is needed, but it is null",
        "Expected `object`, got `array`": "an object is needed, but it is a list",
        "Expected `array`, got `object`": "a list is needed, but it is an object",
    }
    return words.get(problem, problem[:1].lower() + problem[1:].replace("`", "'"))
