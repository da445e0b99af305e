"""How long a backtest takes, and how that grows with benchmarks and runs.

Each size in a process of its own, one worker: the newest eight runs are judged under one setting, as recorded, with the
known changes taken out, and with one slowdown. The rest of a longer history is more such tasks.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2] / "tests")]

SIZES = ((100, 60), (300, 60), (1000, 60), (1000, 120))
JUDGED = 8


def one(benchmarks: int, runs: int) -> None:
    from noisy_runs import noisy_run

    from pytest_perfgate import wiring
    from pytest_perfgate.storage import open_store
    from pytest_perfgate.wiring.backtest import present_setting
    from pytest_perfgate.wiring.tasks import Workers

    deviations = {
        f"tests/test_module_{n % 40}.py::test_it[{n}]": 0.01 + 0.02 * n / benchmarks for n in range(benchmarks)
    }
    slower = dict.fromkeys(list(deviations)[::10], 0.2)
    with tempfile.TemporaryDirectory() as folder:
        store = open_store("baselines", Path(folder))
        for number in range(runs):
            store.save_run(noisy_run(number, deviations, slower=slower if number >= runs - 4 else {}))
        project = wiring.open_project(Path(folder), {}, {})
        request = wiring.BacktestRequest(
            settings=(present_setting(project),), sizes=(0.1,), last=JUDGED, seed=1, workers=Workers(jobs=1)
        )
        began, used = time.perf_counter(), time.process_time()
        report = wiring.run_backtest(project, request, None, lambda *_: None, print)
        took, cpu = time.perf_counter() - began, time.process_time() - used
    (result,) = report.results
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"| {benchmarks:,} × {runs} | {cpu:.1f} s ({took:.1f} s) | {cpu / JUDGED:.2f} s | {peak:.0f} MiB "
        f"| {len(report.steps)} of {len(slower)} | {result.found} of {result.known} |"
    )


if __name__ == "__main__":
    if len(sys.argv) > 2:
        one(int(sys.argv[2]), int(sys.argv[3]))
    else:
        from results import write

        rows = []
        for benchmarks, runs in SIZES:
            done = subprocess.run(
                [sys.executable, __file__, "one", str(benchmarks), str(runs)],
                capture_output=True,
                text=True,
                check=True,
            )
            rows.append(done.stdout.strip())
        write(
            __file__,
            "Scale of the backtest",
            "| benchmarks × runs | whole: CPU time (wall) | CPU time per build | peak memory | changes seen | of those failed a build |\n"
            "| --- | --- | --- | --- | --- | --- |\n"
            + "\n".join(rows)
            + f"\n\nEach size in a process of its own, one worker, {JUDGED} builds judged, each three times (as recorded, unchanged, "
            "with a slowdown); a window of 50 runs. A build's share includes reading the whole history once for its "
            "changes of level. Builds are judged independently, so that time divides by the number of workers.",
        )
