"""How far back: `90d`, `12h`, `4w`, or a day."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import click

_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


class Since(click.ParamType):  # type: ignore[type-arg]  # click 8.1 knows no argument
    """A point in time: so long ago, or the beginning of a day in UTC."""

    name = "period"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:  # noqa: ANN401 - click's
        """The point in time, in UTC."""
        if isinstance(value, datetime):
            return value
        text = str(value)
        try:
            if found := re.fullmatch(r"(\d{1,5})([hdw])", text):
                return datetime.now(timezone.utc) - int(found[1]) * _UNITS[found[2]]
            return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=timezone.utc)
        except (ValueError, OverflowError):
            return self.fail(
                f"'{text:.40}' is no period such as 90d, 12h or 4w, and no day such as 2026-01-31.", param, ctx
            )


def since_option(default: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add --since."""
    words = "Only runs since then: 90d, 12h, 4w, or a day such as 2026-01-31."
    return click.option("--since", type=Since(), default=default, show_default=True, metavar="PERIOD", help=words)
