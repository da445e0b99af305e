"""The part of CBOR that Rust's serde writes: enough to read cargo-criterion's records (RFC 8949)."""

from __future__ import annotations

import struct
from typing import Any

_MOST_LEVELS = 50
_FLOATS = {25: ">e", 26: ">f", 27: ">d"}
_SIMPLE: dict[int, bool | None] = {20: False, 21: True, 22: None, 23: None}
_LENGTHS = {24: 1, 25: 2, 26: 4, 27: 8}
_INDEFINITE = 31
_BREAK = object()


def decode_cbor(data: bytes) -> Any:  # noqa: ANN401 - any CBOR value
    """The value; ValueError with the byte at which it is damaged."""
    value, end = _item(data, 0, 0)
    if value is _BREAK or end != len(data):
        raise ValueError(f"CBOR that goes on after its end, at byte {end}")
    return value


def _item(data: bytes, at: int, level: int) -> tuple[Any, int]:
    if level > _MOST_LEVELS:
        raise ValueError(f"CBOR that is nested too deep, at byte {at}")
    major, low = _byte(data, at) >> 5, _byte(data, at) & 31
    if major == 7:  # noqa: PLR2004 - floats and simple values
        return _float_or_simple(data, at, low)
    if low == _INDEFINITE:
        return _indefinite(data, at + 1, major, level)
    number, at = _number(data, at, low)
    if major in {0, 1}:
        return number if major == 0 else -1 - number, at
    if major in {2, 3}:
        return _string(data, at, number, major)
    if major == 6:  # noqa: PLR2004 - a tag: what it tags is enough
        return _item(data, at, level + 1)
    return _collection(data, at, number, major, level)


def _byte(data: bytes, at: int) -> int:
    if at >= len(data):
        raise ValueError(f"CBOR that ends in the middle, at byte {at}")
    return data[at]


def _number(data: bytes, at: int, low: int) -> tuple[int, int]:
    if low < min(_LENGTHS):
        return low, at + 1
    length = _LENGTHS.get(low)
    if length is None or at + 1 + length > len(data):
        raise ValueError(f"CBOR that is damaged, at byte {at}")
    return int.from_bytes(data[at + 1 : at + 1 + length], "big"), at + 1 + length


def _string(data: bytes, at: int, length: int, major: int) -> tuple[str | bytes, int]:
    if at + length > len(data):
        raise ValueError(f"CBOR that ends in the middle, at byte {len(data)}")
    raw = data[at : at + length]
    return (raw if major == 2 else raw.decode("utf-8")), at + length  # noqa: PLR2004 - 2 is bytes


def _collection(data: bytes, at: int, count: int, major: int, level: int) -> tuple[Any, int]:
    if count > len(data):  # each item takes one byte at least
        raise ValueError(f"CBOR that is damaged, at byte {at}")
    items = []
    for _ in range(count * (major - 3)):
        value, at = _item(data, at, level + 1)
        items.append(value)
    return _made(items, major, at), at


def _indefinite(data: bytes, at: int, major: int, level: int) -> tuple[Any, int]:
    items = []
    while True:
        value, at = _item(data, at, level + 1)
        if value is _BREAK:
            break
        items.append(value)
    if major in {2, 3}:
        return (b"" if major == 2 else "").join(items), at  # noqa: PLR2004 - 2 is bytes
    return _made(items, major, at), at


def _made(items: list[Any], major: int, at: int) -> Any:  # noqa: ANN401
    if major == 4:  # noqa: PLR2004 - an array
        return items
    if len(items) % 2 or not all(isinstance(key, (str, int)) for key in items[::2]):
        raise ValueError(f"CBOR with a key that is no text, before byte {at}")
    return dict(zip(items[::2], items[1::2], strict=True))


def _float_or_simple(data: bytes, at: int, low: int) -> tuple[Any, int]:
    if low == _INDEFINITE:
        return _BREAK, at + 1
    if low in _FLOATS:
        length = _LENGTHS[low]
        if at + 1 + length > len(data):
            raise ValueError(f"CBOR that ends in the middle, at byte {len(data)}")
        return struct.unpack(_FLOATS[low], data[at + 1 : at + 1 + length])[0], at + 1 + length
    if low not in _SIMPLE:
        raise ValueError(f"CBOR with an unknown value, at byte {at}")
    return _SIMPLE[low], at + 1
