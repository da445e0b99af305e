"""Whether our slices say what timeit and pyperf say of the same function, from 50 ns to 1 s per call, in one run."""

import random
import statistics
import sys
import timeit
from pathlib import Path

import pyperf

sys.path.insert(0, str(Path(__file__).parents[1]))
from results import write

from pytest_perfgate.measure.calls import make_loop
from pytest_perfgate.measure.canary import default_canaries
from pytest_perfgate.measure.clock import SystemClock
from pytest_perfgate.measure.slices import Instrument, SlicePlan, measure
from pytest_perfgate.stats.location import location

TURNS = 60
DEEPEST = 24


def spin(seconds: float):
    count = max(1, round(seconds / 27e-9))

    def function() -> None:
        for _ in range(count):
            pass

    return function


def deep(measure_one, function, depth: int) -> float:
    """At a random depth of the stack: where a frame lies in memory alone makes the same loop up to 5 % slower."""
    return deep(measure_one, function, depth - 1) if depth else measure_one(function)


def tiny() -> int:
    return len("abc") + len("defg") + len("hi")


CASES = {
    "three calls of len, about 50 ns": tiny,
    "1 µs": spin(1e-6),
    "100 µs": spin(1e-4),
    "10 ms": spin(1e-2),
    "1 s": spin(1.0),
}


def ours(function) -> float:
    return location(
        measure(make_loop(function, (), {}), Instrument(SystemClock(), default_canaries()), SlicePlan()).wall
    )


def by_timeit(function) -> float:
    timer = timeit.Timer("call()", setup="call = function", globals={"function": function})
    number, took = timer.autorange()
    number = max(1, round(number * 0.0025 / took))
    repeat = 24 if took / number < 0.02 else 2
    return location([value / number for value in timer.repeat(repeat, number)])


def by_pyperf(function) -> float:
    """pyperf's own inner loop, in this process: its runner would measure in other processes at other moments."""
    task = pyperf.perf_counter
    number = max(1, round(0.0025 / max(ours_hint[0], 1e-9)))
    values = []
    for _ in range(24 if ours_hint[0] < 0.02 else 2):
        began = task()
        for _ in range(number):
            function()
        values.append((task() - began) / number)
    return location(values)


ours_hint = [1e-6]
dice = random.Random(1)
rows = ["| function | ours | timeit | ours / timeit | ours / pyperf's loop |", "| --- | --- | --- | --- | --- |"]
for name, function in CASES.items():
    turns = TURNS if "1 s" not in name else 6
    a, b, c = [], [], []
    for _ in range(turns):
        jobs = [(a, ours), (b, by_timeit), (c, by_pyperf)]
        dice.shuffle(jobs)
        for values, measure_one in jobs:
            values.append(deep(measure_one, function, dice.randrange(DEEPEST)))
            ours_hint[0] = values[-1]
    ratio = statistics.median(x / y for x, y in zip(a, b, strict=True))
    other = statistics.median(x / y for x, y in zip(a, c, strict=True))
    rows.append(f"| {name} | {statistics.median(a):.4g} s | {statistics.median(b):.4g} s | {ratio:.4f} | {other:.4f} |")
write(
    __file__,
    "Bias against timeit and pyperf",
    "\n".join(rows)
    + f"\n\nMedian of the ratios of {TURNS} interleaved turns (6 for 1 s), each measured in random order and at a random depth of the stack. Target: within 1 %.",
)
