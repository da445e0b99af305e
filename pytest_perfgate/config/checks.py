"""Checks of single values: each returns the value in its own type, or says by ValueError what is wanted."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from pytest_perfgate.model import BUILT_IN_METRICS
from pytest_perfgate.model.quantity import parse_quantity

REPORT_SUFFIXES = (".json", ".md", ".html", ".txt", ".zip")
_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


def a_text(value: object) -> str:
    """A text."""
    if not isinstance(value, str):
        raise ValueError("a text")  # noqa: TRY004 - the caller turns it into one message
    return value


def a_whole(least: int) -> Callable[[object], int]:
    """A whole number, `least` or more."""

    def check(value: object) -> int:
        number = _read(int, value) if isinstance(value, str) else value
        if isinstance(number, bool) or not isinstance(number, int) or number < least:
            raise ValueError(f"a whole number, {least} or more")
        return number

    return check


def a_number(least: float, most: float = math.inf, *, open_ends: bool = True) -> Callable[[object], float]:
    """A finite number above `least` and below `most`."""
    wanted = f"a number over {least:g}" + (f" and below {most:g}" if math.isfinite(most) else "")

    def check(value: object) -> float:
        plain = isinstance(value, (str, int, float)) and not isinstance(value, bool)
        number = _read(float, value) if plain else math.nan
        if not math.isfinite(number) or not (least < number < most if open_ends else least <= number <= most):
            raise ValueError(wanted)
        return number

    return check


def _read(number: Callable[[Any], float], value: object) -> float:
    """The number, or NaN, which no check lets pass."""
    try:
        return number(value)
    except (ValueError, OverflowError):
        return math.nan


def a_flag(value: object) -> bool:
    """True or false, also in words."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in _TRUE | _FALSE:
        return value.lower() in _TRUE
    raise ValueError("true or false")


def a_choice(*allowed: str) -> Callable[[object], str]:
    """One of the allowed texts."""

    def check(value: object) -> str:
        if value not in allowed:
            raise ValueError("one of " + ", ".join(f"'{name}'" for name in allowed))
        return str(value)

    return check


def texts(value: object) -> tuple[str, ...]:
    """A list of texts, or one text with commas."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, (list, tuple)) and all(isinstance(part, str) for part in value):
        return tuple(value)
    raise ValueError("a list of texts")


def metric_names(value: object) -> tuple[str, ...]:
    """Names of metrics that we measure."""
    names = texts(value)
    for name in names:
        if name not in BUILT_IN_METRICS:
            raise ValueError(f"a list of metrics; '{name}' is none{hint(name, BUILT_IN_METRICS)}")
    return names


def report_files(value: object) -> tuple[str, ...]:
    """Names of report files."""
    names = texts(value)
    if any(Path(name).suffix not in REPORT_SUFFIXES for name in names):
        raise ValueError("files that end in " + ", ".join(REPORT_SUFFIXES))
    return names


def minimum_changes(value: object) -> dict[str, float]:
    """A table metric -> share, or a text such as 'execution_time=5%'."""
    if isinstance(value, str):
        pairs = dict(part.split("=", 1) for part in value.split(",") if "=" in part)
        value = {name.strip(): text for name, text in pairs.items()}
    if not isinstance(value, Mapping):
        raise ValueError("a table such as {execution_time = 0.05}")  # noqa: TRY004 - one message for all
    return {str(name): a_share(share) for name, share in value.items()}


def a_share(value: object) -> float:
    """A share: 0.05 or '5%'."""
    if isinstance(value, str):
        try:
            value, unit = parse_quantity(value)
        except ValueError:
            unit = ""
        if unit != "1":
            raise ValueError("a share such as 0.05 or '5%'")
    return a_number(0.0, 10.0)(value)


def a_baseline(value: object) -> str:
    """A folder, or a branch."""
    text = a_text(value)
    if not text or text == "git-branch:":
        raise ValueError("a folder, or 'git-branch:NAME'")
    return text


def hint(name: str, known: Iterable[str]) -> str:
    """`; did you mean …?`, where something close is known."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


def shown(value: object) -> str:
    """A wrong value in a message: quoted, a list of one as what is in it, nothing endless."""
    only = value[0] if isinstance(value, (list, tuple)) and len(value) == 1 else value
    return f"{only!r:.80}"
