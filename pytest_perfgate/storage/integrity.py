"""Whether a run file is whole: its closing line counts the benchmarks and carries a checksum."""

from __future__ import annotations

import hashlib

import msgspec
from msgspec import Struct

from pytest_perfgate.errors import DamagedFileError

REMEDY = (
    "Restore it with 'git checkout -- FILE', or delete it: a run can be recorded again. "
    "'perfgate baseline verify' checks every file."
)


class End(Struct, frozen=True):
    """The closing line: number of benchmark lines, and the checksum of everything before it."""

    end: int
    sha256: str


_decode_end = msgspec.json.Decoder(End).decode


def check_whole(data: bytes, lines: list[bytes], path: str) -> None:
    """Raise DamagedFileError, with the line, unless the file is all that was written."""
    for number, line in enumerate(lines, start=1):
        if line.startswith((b"<<<<<<<", b"=======", b">>>>>>>")):
            raise DamagedFileError(path, number, "a merge conflict was left in it", REMEDY)
    last = lines[-2] if len(lines) > 1 else b""
    try:
        if lines[-1]:
            raise ValueError("no closing line")  # noqa: TRY301 - one place says what a damaged end means
        end = _decode_end(last)
    except (msgspec.MsgspecError, ValueError) as error:
        raise DamagedFileError(path, len(lines), "it ends in the middle (truncated)", REMEDY) from error
    body = data[: len(data) - len(last) - 1]
    if end.end != len(lines) - 3:
        problem = f"it holds {len(lines) - 3} benchmarks, its last line says {end.end}"
        raise DamagedFileError(path, len(lines) - 1, problem, REMEDY)
    if hashlib.sha256(body).hexdigest() != end.sha256:
        number = _first_bad_line(lines)
        raise DamagedFileError(
            path, number, "its checksum does not match: it was changed by hand or by a fault", REMEDY
        )


def _first_bad_line(lines: list[bytes]) -> int:
    for number, line in enumerate(lines[1:-2], start=2):
        try:
            msgspec.json.decode(line)
        except (msgspec.MsgspecError, ValueError):
            return number
    return len(lines) - 1


def what_is_wrong(text: bytes, error: Exception) -> str:
    """What a line that can't be read is, in words."""
    if text.startswith((b"<<<<<<<", b"=======", b">>>>>>>")):
        return "a merge conflict was left in it"
    return f"not a line of a recorded run ({error})" if text else "an empty line"
