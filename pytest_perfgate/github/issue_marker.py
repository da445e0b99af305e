"""What is hidden at the end of an issue, by which it is found again whatever a person does to its title."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date

import msgspec
from msgspec import Struct

from pytest_perfgate.model.landed import LandedChange

_MARKER = re.compile(r"<!-- perfgate issue (\{[^<>]*\}) -->\s*\Z")
# An issue has room for so many; see `Marker.whole`.
_MOST_ROWS = 300


class MarkedRow(Struct, frozen=True, omit_defaults=True):
    """A row as it was when the issue was opened or last updated: numbers only."""

    before: float | None = None
    change: float | None = None


class Marker(Struct, frozen=True):
    """What an issue is about, hidden at its end; row keys, commits and numbers, so it can hold no text of others.

    `good`, `bad`: the range as it was found. `commented`: the day of the newest news. `whole`: more rows than are
    kept here, so that every other row of the same range belongs to it.
    """

    fingerprint: str
    rows: dict[str, MarkedRow]
    good: str = ""
    bad: str = ""
    commented: date | None = None
    whole: bool = False


def parse_marker(body: str | None) -> Marker | None:
    """The marker of an issue's text, or None."""
    match = _MARKER.search(_plain(body))
    if match is None:
        return None
    try:
        return msgspec.json.decode(match.group(1), type=Marker)
    except msgspec.MsgspecError:
        return None


def make_marker(parts: Sequence[tuple[str, LandedChange]], known: Marker | None, commented: date | None) -> Marker:
    """The rows of the changes, each with its suite.

    Of a row that was known, the level before it stays; of a known issue, its name.
    """
    old = known.rows if known is not None else {}
    rows = dict(old)
    wanted = {row.key(suite): row for suite, change in parts for row in change.rows}
    for key, row in sorted(wanted.items(), key=lambda item: -abs(item[1].relative_change or 0.0)):
        if key in old or len(rows) < _MOST_ROWS:
            before = old[key].before if key in old else row.before
            rows[key] = MarkedRow(_short(before), _short(row.relative_change))
    first = parts[0][1]
    return Marker(
        fingerprint=known.fingerprint if known is not None else first.fingerprint,
        rows=rows,
        good=_hexadecimal(first.good),
        bad=_hexadecimal(first.bad),
        commented=commented,
        whole=(known is not None and known.whole) or not wanted.keys() <= rows.keys(),
    )


def _hexadecimal(text: str) -> str:
    return text if re.fullmatch("[0-9a-f]{7,64}", text) else ""


def _short(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(f"{value:.6g}")


def render_marker(marker: Marker) -> str:
    """The hidden line at the end of an issue's text."""
    return f"<!-- perfgate issue {msgspec.json.encode(marker).decode()} -->"


def without_marker(body: str | None) -> str:
    """The text of an issue that is to be ours no more."""
    return _MARKER.sub("", _plain(body))


def _plain(body: str | None) -> str:
    """GitHub may keep other line ends."""
    return (body or "").replace("\r\n", "\n")
