"""Fixed reference workloads, timed between the slices: they tell a slow machine from slow code.

Three explain 70 to 94 % of the variance between runs (arithmetic, vector, comparison; `benchmarks/accuracy`); a
mixed one beside them adds nothing. They are part of what is recorded: whoever changes one must change
CANARY_VERSION, which makes a new environment, since old and new readings are not comparable.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from itertools import repeat

from msgspec import Struct

CANARY_VERSION = "1"
_FLOATS = 600
_VECTOR = 4000
_LOOP = 400


class Canary(Struct, frozen=True):
    """`work(n)` runs the workload n times; `iterations`: how often for one reading (about 0.3 ms)."""

    name: str
    work: Callable[[int], object]
    iterations: int


def default_canaries() -> tuple[Canary, ...]:
    """The arithmetic, the vector and the comparing canary."""
    return (
        Canary("arithmetic", _arithmetic, 16),
        Canary("comparison", _comparison(), 8),
        Canary("vector", _vector(), 24),
    )


def _arithmetic(times: int) -> int:
    total = 0
    for _ in repeat(None, times):
        for number in range(_LOOP):
            total += number * number & 7
    return total


def _comparison() -> Callable[[int], object]:
    # A fixed scramble of 600 floats: multiplication by a number that is coprime to the modulus.
    floats = [float(index * 7919 % 6007) for index in range(_FLOATS)]

    def work(times: int) -> object:
        result = floats
        for _ in repeat(None, times):
            result = sorted(floats)
        return result

    return work


def _vector() -> Callable[[int], object]:
    import numpy as np

    left, right = np.linspace(0.0, 1.0, _VECTOR), np.linspace(1.0, 2.0, _VECTOR)
    out = np.empty(_VECTOR)
    block = bytes(8192)

    def work(times: int) -> object:
        for _ in repeat(None, times):
            np.multiply(left, right, out=out)
            np.add(out, right, out=out)
            hashlib.sha256(block).digest()
        return out

    return work
