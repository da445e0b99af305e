"""Where the seconds of a pair of processes go.

    python benchmarks/accuracy/stages.py [--pairs 12]

The coordinator's clock around each stage of real pairs of the twelve benchmarks; what lies under a stage is waited for
by both sides.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent), str(Path(__file__).with_name("suite"))]
from record import SUITE
from results import write

from pytest_perfgate.measure.lockstep import Lockstep, LockstepPlan
from pytest_perfgate.measure.pair import SideCommand
from pytest_perfgate.wiring.pairs import PairRunner

STAGES = {
    "_begin": "waiting until both have started and collected (they do so on the other core while the pair before measures)",
    "_calibrated": "calibrating: how many iterations make a slice",
    "_slices": "slices, in turns",
    "_last_word": "allocations of one traced call, teardown, handing the samples over",
    "other": "each test's set-up; what was imported, and from where",
}


def watch(spent: dict[str, float]) -> None:
    """Add up what each stage takes."""

    def timed(name: str) -> None:
        plain = getattr(Lockstep, name)

        def wrapped(self, *arguments, **options):
            began = time.perf_counter()
            try:
                return plain(self, *arguments, **options)
            finally:
                spent[name] += time.perf_counter() - began

        setattr(Lockstep, name, wrapped)

    for name in ("_begin", "_calibrated", "_take_turns", "_last_word", "run"):
        timed(name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=12)
    parser.add_argument("--core", type=int, default=max(range(os.cpu_count() or 1)))
    arguments = parser.parse_args()
    spent: dict[str, float] = defaultdict(float)
    watch(spent)
    per_pair: dict[str, list[float]] = {name: [] for name in STAGES}
    with tempfile.TemporaryDirectory() as name:
        suite = Path(name, "test_suite.py")
        suite.write_bytes((SUITE / "test_suite.py").read_bytes())
        sides = [
            SideCommand(side, (sys.executable, "-m", "pytest"), ("-q", "-p", "no:cacheprovider"), name, {**os.environ})
            for side in ("base", "candidate")
        ]
        runner = PairRunner(*sides, plan=LockstepPlan(), seed=1, core=arguments.core)
        try:
            for number in range(arguments.pairs + 1):
                spent.clear()
                runner.measure(None)
                if number == 0:
                    continue  # nothing was there before it, on whose time it could have started
                spent["_slices"] = spent["_take_turns"] - spent["_calibrated"]
                spent["other"] = spent["run"] - sum(spent[stage] for stage in STAGES if stage != "other")
                for stage in STAGES:
                    per_pair[stage].append(spent[stage])
        finally:
            runner.close()
    total = sum(statistics.mean(values) for values in per_pair.values())
    lines = ["| stage | seconds per pair | share |", "| --- | --- | --- |"]
    for stage, what in STAGES.items():
        mean = statistics.mean(per_pair[stage])
        lines.append(f"| {what} | {mean:.2f} | {100 * mean / total:.0f} % |")
    lines.append(f"| all | {total:.2f} | |")
    write(__file__, "Where the time of a pair goes", "\n".join(lines) + f"\n\nMean of {arguments.pairs} pairs.")


if __name__ == "__main__":
    main()
