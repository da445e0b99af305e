"""Quantities as people write them: `5ms`, `1.5 GiB`, `300 ns`, `1e6/s`."""

from __future__ import annotations

import math
import re

_PATTERN = re.compile(r"\s*([+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)\s*([^\d\s].*?)?\s*")
_UNITS: dict[str, tuple[float, str]] = {
    "": (1.0, "1"),
    "1": (1.0, "1"),
    "%": (0.01, "1"),
    "ns": (1e-9, "s"),
    "us": (1e-6, "s"),
    "µs": (1e-6, "s"),
    "μs": (1e-6, "s"),
    "ms": (1e-3, "s"),
    "s": (1.0, "s"),
    "min": (60.0, "s"),
    "B": (1.0, "B"),
    "kB": (1e3, "B"),
    "MB": (1e6, "B"),
    "GB": (1e9, "B"),
    "KiB": (2.0**10, "B"),
    "MiB": (2.0**20, "B"),
    "GiB": (2.0**30, "B"),
}


def parse_quantity(text: str) -> tuple[float, str]:
    """Value in the base unit, and that unit (`s`, `B`, `1`, `B/s`, `1/s`); ValueError says what is allowed."""
    match = _PATTERN.fullmatch(text)
    unit = (match.group(2) or "") if match else ""
    per_second = unit.endswith("/s")
    known = _UNITS.get(unit.removesuffix("/s"))
    if match is None or known is None or (per_second and known[1] == "s"):
        raise ValueError(f"{text!r} is no quantity such as '5ms', '300 ns', '1.5 GiB' or '1e6/s'")
    value = float(match.group(1)) * known[0]
    if not math.isfinite(value):
        raise ValueError(f"{text!r} is too large")
    return value, f"{known[1]}/s" if per_second else known[1]


def unit_factor(unit: str) -> tuple[float, str]:
    """What one `unit` is in its base unit, and that unit: `ms` is (0.001, "s"). ValueError for one that is unknown."""
    try:
        return parse_quantity(f"1 {unit}")
    except ValueError:
        known = ", ".join(filter(None, _UNITS))
        raise ValueError(f"'{unit:.40}' is none of the known units: {known}, or one of them per second") from None
