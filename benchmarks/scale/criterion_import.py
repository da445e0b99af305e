"""How long `perfgate import criterion` takes for 10,000 benchmark folders, and how much memory."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2] / "tests")]

COUNT = 10_000


def write_tree(folder: Path) -> int:
    """A tree as Criterion 0.5 leaves it: 100 samples, new/ and base/, the pages of a report."""
    import criterion_trees as trees

    trees.counts = lambda _mode, samples=100, step=37: [float(step * (n + 1)) for n in range(samples)]
    files = 0
    for number in range(COUNT):
        name = (f"group {number // 100}", "function", str(number))
        contents = {}
        for place in ("new", "base"):
            contents.update(trees.result(*name, ns=100.0 + number, throughput={"Bytes": 1024}, place=place))
        base = f"{trees.folder_of(*name)}"
        contents[f"{base}/change/estimates.json"] = json.dumps({"mean": {"point_estimate": 0.0}})
        contents.update(
            {
                f"{base}/report/{page}": "<svg/>"
                for page in ("index.html", "pdf.svg", "regression.svg", "typical.svg", "mean.svg", "median.svg")
            }
        )
        trees.write(folder, contents)
        files += len(contents)
    return files


def measured(*arguments: str, cwd: Path) -> tuple[float, float, float]:
    """Seconds by the clock and by the CPU, and peak MiB, of a command; start and imports included."""
    code = "import sys, resource, time; began = time.perf_counter()\nfrom pytest_perfgate.cli import main\ntry: main(sys.argv[1:])\nexcept SystemExit as end: assert not end.code, end.code\nprint(time.perf_counter() - began, time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code, *arguments], cwd=cwd, capture_output=True, text=True, check=True)
    wall, cpu, peak = (float(text) for text in done.stderr.split()[-3:])
    return wall, cpu, peak


if __name__ == "__main__":
    from results import write

    folder = Path(tempfile.mkdtemp())
    try:
        tree = folder / "target" / "criterion"
        files = write_tree(tree)
        rows = ["| what | wall clock | CPU time | peak memory |", "| --- | --- | --- | --- |"]
        for title, arguments in (
            ("read and show", ["import", "criterion"]),
            ("read and record", ["import", "criterion", "--record"]),
        ):
            wall, cpu, peak = measured(*arguments, cwd=folder)
            rows.append(f"| {title} | {wall:.1f} s | {cpu:.1f} s | {peak:.0f} MiB |")
        size = sum(path.stat().st_size for path in folder.glob("baselines/*/*")) / 2**20
        write(
            __file__,
            "Scale of the import from Criterion",
            "\n".join(rows)
            + f"\n\n{COUNT:,} benchmarks of 100 samples with throughput, {files:,} files in the tree, warm file cache, load {os.getloadavg()[0]:.1f}; the recorded run is {size:.1f} MiB. Targets: below 10 s and 500 MB.",
        )
    finally:
        shutil.rmtree(folder)
