"""Whether our slices say what timeit and pyperf say of the same function, from 50 ns to 1 s per call, in one run.

    python benchmarks/overhead/bias.py

A slice of ours, with its canaries and its warm-up, one by timeit and one by pyperf's loop take turns, in random order, so
that the machine does to all three what it does to one. Each turn is at a random depth of the stack: where a frame lies
in memory alone makes the same loop up to 5 % slower.
"""

from __future__ import annotations

import functools
import random
import statistics
import sys
import timeit
from collections.abc import Callable
from itertools import repeat
from pathlib import Path

import numpy as np
from pyperf import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1]))
from results import write

from pytest_perfgate.measure.calls import make_loop
from pytest_perfgate.measure.canary import default_canaries
from pytest_perfgate.measure.clock import SystemClock
from pytest_perfgate.measure.slices import Instrument, SlicePlan, calibrate, time_slice

DEEPEST = 24
SLICES = 12
INSTRUMENT = Instrument(SystemClock(), default_canaries())
TOOLS = ("ours", "timeit", "pyperf")
Function = Callable[[], object]


def spin(seconds: float) -> Function:
    """A function that takes so long on this machine."""

    def function(count: int) -> None:
        for _ in range(count):
            pass

    once = min(timeit.repeat(lambda: function(100_000), number=1, repeat=20)) / 100_000
    count = max(1, round(seconds / once))
    return lambda: function(count)


def tiny() -> int:
    return len("abc") + len("defg") + len("hi")


# Turns, of SLICES slices of each tool; a slice of 1 s is one call.
CASES: dict[str, tuple[Function, int]] = {
    "50 ns": (tiny, 250),
    "1 µs": (spin(1e-6), 250),
    "100 µs": (spin(1e-4), 250),
    "10 ms": (spin(1e-2), 60),
    "1 s": (spin(1.0), 4),
}


def by_pyperf(function: Function, loops: int) -> float:
    """The inner loop of pyperf's `bench_func`, in this process: its runner would measure in others, at other moments."""
    range_it = range(loops)
    began = perf_counter()
    for _ in range_it:
        function()
    return perf_counter() - began


def slices_of(function: Function) -> dict[str, Callable[[], float]]:
    """One slice by each tool, in seconds per call."""
    loop = make_loop(function, (), {})
    number, _ = calibrate(loop, INSTRUMENT.clock, SlicePlan().slice_s)
    timer = timeit.Timer("call()", setup="call = function", globals={"function": function})
    return {
        "ours": lambda: time_slice(loop, INSTRUMENT, number)[0] * 1e-9 / number,
        "timeit": lambda: timer.timeit(number) / number,
        "pyperf": lambda: by_pyperf(function, number) / number,
    }


def turn(function: Function, slices: int, dice: random.Random) -> dict[str, float]:
    """Median seconds per call by each tool, over slices in turns."""
    tools, order = slices_of(function), list(TOOLS)
    found: dict[str, list[float]] = {name: [] for name in TOOLS}
    for _ in range(slices):
        dice.shuffle(order)
        for name in order:
            found[name].append(tools[name]())
    return {name: statistics.median(values) for name, values in found.items()}


def deep(work: Callable[[], dict[str, float]], depth: int) -> dict[str, float]:
    return deep(work, depth - 1) if depth else work()


def ratio_of(ours: np.ndarray, other: np.ndarray) -> str:
    """Median over the turns, with a 95 % interval from resampled turns."""
    ratios = ours / other
    draws = np.random.default_rng(1).choice(ratios, (2000, len(ratios)))
    low, high = np.quantile(np.median(draws, axis=1), [0.025, 0.975])
    return f"{np.median(ratios):.4f} ({low:.4f}-{high:.4f})"


def loop_costs(rounds: int = 50, number: int = 1_000_000) -> tuple[float, float]:
    """What timeit's way and pyperf's way to count cost per call."""

    def of(count: Callable[[], object]) -> float:
        return min(timeit.repeat("for _ in count(): pass", globals={"count": count}, number=1, repeat=rounds)) / number

    return of(lambda: repeat(None, number)), of(lambda: range(number))


def main() -> None:
    dice = random.Random(1)
    by_repeat, by_range = loop_costs()
    rows = [
        "| per call | turns | ours | timeit | ours / timeit (95 %) | ours / pyperf's loop | the same, its counting taken out |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, (function, turns) in CASES.items():
        print(name, file=sys.stderr, flush=True)
        work = functools.partial(turn, function, SLICES, dice)
        found = [deep(work, dice.randrange(DEEPEST)) for _ in range(turns)]
        ours, peer, other = (np.array([one[tool] for one in found]) for tool in TOOLS)
        rows.append(
            f"| {name} | {turns} | {np.median(ours):.4g} s | {np.median(peer):.4g} s | {ratio_of(ours, peer)} "
            f"| {ratio_of(ours, other)} | {ratio_of(ours, other - (by_range - by_repeat))} |"
        )
    write(
        __file__,
        "Bias against timeit and pyperf",
        "\n".join(rows)
        + f"\n\nMedians over the turns, each of {SLICES} slices by each tool. Target: within 1 %. Counting by `repeat` "
        f"(timeit, ours) costs {by_repeat * 1e9:.1f} ns per call, by `range` (pyperf) {by_range * 1e9:.1f} ns.",
    )


if __name__ == "__main__":
    main()
