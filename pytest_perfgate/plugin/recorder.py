"""What the `perfgate` fixture gives to a test."""

from __future__ import annotations

import math

import pytest


class Recorder:
    """What the `perfgate` fixture gives to a test; records nothing unless a session measures."""

    def __init__(self, item: pytest.Item) -> None:
        self._item = item
        self.values: dict[str, list[tuple[float, str, str]]] = {}

    def metric(self, name: str, value: float, *, unit: str = "1", direction: str = "lower") -> None:
        """Record a value of a metric of your own for this test.

        `name`: letters, digits, `_`, `-` or `.`; `unit`: a base unit (`s`, `B`, `1`, `1/s`); `direction`: which
        way is better, "lower" or "higher". Call it again for further values of the same metric.
        """
        self._check(name, value, unit, direction)
        self.values.setdefault(name, []).append((float(value), unit, direction))

    def _check(self, name: str, value: float, unit: str, direction: str) -> None:
        where = f"perfgate.metric({name!r:.80}, …) in '{self._item.nodeid:.200}'"
        if direction not in {"lower", "higher"}:
            msg = f"{where}: direction is 'lower' or 'higher' (which way is better), not {direction!r:.80}"
            raise ValueError(msg)
        if not (isinstance(name, str) and name and all(c.isalnum() or c in "_-." for c in name)):
            msg = f"{where}: a metric's name has letters, digits, '_', '-' and '.' only"
            raise ValueError(msg)
        if isinstance(value, bool) or not hasattr(value, "__float__") or not math.isfinite(value):
            msg = f"{where}: the value is a finite number, not {value!r:.80}"
            raise TypeError(msg)
        known = self.values.get(name)
        if known and known[0][1:] != (unit, direction):
            msg = f"{where}: recorded before with unit and direction {known[0][1:]}, now {(unit, direction)}"
            raise ValueError(msg)


RECORDERS = pytest.StashKey[dict[str, Recorder]]()
