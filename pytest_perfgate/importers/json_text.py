"""JSON as foreign tools write it, decoded strictly: damage has a place, and nothing is dropped in silence."""

from __future__ import annotations

import json
import re
from typing import Any

from pytest_perfgate.errors import ForeignFileError

# A JSON text may escape half of a character; no UTF-8 file, and so no recorded run, can hold it.
_HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")


def decode_json(text: str, name: str, *, line: int = 0) -> Any:  # noqa: ANN401 - any JSON value
    """The value of a JSON text; ForeignFileError names file, line and column.

    NaN and Infinity, which are no JSON but which Python's and JavaScript's tools write, are read as such: whoever
    uses the value must look. `line`: where the text stands in its file, for a file of one JSON text per line.
    """
    try:
        value = _DECODER.decode(text)
        return _without_halves(value) if _HALF_CHARACTER.search(text) else value
    except json.JSONDecodeError as error:
        place = f"line {line or error.lineno}, column {error.colno}"
        raise ForeignFileError(name, _what_is_wrong(text, error), place=place) from error
    except RecursionError as error:
        raise ForeignFileError(name, "it is nested too deep; no benchmark tool writes that") from error
    except ValueError as error:  # a repeated key, or a number of thousands of digits
        raise ForeignFileError(name, str(error), place=f"line {line}" if line else "") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key '{twice:.80}' stands twice in one object; which of the two counts is not known")
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_object)


def _what_is_wrong(text: str, error: json.JSONDecodeError) -> str:
    if not text.strip():
        return "it is empty"
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
        return "it ends in the middle (truncated?)"
    return f"not valid JSON: {error.msg[:1].lower()}{error.msg[1:]}"


def _without_halves(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [_without_halves(item) for item in value]
    if isinstance(value, dict):
        return {_without_halves(key): _without_halves(item) for key, item in value.items()}
    return value
