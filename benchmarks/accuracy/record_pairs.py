"""Record real pairs of processes in lockstep, one pair after the other, for `evaluate_pairs.py` to draw builds from.

    python benchmarks/accuracy/record_pairs.py FILE --pairs 300 [--slow 0 --slow 3] [--neighbour] [--core 1] [...]

Each line of FILE is one pair of the gate's own making. `--slow 3` gives the candidate 3 % more of every benchmark's own
work; several take turns. The other options vary the instrument, to see what it is worth.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
from msgspec.structs import replace

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).with_name("suite"))]
from record import NEIGHBOUR, SUITE
from test_suite import UNITS

from pytest_perfgate.measure.lockstep import Lockstep, LockstepPlan
from pytest_perfgate.measure.pair import SideCommand
from pytest_perfgate.model import Pair
from pytest_perfgate.wiring import pairs
from pytest_perfgate.wiring.pairs import PairRunner

PLAN = LockstepPlan()


class RandomBlocks(Lockstep):
    """ABBA or BAAB, drawn for each two pairs of slices."""

    def _orders(self):
        while True:
            yield from (self._peers, self._peers[::-1])[:: self._dice.choice([1, -1])]


def runner(folder: Path, percent: float, seed: int, arguments: argparse.Namespace) -> PairRunner:
    def side(name: str, much: float) -> SideCommand:
        slow = ",".join(f"{unit}={much}" for unit in UNITS)
        environ = {**os.environ, "SLOW": slow}
        if arguments.own_hash_seeds:
            environ["PYTHONHASHSEED"] = "random"
        fixed = ("setarch", os.uname().machine, "-R") if arguments.same_layout else ()
        command = (*fixed, sys.executable, "-m", "pytest")
        return SideCommand(name, command, ("-q", "-p", "no:cacheprovider"), str(folder), environ)

    plan = LockstepPlan(slice_s=arguments.slice, budget_s=arguments.budget, slices=arguments.slices)
    core = None if arguments.unpinned else arguments.core
    return PairRunner(side("base", 0.0), side("candidate", percent), plan=plan, seed=seed, core=core)


def timed(pair: Pair) -> Pair:
    """Only the times: the rest is not drawn from."""

    def kept(side):
        return replace(side, samples=tuple(s for s in side.samples if s.metric.name in {"execution_time", "cpu_time"}))

    return replace(pair, base=kept(pair.base), candidate=kept(pair.candidate))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--pairs", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long")
    parser.add_argument("--slow", type=float, action="append", help="percent; several take turns")
    parser.add_argument("--neighbour", action="store_true")
    parser.add_argument("--core", type=int, default=max(range(os.cpu_count() or 1)))
    parser.add_argument("--slice", type=float, default=PLAN.slice_s)
    parser.add_argument("--budget", type=float, default=PLAN.budget_s)
    parser.add_argument("--slices", type=int, default=PLAN.slices)
    parser.add_argument("--own-hash-seeds", action="store_true", help="a hash seed for each process, not for each pair")
    parser.add_argument("--same-layout", action="store_true", help="no random address layout (Linux: setarch -R)")
    parser.add_argument("--unpinned", action="store_true", help="both sides wherever the system puts them")
    parser.add_argument("--random-blocks", action="store_true", help="ABBA or BAAB, drawn for each two pairs of slices")
    arguments = parser.parse_args()
    if arguments.random_blocks:
        pairs.Lockstep = RandomBlocks
    neighbour = None
    if arguments.neighbour:
        neighbour = subprocess.Popen([sys.executable, "-c", NEIGHBOUR])
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(neighbour.pid, {arguments.core})
    began = time.time()
    sizes = arguments.slow or [0.0]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
        shutil.copy(SUITE / "test_suite.py", folder)
        runners = {size: runner(folder, size, number, arguments) for number, size in enumerate(dict.fromkeys(sizes))}
        try:
            with arguments.file.open("ab") as file:
                for number in range(arguments.pairs):
                    if time.time() - began > arguments.seconds:
                        break
                    size = sizes[number % len(sizes)]
                    pair = runners[size].measure(None)
                    if pair.broken:
                        raise SystemExit(pair.broken)
                    file.write(msgspec.json.encode({"slow": size, "at": time.time(), "pair": timed(pair)}) + b"\n")
                    print(f"\r{number + 1} pairs, {time.time() - began:.0f} s", end="", file=sys.stderr, flush=True)
        finally:
            for one in runners.values():
                one.close()
            if neighbour is not None:
                neighbour.kill()
    print(file=sys.stderr)


if __name__ == "__main__":
    main()
