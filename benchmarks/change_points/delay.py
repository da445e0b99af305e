"""How many runs after a change it is found, and how often something is found that is not there.

    python benchmarks/change_points/delay.py [--series 40] [--recorded FOLDER...]

A method looks again after each run, as a job on the default branch would. A change of `size` times the scatter comes at
run 60; it is found by the first run at which the method puts a change within 3 runs of it. False: of 1,000 looks at
unchanged noise (runs 31 to 130), how many bring up a change that the look before did not have (within 3 runs).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
from methods import available
from results import write
from run import recorded_noise
from series import SCATTER, noises

AT, LONGEST, NEAR = 60, 40, 3
SIZES = (2, 3, 5, 8)
METHODS = ("perfgate", "Otava", "t-window (as Treeherder)")


def delay(method, values):
    """Runs at the new level when it is found; None when it is not within 40 runs."""
    for count in range(AT + 1, AT + LONGEST + 1):
        if any(abs(place - AT) <= NEAR for place in method(values[:count])):
            return count - AT
    return None


def revealed(method, values):
    """At how many looks something new came up, of 100."""
    before, new = [], 0
    for count in range(31, 131):
        found = method(values[:count])
        new += any(all(abs(place - known) > NEAR for known in before) for place in found)
        before = found
    return new


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=40)
    parser.add_argument("--recorded", type=Path, nargs="*", default=[])
    arguments = parser.parse_args()
    kinds = noises(recorded_noise(arguments.recorded))
    kinds = {name: kinds[name] for name in ("normal", "skewed", "stray runs", "recorded") if name in kinds}
    methods = {name: method for name, method in available().items() if name in METHODS}
    rows = [
        "| noise | method | false per 1,000 looks | "
        + " | ".join(f"{size} × scatter: median runs (found)" for size in SIZES)
        + " |",
        "| --- | --- | --- |" + " --- |" * len(SIZES),
    ]
    for noise, draw in kinds.items():
        for name, method in methods.items():
            dice = np.random.default_rng([1, *map(ord, noise)])
            false = sum(revealed(method, draw(dice, 130)) for _ in range(arguments.series))
            cells = []
            for size in SIZES:
                after = np.arange(AT + LONGEST) >= AT
                took = [
                    delay(method, draw(dice, AT + LONGEST) + after * size * SCATTER) for _ in range(arguments.series)
                ]
                found = [each for each in took if each is not None]
                middle = f"{np.median(found):.0f}" if found else "-"
                cells.append(f"{middle} ({100 * len(found) / len(took):.0f} %)")
            rows.append(f"| {noise} | {name} | {10 * false / arguments.series:.1f} | " + " | ".join(cells) + " |")
    write(
        __file__,
        "How soon a change is found",
        "\n".join(rows)
        + f"\n\n{arguments.series} series for each cell; a change at run {AT}, looked for until run {AT + LONGEST}.",
    )


if __name__ == "__main__":
    main()
