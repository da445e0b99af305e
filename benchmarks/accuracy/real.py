"""Real gates on really slower code: what they cost in wall time, and what they catch.

    python benchmarks/accuracy/real.py FOLDER [--gates 12] [--core 1] [--write]

FOLDER was made by `record.py`; ten of its runs, evenly spread, are the baseline. In turns: a gate on unchanged code,
gates in which one benchmark really does 10, 15 and 25 % more of its own work, and plain pytest-benchmark.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent / "suite")]
from results import write
from test_suite import UNITS

SIZES = (0, 10, 15, 25)


def run(folder: Path, *arguments: str, **environ: str) -> tuple[float, int]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    began = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env={**os.environ, **environ}, capture_output=True, check=False)
    return time.perf_counter() - began, done.returncode


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--gates", type=int, default=12)
    parser.add_argument("--core", type=int)
    arguments = parser.parse_args()
    if arguments.core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {arguments.core})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("pyproject.toml", "test_suite.py"):
            shutil.copy(arguments.folder / file, folder)
        recorded = sorted(arguments.folder.glob("runs/*/*.jsonl"))
        for path in recorded[:: max(1, len(recorded) // 10)][:10]:
            target = folder / "runs" / path.parent.name / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
        times: dict[str, list[float]] = {"plain": []}
        caught, others, codes = dict.fromkeys(SIZES, 0), dict.fromkeys(SIZES, 0), []
        names = sorted(UNITS)
        for number in range(arguments.gates):
            victim = names[number % len(names)]
            for size in SIZES:
                took, code = run(folder, "--perfgate", "--perfgate-report=report.json", SLOW=f"{victim}={size}")
                times.setdefault(f"{size}", []).append(took)
                codes.append(code)
                rows = json.loads((folder / "report.json").read_text())["judgements"]
                failing = {row["benchmark"] for row in rows if row["verdict"] == "regressed"}
                mine = f"test_suite.py::test_suite[{victim}]"
                caught[size] += mine in failing
                others[size] += bool(failing - {mine})
            times["plain"].append(run(folder)[0])
            print(f"\r{number + 1} of {arguments.gates}", end="", file=sys.stderr, flush=True)
    lines = [
        "| | gates | victim flagged | others flagged | wall time, mean | median |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for size in SIZES:
        what = "unchanged code" if size == 0 else f"one benchmark does {size} % more work"
        mean, middle = statistics.mean(times[str(size)]), statistics.median(times[str(size)])
        lines.append(
            f"| {what} | {arguments.gates} | {caught[size]} | {others[size]} | {mean:.1f} s | {middle:.1f} s |"
        )
    lines.append(
        f"| plain pytest-benchmark | {arguments.gates} | | | {statistics.mean(times['plain']):.1f} s | {statistics.median(times['plain']):.1f} s |"
    )
    write(
        __file__,
        "Real gates on really slower code",
        "\n".join(lines)
        + f"\n\nTwelve benchmarks, ten recorded runs, the machine's own noise. Exit codes seen: {sorted(set(codes))}.",
    )


if __name__ == "__main__":
    main()
