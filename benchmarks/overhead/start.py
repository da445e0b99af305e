"""What a pytest start costs with and without the plugin: `pytest --collect-only` on an empty folder, side by side."""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from results import write

ROUNDS = 150


def once(folder: str, *arguments: str) -> float:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *arguments]
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=False)
    return time.perf_counter() - began


with tempfile.TemporaryDirectory() as folder:
    times: dict[str, list[float]] = {"with": [], "without": []}
    for _ in range(ROUNDS):
        times["with"].append(once(folder))
        times["without"].append(once(folder, "-p", "no:perfgate"))
    differences = [a - b for a, b in zip(times["with"], times["without"], strict=True)]
    body = "\n".join(
        [
            "| | median | minimum |",
            "| --- | --- | --- |",
            *(
                f"| {name} the plugin | {statistics.median(v) * 1e3:.1f} ms | {min(v) * 1e3:.1f} ms |"
                for name, v in times.items()
            ),
            f"| difference | {statistics.median(differences) * 1e3:.1f} ms | {(min(times['with']) - min(times['without'])) * 1e3:.1f} ms |",
            "",
            f"{ROUNDS} starts each, in turns. Target: below 5 ms.",
        ]
    )
    write(__file__, "Start-up", body)
