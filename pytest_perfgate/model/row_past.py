"""The recorded runs behind a row of a report."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class RowPast(Struct, frozen=True):
    """What was recorded of a row that needs a second look, or has a budget.

    `levels`: one per recorded run of the window, oldest first, in the metric's unit, the machine's speed taken out
    where it is known; None where it was not measured. `budget`: the bound that their trend leads to; `breaks_on`:
    when, `breaks_from` and `breaks_until` its 95 % range (None: not within ten years). All four are None where no
    trend is proven that breaks it within a year.
    """

    levels: tuple[float | None, ...]
    budget: float | None = None
    breaks_on: datetime | None = None
    breaks_from: datetime | None = None
    breaks_until: datetime | None = None
