"""Record real runs of the suite, one after the other, for `evaluate.py` to draw builds from.

    python benchmarks/accuracy/record.py FOLDER --runs 200 [--neighbour] [--core 1]

Each run is a real `pytest --perfgate-record` of three processes with the default settings. `--neighbour` adds a
process on the same core that works in random bursts (on average 15 s off, 20 s on), as a noisy neighbour does.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

SUITE = Path(__file__).with_name("suite")
NEIGHBOUR = """
import random, time
dice = random.Random(7)
data = bytearray(64 << 20)
while True:
    time.sleep(dice.uniform(5, 25))
    end = time.time() + dice.uniform(10, 30)
    share = dice.choice((0.5, 1.0, 1.0))
    thrash = dice.random() < 0.4
    while time.time() < end:
        began = time.time()
        while time.time() - began < 0.02 * share:
            if thrash:
                for place in range(dice.randrange(4096), len(data), 4096):
                    data[place] = 1
            else:
                sum(range(2000))
        time.sleep(0.02 * (1 - share))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long")
    parser.add_argument("--neighbour", action="store_true")
    parser.add_argument("--core", type=int, help="pin everything to this core")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    (arguments.folder / "pyproject.toml").write_text("[tool.perfgate]\nbaseline = 'runs'\n[tool.pytest.ini_options]\n")
    shutil.copy(SUITE / "test_suite.py", arguments.folder / "test_suite.py")
    if arguments.core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {arguments.core})
    neighbour = subprocess.Popen([sys.executable, "-c", NEIGHBOUR]) if arguments.neighbour else None
    began = time.time()
    try:
        for number in range(arguments.runs):
            if time.time() - began > arguments.seconds:
                break
            command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--perfgate-record"]
            done = subprocess.run(command, cwd=arguments.folder, capture_output=True, text=True, check=False)
            if done.returncode:
                print(done.stdout[-3000:], done.stderr[-2000:])
                raise SystemExit(1)
            print(f"\r{number + 1} runs, {time.time() - began:.0f} s", end="", file=sys.stderr, flush=True)
    finally:
        if neighbour is not None:
            neighbour.kill()
    print(file=sys.stderr)


if __name__ == "__main__":
    main()
