"""`perfgate bisect` on example repositories: how often it names the planted commit, how long it takes.

    python benchmarks/bisect/run.py [--tries 20] [--commits 64] [--slow 8]

Every try makes a repository of 64 commits, each of which changes the package a little. One of them, anywhere, makes the
benchmark 8 % slower by really doing more; the one in the middle, which git asks for first, can't be imported.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from results import write

ROUNDS = 1000
PROJECT = '[tool.pytest.ini_options]\npythonpath = ["src"]\naddopts = ["-p", "no:cacheprovider"]\n'
SUITE = "from shop import total\n\n\ndef test_total(benchmark):\n    benchmark(total)\n"
MODULE = '''"""The part that is measured."""

ROUNDS = {rounds}
{others}

def total():
    found = 0
    for number in range(ROUNDS):
        found = (found * 31 + number) % 1000003
    return found
'''


class Repository:
    """One try's repository; good is its first commit, bad its last."""

    def __init__(self, folder: Path, commits: int, percent: float, seed: int) -> None:
        self.folder, self.percent = folder, percent
        dice = random.Random(f"repository {seed}")
        self.broken = commits // 2
        self.culprit = dice.choice([place for place in range(1, commits + 1) if place != self.broken])
        self.git("-c", "init.defaultBranch=main", "init", "-q")
        self.write("pyproject.toml", PROJECT)
        self.write(".gitignore", ".perfgate/\n__pycache__/\n")
        self.write("tests/test_total.py", SUITE)
        others: list[str] = []
        for place in range(commits + 1):
            others.append(f"\n\ndef helper_{place}(value={place}):\n    return value + {dice.randrange(1000)}")
            if dice.random() < 0.3 and len(others) > 5:
                others.pop(dice.randrange(len(others)))
            self.write_module(place, others)
            self.write(f"src/other_{place % 7}.py", f"NUMBER = {dice.randrange(1000)}\n")
            self.commit(f"change {place}")

    def write_module(self, place: int, others: list[str]) -> None:
        rounds = round(ROUNDS * (1 + self.percent / 100)) if place >= self.culprit else ROUNDS
        text = MODULE.format(rounds=rounds, others="".join(others))
        self.write("src/shop.py", text if place != self.broken else f"import no_such_module\n{text}")

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def git(self, *arguments: str) -> str:
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=self.folder, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self, subject: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", subject)


def one_try(seed: int, arguments: argparse.Namespace) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as name:
        repository = Repository(Path(name), arguments.commits, arguments.slow, seed)
        good = repository.git("rev-list", "--max-parents=0", "HEAD")
        command = [sys.executable, "-m", "pytest_perfgate", "bisect", "--good", good, "--bad", "HEAD", "--json"]
        began = time.monotonic()
        done = subprocess.run(
            [*command, "tests/test_total.py"],
            cwd=name,
            env={**os.environ, "GIT_CEILING_DIRECTORIES": str(Path(name).parent)},
            capture_output=True,
            text=True,
            check=False,
        )
        took = time.monotonic() - began
        if not done.stdout:
            raise SystemExit(done.stderr)
        report = json.loads(done.stdout)
        (finding,) = report["findings"]
        named = [int(commit["subject"].split()[-1]) for commit in finding["culprits"]]
        return {
            "planted": repository.culprit,
            "outcome": finding["outcome"],
            "named": named,
            "right": repository.culprit in named and finding["outcome"] == "found",
            "probability": finding["probability"],
            "own": finding["own"],
            "commits": report["measured_commits"],
            "pairs": report["pairs"],
            "seconds": took,
        }


def _probability(probability: float) -> str:
    return "over 99.9 %" if probability > 0.999 else f"{probability:.1%}"


def row(found: dict) -> str:
    own = found["own"]
    interval = (
        f"{own['relative']:+.1%} [{own['interval']['lower']:+.1%}, {own['interval']['upper']:+.1%}]" if own else ""
    )
    named = ", ".join(map(str, found["named"])) or found["outcome"]
    return (
        f"| {found['planted']} | {named} | {'yes' if found['right'] else '**no**'} | {_probability(found['probability'])} "
        f"| {interval} | {found['commits']} | {found['pairs']} | {found['seconds']:.0f} s |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tries", type=int, default=20)
    parser.add_argument("--commits", type=int, default=64)
    parser.add_argument("--slow", type=float, default=8.0, help="percent")
    arguments = parser.parse_args()
    tries = []
    for seed in range(arguments.tries):
        tries.append(one_try(seed, arguments))
        print(row(tries[-1]), file=sys.stderr, flush=True)
    right = sum(found["right"] for found in tries)
    wrong = sum(found["outcome"] == "found" and not found["right"] for found in tries)
    true = arguments.slow / 100
    sized = [found for found in tries if found["right"] and found["own"]]
    inside = sum(found["own"]["interval"]["lower"] <= true <= found["own"]["interval"]["upper"] for found in sized)
    seconds = sorted(found["seconds"] for found in tries)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    body = [
        f"{arguments.commits} commits, one of which is {arguments.slow:g} % slower; the one in the middle can't be imported.",
        "",
        f"**{right} of {len(tries)} right**, {wrong} wrong; the others name no commit.",
        f"The 95 % interval of the named commit's own change holds the planted one in {inside} of {len(sized)}.",
        f"Median {seconds[len(seconds) // 2]:.0f} s, longest {seconds[-1]:.0f} s, on {cores} core{'s' * (cores != 1)}.",
        "",
        "| planted | named | right | probability | its own change | commits measured | pairs | time |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        *(row(found) for found in tries),
    ]
    write(__file__, "The commit that made it slower", "\n".join(body))


if __name__ == "__main__":
    main()
