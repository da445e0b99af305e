"""The canaries read by themselves, where nothing of ours runs between them: before and after a foreign command."""

from __future__ import annotations

import math
from collections.abc import Mapping

from pytest_perfgate.measure.slices import Instrument
from pytest_perfgate.stats.location import location

# About 0.2 s: as many readings as 8 of our slices-by-processes have, so that the reading's own error is small.
ROUNDS = 200
_NS = 1e-9


def read_canaries(instrument: Instrument, *, rounds: int = ROUNDS) -> dict[str, float]:
    """Seconds per iteration of each canary: the low quantile of `rounds` readings in turns."""
    clock = instrument.clock
    readings: dict[str, list[float]] = {canary.name: [] for canary in instrument.canaries}
    for _ in range(rounds):
        for canary in instrument.canaries:
            began = clock.wall_ns()
            canary.work(canary.iterations)
            readings[canary.name].append((clock.wall_ns() - began) * _NS / canary.iterations)
    return {name: location(values) for name, values in readings.items()}


def between(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """What the canaries may have read meanwhile: the geometric mean of both ends."""
    return {name: math.sqrt(before[name] * after[name]) for name in before}
