"""How long loading, comparing and judging take: 1,000 benchmarks x 50 runs, and ten times as many benchmarks."""

import resource
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2] / "tests")]

RUNS = 50


def one(count: int) -> None:
    from builders import START, make_run

    from pytest_perfgate.model import Policy
    from pytest_perfgate.storage import open_store
    from pytest_perfgate.workflows.gate import gate
    from pytest_perfgate.workflows.reference import History, Window

    costs = {f"tests/test_module_{n % 40}.py::test_benchmark[{n}]": 1e-6 * (n + 1) for n in range(count)}
    with tempfile.TemporaryDirectory() as folder:
        store = open_store("baselines", Path(folder))
        size = 0
        for number in range(RUNS):
            path = store.save_run(make_run(number, costs, slices=24 if number == 0 else 0))
            size = max(size, Path(path).stat().st_size)
        candidate = make_run(100, costs)
        import scipy.special
        import scipy.stats  # noqa: F401

        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.perf_counter()
        report = gate(
            candidate,
            store=store,
            policy=Policy(),
            window=Window(),
            history=History(),
            acceptances=[],
            now=START + timedelta(days=7),
        )
        took = time.perf_counter() - began
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(
            f"| {count:,} × {RUNS} | {took:.2f} s | {after / 1024:.0f} MiB (before: {before / 1024:.0f}) | {size / count:.0f} | {len(report.judgements):,} |"
        )


if __name__ == "__main__":
    if len(sys.argv) > 2:
        one(int(sys.argv[2]))
    else:
        from results import write

        rows = [
            "| benchmarks × runs | load, compare, judge | peak memory of the process | bytes per benchmark with slices | rows |",
            "| --- | --- | --- | --- | --- |",
        ]
        for count in (100, 1000, 10_000):
            done = subprocess.run(
                [sys.executable, __file__, "one", str(count)], capture_output=True, text=True, check=True
            )
            rows.append(done.stdout.strip())
        write(
            __file__,
            "Scale of the judgement",
            "\n".join(rows)
            + "\n\nEach size in a process of its own; three processes per run. Targets: 1,000 × 50 below 2 s, 10,000 × 50 linear and below 1 GiB.",
        )
