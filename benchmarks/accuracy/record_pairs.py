"""Record real pairs of processes in lockstep, one pair after the other, for `evaluate_pairs.py` to draw builds from.

    python benchmarks/accuracy/record_pairs.py FILE --pairs 300 [--slow 3] [--neighbour] [--core 1] [--option …]

Each line of FILE is one pair: seconds per iteration of every slice of both sides, wall and CPU. `--slow 3` gives the
candidate 3 % more of every benchmark's own work; several (`--slow 0 --slow 3`) take turns.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from record import NEIGHBOUR, SUITE

from pytest_perfgate.measure.lockstep import Lockstep, LockstepPlan
from pytest_perfgate.measure.pair import BenchmarkProcess, SideCommand

sys.path.insert(0, str(SUITE))
from test_suite import UNITS


def slow(percent: float) -> str:
    return ",".join(f"{name}={percent}" for name in UNITS)


def start(folder: Path, percent: float, number: int, hash_seed: str) -> list[BenchmarkProcess]:
    sides = []
    for name, much in (("base", 0.0), ("candidate", percent)):
        environ = {**os.environ, "SLOW": slow(much), "PYTHONHASHSEED": hash_seed or "random"}
        command = (sys.executable, "-m", "pytest")
        side = SideCommand(name, command, ("-q", "-p", "no:cacheprovider"), str(folder), environ)
        sides.append(BenchmarkProcess(side, folder / "pair", number))
    return sides


def one_pair(folder: Path, percent: float, number: int, arguments: argparse.Namespace) -> dict[str, object]:
    dice = random.Random()
    shared = "" if arguments.own_hash_seeds else str(dice.randrange(1, 2**32))
    (folder / "pair").mkdir()
    began = time.time()
    sides = start(folder, percent, number, shared)
    try:
        plan = LockstepPlan(slice_s=arguments.slice, budget_s=arguments.budget, slices=arguments.slices)
        result = Lockstep(*sides, plan, dice).run(None, core=arguments.core)
        if result.error:
            raise SystemExit(f"{result.error}\n" + "\n".join(side.last_words() for side in sides))
        took = time.time() - began
        for side in sides:
            side.finish(10)
    finally:
        for side in sides:
            side.kill()
        shutil.rmtree(folder / "pair")
    values = {}
    for benchmark in result.order:
        name = benchmark.split("[")[1][:-1]
        values[name] = {
            f"{which}_{kind}": next(
                s.values for s in getattr(result, which).ended[benchmark].samples if s.metric.name == metric
            )
            for which in ("base", "candidate")
            for kind, metric in (("wall", "execution_time"), ("cpu", "cpu_time"))
        }
    return {"at": began, "took": took, "slow": percent, "values": values}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--pairs", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long")
    parser.add_argument("--slow", type=float, action="append", help="percent; several take turns")
    parser.add_argument("--neighbour", action="store_true")
    parser.add_argument("--core", type=int)
    parser.add_argument("--slice", type=float, default=LockstepPlan().slice_s)
    parser.add_argument("--budget", type=float, default=LockstepPlan().budget_s)
    parser.add_argument("--slices", type=int, default=LockstepPlan().slices)
    parser.add_argument("--own-hash-seeds", action="store_true", help="a hash seed for each process, not for each pair")
    arguments = parser.parse_args()
    neighbour = None
    if arguments.neighbour:
        neighbour = subprocess.Popen([sys.executable, "-c", NEIGHBOUR])
        if arguments.core is not None and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(neighbour.pid, {arguments.core})
    began = time.time()
    try:
        with tempfile.TemporaryDirectory() as name, arguments.file.open("a", encoding="utf-8") as file:
            folder = Path(name)
            (folder / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
            shutil.copy(SUITE / "test_suite.py", folder)
            for number in range(arguments.pairs):
                if time.time() - began > arguments.seconds:
                    break
                percent = (arguments.slow or [0.0])[number % len(arguments.slow or [0.0])]
                file.write(json.dumps(one_pair(folder, percent, number, arguments)) + "\n")
                file.flush()
                print(f"\r{number + 1} pairs, {time.time() - began:.0f} s", end="", file=sys.stderr, flush=True)
    finally:
        if neighbour is not None:
            neighbour.kill()
    print(file=sys.stderr)


if __name__ == "__main__":
    main()
