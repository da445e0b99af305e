"""The field beside the paired gate: the same twelve benchmarks, the same really slower code, the same minutes.

    python benchmarks/accuracy/peers.py [--gates 4] [--sizes 0 5]

Every round asks each tool, in random order, whether the candidate is slower than the base: the paired gate, our own
alternating mode and our own runs one after the other (three recorded at the base, then the gate); pytest-benchmark with
`--benchmark-compare-fail`; pyperf's `compare_to`; hyperfine, base and candidate in turns, whole processes. All but the
paired gate are held on one core. Needs pyperf, and the program hyperfine where it is to be shown.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent), str(Path(__file__).with_name("suite"))]
from real_pairs import make_project
from results import write
from scipy.stats import ttest_ind
from test_suite import UNITS

PYTHON = sys.executable
PYTEST = (PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider")
PYPERF = """
import pyperf
from work import UNITS, _work
runner = pyperf.Runner()
for name in UNITS:
    runner.bench_func(name, _work(name))
"""
# Each whole process does about 0.1 s of the benchmark's own work, beside 0.15 s of its start.
LOOP = """
import sys
from work import _work
work = _work(sys.argv[1])
for _ in range(int(sys.argv[2])):
    work()
"""
HYPERFINE_TURNS = 8


class Round:
    """One question: two folders with the two revisions, and what each tool answers: the benchmarks it fails."""

    def __init__(self, base: Path, candidate: Path, counts: dict[str, int]) -> None:
        self.base, self.candidate, self.counts = base, candidate, counts

    def tools(self) -> dict[str, Callable[[], dict[str, set[str]]]]:
        """Each answers by rule, since one measurement can be judged by several."""
        found = {"paired": self.paired, "alternating": self.alternating, "one after the other": self.sequential}
        found |= {"pytest-benchmark": self.pytest_benchmark, "pyperf": self.pyperf}
        return found | ({"hyperfine": self.hyperfine} if shutil.which("hyperfine") else {})

    def paired(self) -> dict[str, set[str]]:
        return {"the paired gate": self._ours(PYTEST, "--perfgate-against=HEAD")}

    def alternating(self) -> dict[str, set[str]]:
        return {
            "the same, process after process (`--perfgate-alternate`)": self._ours(
                PYTEST, "--perfgate-against=HEAD", "--perfgate-alternate"
            )
        }

    def sequential(self) -> dict[str, set[str]]:
        """Our baseline mode with the base measured just before."""
        store = self.candidate / ".perfgate-sequential"
        shutil.rmtree(store, ignore_errors=True)
        for _ in range(3):
            run(self.base, pinned(*PYTEST, "--perfgate-record", f"--perfgate-baseline={store}"))
        return {
            "base, then candidate (three recorded runs)": self._ours(pinned(*PYTEST), f"--perfgate-baseline={store}")
        }

    def _ours(self, pytest: tuple[str, ...], *options: str) -> set[str]:
        run(self.candidate, (*pytest, "--perfgate", "--perfgate-report=report.json", *options))
        report = json.loads((self.candidate / "report.json").read_text(encoding="utf-8"))
        return {name_of(row["benchmark"]) for row in report["judgements"] if row["verdict"] == "regressed"}

    def pytest_benchmark(self) -> dict[str, set[str]]:
        times = {}
        for side in (self.base, self.candidate):
            run(side, pinned(*PYTEST, "--benchmark-json=times.json"))
            document = json.loads((side / "times.json").read_text(encoding="utf-8"))
            times[side] = {name_of(one["name"]): one["stats"] for one in document["benchmarks"]}
        # What --benchmark-compare-fail asks: relative change of the statistic.
        change = {
            (name, field): times[self.candidate][name][field] / times[self.base][name][field] - 1
            for name in UNITS
            for field in ("mean", "median", "min")
        }
        return {
            f"pytest-benchmark `--benchmark-compare-fail={field}:{percent}%`": {
                name for name in UNITS if change[name, field] * 100 > percent
            }
            for field, percent in (("mean", 5), ("mean", 10), ("median", 5), ("min", 5))
        }

    def pyperf(self) -> dict[str, set[str]]:
        for side in (self.base, self.candidate):
            (side / "bench_pyperf.py").write_text(PYPERF, encoding="utf-8")
            (side / "pyperf.json").unlink(missing_ok=True)
            size = ("-p", "5", "-n", "3", "-w", "1", "--min-time", "0.05")
            run(side, pinned(PYTHON, "bench_pyperf.py", "-q", "-o", "pyperf.json", *size))
        files = (str(self.base / "pyperf.json"), str(self.candidate / "pyperf.json"))
        found = {}
        for rule, options in (("", ()), (" --min-speed 5", ("--min-speed", "5"))):
            done = run(self.base, (PYTHON, "-m", "pyperf", "compare_to", "-G", *options, *files))
            slower = re.search(r"^Slower \(\d+\):\n((?:- .*\n?)*)", done.stdout, re.MULTILINE)
            names = re.findall(r"^- (\w+):", slower.group(1), re.MULTILINE) if slower else []
            found[f"pyperf `compare_to{rule}`"] = set(names)
        return found

    def hyperfine(self) -> dict[str, set[str]]:
        slow: set[str] = set()
        much: set[str] = set()
        for name in UNITS:
            times: dict[Path, list[float]] = {self.base: [], self.candidate: []}
            for _ in range(HYPERFINE_TURNS):
                for side in random.sample(list(times), 2):
                    (side / "loop.py").write_text(LOOP, encoding="utf-8")
                    command = f"{PYTHON} loop.py {name} {self.counts[name]}"
                    run(side, pinned("hyperfine", "-N", "-r", "1", "-w", "0", "--export-json", "h.json", command))
                    document = json.loads((side / "h.json").read_text(encoding="utf-8"))
                    times[side] += document["results"][0]["times"]
            test = ttest_ind(times[self.candidate], times[self.base], equal_var=False, alternative="greater")
            slow |= {name} if test.pvalue < 0.05 else set()
            ratio = statistics.mean(times[self.candidate]) / statistics.mean(times[self.base])
            much |= {name} if ratio > 1.05 else set()
        turns = f"hyperfine, {HYPERFINE_TURNS} turns"
        return {f"{turns}, Welch's t-test, p < 0.05": slow, f"{turns}, mean 5 % slower": much}


def name_of(benchmark: str) -> str:
    return benchmark.rpartition("[")[2].rstrip("]")


def pinned(*command: str) -> tuple[str, ...]:
    return ("taskset", "-c", str(max(range(os.cpu_count() or 1))), *command) if shutil.which("taskset") else command


def run(folder: Path, command: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def counts(folder: Path) -> dict[str, int]:
    """Iterations of each benchmark that take about 0.1 s."""
    script = (
        "import json, time\nfrom work import UNITS, _work\nfound = {}\n"
        "for name in UNITS:\n    work = _work(name); work(); began = time.perf_counter()\n"
        "    for _ in range(20): work()\n    found[name] = max(1, round(0.1 / ((time.perf_counter() - began) / 20)))\n"
        "print(json.dumps(found))"
    )
    return json.loads(run(folder, pinned(PYTHON, "-c", script)).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gates", type=int, default=4)
    parser.add_argument("--sizes", type=float, nargs="+", default=[0, 5])
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin no new round after so long")
    arguments = parser.parse_args()
    names = sorted(UNITS)
    answers: dict[tuple[str, float], list[tuple[bool, bool]]] = {}
    seconds: dict[str, list[float]] = {}
    tool_of: dict[str, str] = {}
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        candidate, base = Path(folder, "candidate"), Path(folder, "base")
        candidate.mkdir()
        code = make_project(candidate)
        shutil.copytree(candidate, base)
        how_often = counts(base)
        for number in range(arguments.gates):
            victim = names[(number * 5) % len(names)]
            for size in arguments.sizes:
                if time.monotonic() - began > arguments.seconds:
                    break
                slow = f"_SLOW = {{'{victim}': {size}}}" if size else "_SLOW = {}  # unchanged"
                (candidate / "work.py").write_text(code.replace("_SLOW = {}", slow), encoding="utf-8")
                tools = Round(base, candidate, how_often).tools()
                for tool in random.sample(list(tools), len(tools)):
                    start = time.perf_counter()
                    for rule, failing in tools[tool]().items():
                        tool_of[rule] = tool
                        answers.setdefault((rule, size), []).append((victim in failing, bool(failing - {victim})))
                        print(f"{victim} {size:g} %: {rule}: {sorted(failing)}", file=sys.stderr, flush=True)
                    seconds.setdefault(tool, []).append(time.perf_counter() - start)
    report(arguments.sizes, answers, seconds, tool_of)


def report(sizes, answers, seconds, tool_of) -> None:
    head = ["rule"]
    for size in sizes:
        head += ["unchanged builds that fail"] if size == 0 else [f"{size:g} % slower caught", "something else flagged"]
    lines = ["| " + " | ".join([*head, "wall time, mean"]) + " |", "| --- " * (len(head) + 1) + "|"]
    for rule, tool in tool_of.items():
        cells = [rule]
        for size in sizes:
            found = answers.get((rule, size), [])
            if size == 0:
                cells.append(f"{sum(mine or others for mine, others in found)} of {len(found)}")
            else:
                cells += [f"{sum(mine for mine, _ in found)} of {len(found)}"]
                cells += [f"{sum(others for _, others in found)} of {len(found)}"]
        lines.append("| " + " | ".join([*cells, f"{statistics.mean(seconds[tool]):.0f} s"]) + " |")
    write(
        __file__,
        "The paired gate beside its peers",
        "\n".join(lines)
        + "\n\nTwelve benchmarks; the rounds are few, so a share says little more than which side of a half it is on.",
    )


if __name__ == "__main__":
    main()
