"""What the anomaly check adds to the gate: 50 runs x 100 benchmarks with all their metrics, each case in a new process."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2] / "tests")]

RUNS, BENCHMARKS, TRIES = 50, 100, 5
COSTS = {f"t.py::test[{n}]": 1e-6 * (n + 1) for n in range(BENCHMARKS)}


def one(folder: str, machine: str) -> None:
    # The gate has loaded these before it asks.
    import scipy.special  # noqa: F401
    from builders import make_run, with_resources

    from pytest_perfgate.analysis.anomalies import AnomalyRule
    from pytest_perfgate.storage import open_store
    from pytest_perfgate.workflows.anomalies import check_against_recorded

    odd = machine == "unusual"
    candidate = with_resources(make_run(100, COSTS, machine=1.8 if odd else 1.0), load=9.0 if odd else 0.3)
    store = open_store("baselines", Path(folder))
    began, cpu = time.perf_counter(), time.process_time()
    check = check_against_recorded(candidate, store, AnomalyRule())
    took = time.perf_counter() - began
    assert check.unusual == odd
    print(took, time.process_time() - cpu, "sklearn" in sys.modules)


def main() -> None:
    from builders import make_run, with_resources
    from results import write

    from pytest_perfgate.storage import open_store

    rows = ["| run | wall clock, best of 5 | CPU, best of 5 | scikit-learn imported |", "| --- | --- | --- | --- |"]
    with tempfile.TemporaryDirectory() as folder:
        store = open_store("baselines", Path(folder))
        for number in range(RUNS):
            store.save_run(with_resources(make_run(number, COSTS, slices=24)))
        for kind in ("ordinary", "unusual"):
            done = [
                subprocess.run([sys.executable, __file__, folder, kind], capture_output=True, text=True, check=True)
                for _ in range(TRIES)
            ]
            words = [each.stdout.split() for each in done]
            wall, cpu = (min(float(word[place]) for word in words) for place in (0, 1))
            rows.append(f"| {kind} | {wall:.2f} s | {cpu:.2f} s | {words[0][2]} |")
    write(
        __file__,
        "What the anomaly check adds to the gate",
        "\n".join(rows)
        + f"\n\n{RUNS} runs × {BENCHMARKS} benchmarks of history, three processes each. The wall clock is that of a shared core.",
    )


if __name__ == "__main__":
    if len(sys.argv) == 3:
        one(*sys.argv[1:])
    else:
        main()
