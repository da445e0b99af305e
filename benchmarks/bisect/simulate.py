"""Which way to search, by simulation: how often the right commit is named, what the stated probability is worth, the cost.

    python benchmarks/bisect/simulate.py [--tries 200]

A line of 64 commits, one of which makes it slower. Every pair of processes errs by a normal deviate, and now and then
(3 %) by 5 to 40 %, as whole processes do on a real machine; `wander`: what other commits do to the level.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from results import write

from pytest_perfgate.analysis.bisect import where_it_changed
from pytest_perfgate.model.bisect import BisectQuestion, FindingOutcome, LineCommit, MeasuredPair
from pytest_perfgate.workflows.bisect import bisect
from pytest_perfgate.workflows.bisect_search import BisectPlan, Mark

COMMITS = 64
LINE = [LineCommit(f"{number:040x}") for number in range(COMMITS + 1)]
PLACE = {commit.revision: place for place, commit in enumerate(LINE)}
QUESTION = BisectQuestion(LINE[0].revision, LINE[-1].revision, ("t",), seed=1, budget_s=1e9)


class Machine:
    """Levels along the line, and pairs that measure them."""

    def __init__(self, dice, *, size, noise, wander):
        self.dice, self.noise = dice, noise
        self.culprit = int(dice.integers(1, COMMITS + 1))
        self.levels = np.where(np.arange(COMMITS + 1) >= self.culprit, size, 0.0)
        self.levels = self.levels + dice.normal(0, wander, COMMITS + 1) * (wander > 0)
        self.pairs = self.switches = 0
        self.last = None

    def change(self, base, candidate):
        self.pairs += 1
        self.switches += self.last != (base, candidate)
        self.last = (base, candidate)
        error = self.dice.normal(0, self.noise)
        if self.dice.random() < 0.03:
            error += self.dice.choice([-1, 1]) * self.dice.uniform(0.05, 0.4)
        return float(self.levels[candidate] - self.levels[base] + error)

    def measure(self, base, candidate, _wanted):
        change = self.change(PLACE[base.revision], PLACE[candidate.revision])
        return MeasuredPair(base.revision, candidate.revision, {"t": change})


def middle(marks):
    before = max((PLACE[name] for name, mark in marks.items() if mark is Mark.BEFORE), default=0)
    after = min((PLACE[name] for name, mark in marks.items() if mark is Mark.CHANGED), default=COMMITS)
    return LINE[(before + after) // 2].revision


def ours(machine):
    """As `perfgate bisect` does it: git's order, more pairs where a step is not clear, the named commit against its parent."""
    (finding,), _ = bisect(
        QUESTION, LINE, [], measure=machine.measure, ask=middle, save=lambda _records: None, plan=BisectPlan()
    )
    if finding.outcome not in {FindingOutcome.FOUND, FindingOutcome.UNCERTAIN}:
        return None, 0.0
    return PLACE[finding.culprits[-1].revision], finding.probability


def posterior_median(machine):
    """Horstein's: one pair at the commit on which half of the probability lies, until 99 % lies on one."""
    estimates = {(0, COMMITS): [machine.change(0, COMMITS) for _ in range(5)]}
    while True:
        probabilities = where_it_changed(estimates, COMMITS + 1)
        best = int(np.argmax(probabilities)) + 1
        key = (best - 1, best)
        if (probabilities[best - 1] >= 0.99 and len(estimates.get(key, ())) >= 5) or machine.pairs >= 400:
            return best, probabilities[best - 1]
        if probabilities[best - 1] < 0.99:
            changed_by = np.cumsum(probabilities)
            key = (0, int(np.argmin(np.abs(changed_by[:-1] - 0.5))) + 1)
        estimates.setdefault(key, []).append(machine.change(*key))


def plain(machine):
    """`git bisect run` with a paired comparison of five pairs: slower if it is by more than half of the whole."""
    whole = float(np.median([machine.change(0, COMMITS) for _ in range(5)]))
    before, after = 0, COMMITS
    while after - before > 1:
        place = (before + after) // 2
        if float(np.median([machine.change(0, place) for _ in range(5)])) > whole / 2:
            after = place
        else:
            before = place
    return after, float("nan")


STRATEGIES = {
    "git's order, posterior": ours,
    "posterior median": posterior_median,
    "five pairs, half of the whole": plain,
}
CASES = [
    {"size": 0.08, "noise": 0.015, "wander": 0.0},
    {"size": 0.08, "noise": 0.015, "wander": 0.003},
    {"size": 0.03, "noise": 0.015, "wander": 0.0},
    {"size": 0.03, "noise": 0.015, "wander": 0.003},
    {"size": 0.08, "noise": 0.03, "wander": 0.0},
    {"size": 0.02, "noise": 0.015, "wander": 0.0},
]


def row(name, strategy, case, tries):
    found = []
    for number in range(tries):
        machine = Machine(np.random.default_rng(number), **case)
        place, probability = strategy(machine)
        found.append((place == machine.culprit, probability, machine.pairs, machine.switches))
    right, probability, pairs, switches = (np.asarray(column) for column in zip(*found, strict=True))
    is_sure = probability >= BisectPlan().sure
    sure = f"{is_sure.mean() * 100:.0f} %" if np.isfinite(probability).all() else ""
    right_there = f"{right[is_sure].mean() * 100:.1f} %" if is_sure.any() else ""
    stated = f"{probability[is_sure].mean() * 100:.1f} %" if is_sure.any() else ""
    shown = f"{case['size'] * 100:g} % | {case['noise'] * 100:g} % | {case['wander'] * 100:g} %"
    return (
        f"| {shown} | {name} | {right.mean() * 100:.1f} % | {sure} | {stated} | {right_there} "
        f"| {np.mean(pairs):.0f} ({np.quantile(pairs, 0.95):.0f}) | {np.mean(switches):.1f} |"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tries", type=int, default=200)
    tries = parser.parse_args().tries
    lines = [
        "| change | noise of a pair | wander | strategy | right | at least 95 % sure | then says | then right | pairs (95 %) | times the commits were changed |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for case in CASES:
        for name, strategy in STRATEGIES.items():
            lines.append(row(name, strategy, case, tries))
            print(lines[-1], file=sys.stderr, flush=True)
    body = "\n".join(
        [
            f"{COMMITS} commits, {tries} tries each. One in 33 pairs errs by 5 to 40 % besides.",
            "",
            *lines,
        ]
    )
    write(__file__, "Which way to search for a commit", body)


if __name__ == "__main__":
    main()
