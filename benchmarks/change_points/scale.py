"""How long it takes: tables of series through the whole of `find_changes`, and one very long series.

python benchmarks/change_points/scale.py
"""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1]), str(Path(__file__).parents[2] / "tests")]
from builders import ENVIRONMENT, START
from results import write

from pytest_perfgate.analysis.change_points import find_changes
from pytest_perfgate.analysis.series_table import SeriesTable
from pytest_perfgate.model import Run
from pytest_perfgate.model.metric import EXECUTION_TIME

SIZES = ((100, 1000), (1000, 100), (1000, 1000), (1, 100_000))


def a_table(series, points):
    """A change in every third series."""
    dice = np.random.default_rng(1)
    logs = dice.normal(0, 0.01, (points, series))
    for place in range(0, series, 3):
        logs[int(dice.integers(10, points - 10)) :, place] += 0.03
    nothing = np.full((points, series), np.nan)
    return SeriesTable(
        metric=EXECUTION_TIME,
        benchmarks=tuple(f"t.py::test[{n}]" for n in range(series)),
        runs=tuple(Run(f"{n:06d}", START + timedelta(hours=n), ENVIRONMENT, ()) for n in range(points)),
        level=1e-3 * np.exp(logs),
        adjusted=nothing,
        lowest=nothing,
        highest=nothing,
        canary=nothing,
        processes=np.ones((points, series), np.int32),
        facts={},
    )


def main():
    rows = ["| series × points | CPU seconds | wall clock | changes found (planted) |", "| --- | --- | --- | --- |"]
    find_changes(a_table(3, 40))  # scipy is loaded once
    for series, points in SIZES:
        table = a_table(series, points)
        began, wall = time.process_time(), time.perf_counter()
        found = find_changes(table)
        took, wall = time.process_time() - began, time.perf_counter() - wall
        planted = len(range(0, series, 3))
        rows.append(f"| {series:,} × {points:,} | {took:.1f} | {wall:.1f} s | {len(found.changes):,} ({planted:,}) |")
    write(__file__, "Scale of change points", "\n".join(rows) + "\n\nOne process on one core.")


if __name__ == "__main__":
    main()
