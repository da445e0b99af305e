"""Real paired gates on really slower code, in a real git repository: what they cost in wall time, and what they catch.

    python benchmarks/accuracy/real_pairs.py [--gates 6] [--sizes 0 2 3 5]

The twelve benchmarks of `suite/` as a project: `work.py` is the code, and the candidate's `work.py` differs from the
committed one by how much of its own work one benchmark does. Everything as a user runs it, start-up included.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).with_name("suite"))]
from results import write
from test_suite import UNITS

SUITE = Path(__file__).with_name("suite") / "test_suite.py"
TEST = """
import pytest
from work import UNITS, _work

@pytest.mark.parametrize("name", UNITS)
def test_suite(benchmark, name):
    benchmark(_work(name))
"""


def run(folder: Path, *command: str) -> tuple[float, int]:
    began = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    return time.perf_counter() - began, done.returncode


def make_project(folder: Path) -> str:
    """The repository; returns the text of `work.py`."""
    code = SUITE.read_text(encoding="utf-8").split("@pytest.mark.parametrize")[0].replace("import pytest\n", "")
    code = code.replace(
        '_SLOW = dict(pair.split("=") for pair in os.environ.get("SLOW", "").split(",") if pair)', "_SLOW = {}"
    )
    (folder / "work.py").write_text(code, encoding="utf-8")
    (folder / "test_it.py").write_text(TEST, encoding="utf-8")
    (folder / "pyproject.toml").write_text("[tool.pytest.ini_options]\n", encoding="utf-8")
    (folder / ".gitignore").write_text("__pycache__/\n.perfgate/\nreport.json\n.pytest_cache/\n", encoding="utf-8")
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for arguments in (("init", "-q"), ("add", "-A"), (*identity, "commit", "-qm", "base")):
        subprocess.run(["git", *arguments], cwd=folder, check=True)
    return code


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gates", type=int, default=6)
    parser.add_argument("--sizes", type=float, nargs="+", default=[0, 2, 3, 5])
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long")
    arguments = parser.parse_args()
    names = sorted(UNITS)
    found: dict[float, list[tuple[float, bool, bool, int, int]]] = {size: [] for size in arguments.sizes}
    began = time.time()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        code = make_project(folder)
        pytest = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")
        for number in range(arguments.gates):
            victim = names[(number * 5) % len(names)]
            for size in arguments.sizes:
                if time.time() - began > arguments.seconds:
                    break
                slow = f"_SLOW = {{'{victim}': {size}}}" if size else "_SLOW = {}  # unchanged"
                (folder / "work.py").write_text(code.replace("_SLOW = {}", slow), encoding="utf-8")
                took, exit_code = run(
                    folder, *pytest, "--perfgate", "--perfgate-against=HEAD", "--perfgate-report=report.json"
                )
                report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
                rows = [row for row in report["judgements"] if row["metric"]["name"] == "execution_time"]
                failing = {row["benchmark"] for row in rows if row["verdict"] == "regressed"}
                mine = f"test_it.py::test_suite[{victim}]"
                pairs = max((row["comparison"]["baseline_runs"] for row in rows if row["comparison"]), default=0)
                found[size].append((took, mine in failing, bool(failing - {mine}), pairs, exit_code))
                print(
                    f"{victim} {size:g} %: {took:.0f} s, {pairs} pairs, {sorted(failing)}", file=sys.stderr, flush=True
                )
    lines = [
        "| | gates | victim flagged | others flagged | wall time, mean | longest | most pairs of a benchmark, mean |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for size, gates in found.items():
        if not gates:
            continue
        what = "unchanged code" if size == 0 else f"one benchmark does {size:g} % more work"
        times = [took for took, *_ in gates]
        lines.append(
            f"| {what} | {len(gates)} | {sum(g[1] for g in gates)} | {sum(g[2] for g in gates)} | "
            f"{statistics.mean(times):.0f} s | {max(times):.0f} s | {statistics.mean(g[3] for g in gates):.0f} |"
        )
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    write(
        __file__,
        "Real paired gates on really slower code",
        "\n".join(lines)
        + f"\n\nTwelve benchmarks, the default budget of 60 s. Load of the machine at the end: {load:.1f}.",
    )


if __name__ == "__main__":
    main()
