"""Slices of one process in a bounded, compact form.

Each value is the natural logarithm of its ratio to its column's location, in units of 1/2000 (0.05 %, far below the
noise between slices), as a little-endian int16; the rows are compressed by zlib and written in base64. A value that
has no logarithm (zero, negative, not a number) is kept as zero.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Sequence

import numpy as np

from pytest_perfgate.stats.quantiles import Floats

UNIT = 1 / 2000
_NO_LOGARITHM = -32768
_LIMIT = 32767
# A process has a few dozen slices; what unpacks to more than this is no process.
_MOST_BYTES = 1024 * 1024


def encode_slices(columns: Sequence[Sequence[float]], locations: Sequence[float]) -> str:
    """Columns of equal length, one per clock and canary, as text; empty for no values."""
    table = np.asarray(columns, dtype=np.float64).T
    if not table.size:
        return ""
    with np.errstate(divide="ignore", invalid="ignore"):
        offsets = np.log(table / np.asarray(locations)) / UNIT
    usable = np.isfinite(offsets)
    whole = np.where(usable, np.clip(np.round(np.where(usable, offsets, 0)), -_LIMIT, _LIMIT), _NO_LOGARITHM)
    return base64.b64encode(zlib.compress(whole.astype("<i2").tobytes(), 9)).decode("ascii")


def decode_slices(text: str, locations: Sequence[float]) -> Floats:
    """(slices, columns) values; raises ValueError when the text is damaged."""
    if not text:
        return np.empty((0, len(locations)))
    try:
        unpacker = zlib.decompressobj()
        raw = unpacker.decompress(base64.b64decode(text, validate=True), _MOST_BYTES)
    except (zlib.error, binascii.Error) as error:
        msg = f"slices that can't be unpacked ({error})"
        raise ValueError(msg) from error
    if not unpacker.eof:
        msg = f"slices that are cut off, or unpack to more than {_MOST_BYTES:,} bytes"
        raise ValueError(msg)
    if len(raw) % (2 * len(locations)):
        msg = "slices that do not fill their columns"
        raise ValueError(msg)
    offsets = np.frombuffer(raw, dtype="<i2").reshape(-1, len(locations))
    values: Floats = np.exp(offsets * UNIT) * np.asarray(locations)
    return np.where(offsets == _NO_LOGARITHM, 0.0, values)
