"""What stands under a row that needs it: its recorded levels as a line of bars, and when its budget breaks."""

from __future__ import annotations

import math
from datetime import datetime

from pytest_perfgate.model import Judgement
from pytest_perfgate.report.history import sparkline
from pytest_perfgate.report.quantities import column_width, format_quantity

_MOST_BARS = 60
_FEWEST_BARS = 4


def is_heading(row: Judgement) -> bool:
    """Whether its trend breaks its budget within a year: such a row is shown even if nothing else happened."""
    return row.past is not None and row.past.breaks_on is not None


def past_lines(row: Judgement, width: int = 120, *, unicode: bool = True) -> list[str]:
    """At most one line of each kind, of at most `width` columns; without `unicode` numbers instead of bars."""
    return [line for line in (_levels(row, width, bars=unicode), _budget(row)) if line]


def _levels(row: Judgement, width: int, *, bars: bool) -> str:
    levels = [] if row.past is None else [math.nan if level is None else level for level in row.past.levels]
    known = [level for level in levels if math.isfinite(level)]
    if len(known) < 2:  # noqa: PLR2004 - one level is no history
        return ""
    low, high = (format_quantity(level, row.metric.unit) for level in (min(known), max(known)))
    numbers = low if low == high else f"{low} to {high}"
    room = min(width - column_width(f"recorded  {numbers}"), _MOST_BARS)
    if not bars or room < _FEWEST_BARS:
        return f"recorded {numbers}"
    return f"recorded {sparkline(levels, width=room)} {numbers}"


def _budget(row: Judgement) -> str:
    past = row.past
    if past is None or past.breaks_on is None or past.budget is None:
        return ""
    bound = format_quantity(past.budget, row.metric.unit)
    return f"its budget of {bound} breaks {breaks_in_words(past.breaks_on, past.breaks_from, past.breaks_until)}"


def breaks_in_words(on: datetime, earliest: datetime | None, latest: datetime | None) -> str:
    """`on 2026-06-09 (2026-06-02 to 2026-06-18)`."""
    since = f"{earliest:%Y-%m-%d}" if earliest is not None else "now"
    until = f"{latest:%Y-%m-%d}" if latest is not None else "later"
    return f"on {on:%Y-%m-%d} ({since} to {until})"
