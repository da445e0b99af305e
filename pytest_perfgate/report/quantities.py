"""Numbers and names as a person reads them; names from outside made harmless."""

from __future__ import annotations

import math
import unicodedata

from pytest_perfgate.model import Comparison, ConfidenceInterval, Metric

_SECONDS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_BYTES = ((2.0**30, "GiB"), (2.0**20, "MiB"), (2.0**10, "KiB"), (1.0, "B"))
_COUNTS = ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""))
_DIGITS = 3
_UNIT_WIDTH = 12
_HUGE = 1e5


def format_quantity(value: float, unit: str) -> str:
    """`1.24 ms`, `3.05 MiB`, `12.3 k/s`: three digits and a scaled unit; a unit from outside is made harmless."""
    unit = shorten(unit, _UNIT_WIDTH)
    base, slash, per = unit.partition("/")
    scales = {"s": _SECONDS, "B": _BYTES}.get(base, _COUNTS)
    if not math.isfinite(value):
        return f"{value} {'' if unit == '1' else unit}".strip()
    scale, name = next(((s, n) for s, n in scales if abs(value) >= s * 0.9995), scales[-1])
    if base not in {"s", "B", "1", ""}:
        name = f"{name}{base}"
    return f"{_rounded(value / scale)} {name}{slash}{per}".strip().replace(" /", "/")


def _rounded(value: float) -> str:
    if value == 0:
        return "0"
    if not 1 / _HUGE <= abs(value) <= _HUGE:
        return f"{value:.{_DIGITS}g}"
    decimals = max(0, _DIGITS - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:.{min(decimals, 6)}f}"
    return text.rstrip("0").rstrip(".") if "." in text and float(text) == round(float(text)) else text


def format_percent(change: float) -> str:
    """`+6.2 %`; a change without a bound reads `+∞ %`, one that is no number `? %`."""
    if math.isnan(change):
        return "? %"
    if math.isinf(change):
        return "+∞ %" if change > 0 else "-∞ %"
    percent = change * 100
    if abs(percent) >= _HUGE:
        return f"{percent:+.2g} %"
    # Adding zero keeps a rounded -0.0 from showing its sign.
    return f"{percent:+.0f} %" if abs(percent) >= 100 else f"{round(percent, 1) + 0.0:+.1f} %"  # noqa: PLR2004 - per cent


def format_interval(comparison: Comparison) -> str:
    """`[+4.9, +7.6]`, in per cent, or nothing."""
    if comparison.interval is None:
        return ""
    return format_bounds(comparison.interval)


def format_bounds(interval: ConfidenceInterval) -> str:
    """`[+4.9, +7.6]`, in per cent."""
    bounds = (interval.lower, interval.upper)
    return "[" + ", ".join(format_percent(bound).removesuffix(" %") for bound in bounds) + "]"


def change_in_words(metric: Metric, change: float) -> str:
    """`slower`, `faster`, `more`, `less`: which way it went, whatever the metric's direction."""
    if metric.unit == "s":
        return "slower" if change > 0 else "faster"
    if metric.unit.endswith("/s"):
        return "faster" if change > 0 else "slower"
    return "more" if change > 0 else "less"


def format_machine(shift: float) -> str:
    """What the canaries say of the machine, in a sentence."""
    size = f"{abs(shift) * 100:.0f} %"
    if abs(shift) < 0.02:  # noqa: PLR2004 - below 2 % nobody needs to know
        return "The machine was as fast as in the recorded runs."
    word = "slower" if shift > 0 else "faster"
    return f"The machine was {size} {word} than in the recorded runs; this is taken out of the changes."


def printable(text: str) -> str:
    """Control characters, escapes and line ends as visible escapes; everything else as it is."""
    return "".join(
        char if char == " " or not unicodedata.category(char).startswith(("C", "Z")) else _escaped(char)
        for char in text
    )


def _escaped(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


def shorten(text: str, width: int) -> str:
    """At most `width` columns; the middle goes, since a name's end tells parameters apart."""
    if len(text) <= 2 * width:
        start = end = printable(text)
        if column_width(start) <= width:
            return start
    else:  # only the ends of an endless text are looked at
        start, end = printable(text[:width]), printable(text[-width:])
    head, tail, room = "", "", width - 1
    for left, right in zip(start, reversed(end), strict=False):
        room -= column_width(left)
        if room < 0:
            break
        head += left
        room -= column_width(right)
        if room < 0:
            break
        tail = right + tail
    return f"{head}…{tail}"


def column_width(text: str) -> int:
    """Columns that a terminal needs: wide characters take two, combining ones none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Lines of at most `width` columns, broken at spaces where there are any; counts columns, not characters."""
    lines: list[str] = []
    line = ""
    for word in printable(text).split():
        for piece in _pieces(word, width - len(indent)):
            longer = f"{line} {piece}" if line else piece
            if line and column_width(longer) > width - len(indent):
                lines.append(indent + line)
                longer = piece
            line = longer
    return [*lines, indent + line] if line else lines


def _pieces(word: str, width: int) -> list[str]:
    """A word that is wider than a line, cut into lines."""
    pieces, piece, used = [], "", 0
    for char in word:
        size = column_width(char)
        if used + size > width:
            pieces.append(piece)
            piece, used = "", 0
        piece, used = piece + char, used + size
    return [*pieces, piece]
