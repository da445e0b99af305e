"""The real error of the paired gate over all its looks, by simulation: unchanged code, known noise.

    python benchmarks/accuracy/looks.py [--builds 2000]

Twelve benchmarks whose pairs scatter as they did on the real machine: normal, and with one pair in ten gone wrong by 5
to 10 %. Looks after every pair from the third on. Beside the gate's design: the same test at every look without paying.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from scipy.stats import t as student

sys.path.insert(0, str(Path(__file__).parents[1]))
from results import write

from pytest_perfgate.analysis.paired import Looks
from pytest_perfgate.model.policy import FEWEST_PAIRS
from pytest_perfgate.stats.multiplicity import benjamini_hochberg
from pytest_perfgate.stats.paired_change import paired_changes

BENCHMARKS, MOST, ALPHA = 12, 20, 0.01
SPREAD = 0.012


def noise(kind: str, dice: np.random.Generator) -> np.ndarray:
    values = dice.normal(0.0, SPREAD, (MOST, BENCHMARKS))
    if kind == "one pair in ten gone wrong":
        wrong = dice.random(values.shape) < 0.1
        values = values + wrong * dice.choice([-1, 1], values.shape) * dice.uniform(0.05, 0.10, values.shape)
    return values


def fails(values: np.ndarray, *, paid: bool, least: float) -> bool:
    """Whether any look of the build flags any benchmark as slower."""
    per_test = ALPHA / BENCHMARKS
    for pairs in range(FEWEST_PAIRS, MOST + 1):
        found = paired_changes(values[:pairs])
        p_values = 2 * student.sf(np.abs(found.change) / found.error, found.df)
        if paid:
            p_values = p_values * per_test / Looks(MOST, last=pairs == MOST).level(per_test, pairs, late=True)
        adjusted = benjamini_hochberg(np.minimum(p_values, 1.0))
        if np.any((adjusted < ALPHA) & (found.change >= np.log1p(least))):
            return True
    return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--builds", type=int, default=2000)
    builds = parser.parse_args().builds
    lines = [
        "| noise | looks | estimate must reach | builds falsely failing (slower side) |",
        "| --- | --- | --- | --- |",
    ]
    for kind in ("normal", "one pair in ten gone wrong"):
        for paid in (True, False):
            for least in (0.0, 0.01):
                dice = np.random.default_rng(20260101)
                false = sum(fails(noise(kind, dice), paid=paid, least=least) for _ in range(builds))
                how = "paid for (the gate)" if paid else "not paid for"
                lines.append(f"| {kind} | {how} | {least * 100:g} % | {100 * false / builds:.2f} % |")
                print(lines[-1], file=sys.stderr, flush=True)
    write(
        __file__,
        "Error over all looks",
        "\n".join(lines)
        + f"\n\n{builds} simulated builds of {BENCHMARKS} benchmarks, {MOST - FEWEST_PAIRS + 1} looks each, alpha {ALPHA} "
        "two-sided over the suite: 0.5 % is what the slower side may reach where the estimate need not reach anything.",
    )


if __name__ == "__main__":
    main()
