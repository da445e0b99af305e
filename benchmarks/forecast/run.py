"""How often the range of the next run holds, by rolling origin, beside naive, drift and Theta.

    python benchmarks/forecast/run.py QUIET.jsonl.xz NOISY.jsonl.xz [--every 4]

Each series is forecast from its first thirty values on, one step ahead, from what came before only. The recordings are
of unchanged code on a shared machine, the levels as measured; the made-up series have a truth: a shift of 20 %, a drift
of 0.5 % per run. The shift is searched for at each origin, as `perfgate forecast` does. Theta is statsmodels'.
"""

from __future__ import annotations

import argparse
import json
import lzma
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from results import write

from pytest_perfgate.analysis.change_points import SMALLEST_SCATTER
from pytest_perfgate.stats.level_shifts import level_shifts
from pytest_perfgate.stats.next_value import next_value

LEVEL, Z, FIRST = 0.9, 1.6449, 30
Range = tuple[float, float]


def recorded(path: Path) -> list[np.ndarray]:
    levels: dict[str, dict[int, list[float]]] = {}
    with lzma.open(path, "rt") as lines:
        for line in lines:
            process = json.loads(line)
            for name, slices in process["slices_ns"].items():
                low = np.quantile([row[0] for row in slices], 0.1)
                levels.setdefault(name, {}).setdefault(process["run"], []).append(float(np.log(low)))
    return [np.array([np.median(runs[run]) for run in sorted(runs)]) for runs in levels.values()]


def made_up() -> dict[str, list[np.ndarray]]:
    dice = np.random.default_rng(7)
    noise = [0.02 * dice.standard_t(4, 150) for _ in range(12)]
    return {
        "a shift of 20 % (made up)": [n + 0.18 * (np.arange(150) >= 80) for n in noise],
        "a drift of 0.5 % per run (made up)": [n + 0.005 * np.arange(150) for n in noise],
    }


def ours(values: np.ndarray) -> Range:
    shifts = level_shifts(values, alpha=0.01, smallest=SMALLEST_SCATTER).shifts
    found = next_value(values, level=LEVEL, restarts=tuple(shift.place for shift in shifts))
    assert found is not None
    return found.lower, found.upper


def naive(values: np.ndarray) -> Range:
    half = Z * float(np.std(np.diff(values), ddof=1))
    return values[-1] - half, values[-1] + half


def drift(values: np.ndarray) -> Range:
    n = len(values) - 1
    slope = (values[-1] - values[0]) / n
    half = Z * float(np.std(np.diff(values), ddof=1)) * np.sqrt(1 + 1 / n)
    return values[-1] + slope - half, values[-1] + slope + half


def theta(values: np.ndarray) -> Range:
    from statsmodels.tsa.forecasting.theta import ThetaModel

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = ThetaModel(values, period=1, deseasonalize=False).fit()
        bounds = fitted.prediction_intervals(1, alpha=1 - LEVEL).iloc[0]
    return float(bounds["lower"]), float(bounds["upper"])


METHODS: dict[str, Callable[[np.ndarray], Range]] = {
    "ours": ours, "naive": naive, "drift": drift, "Theta (statsmodels)": theta,
}  # fmt: skip


def score(values: np.ndarray, place: int, bounds: Range) -> tuple[bool, float, float]:
    """Whether it held, its width, and the interval score (Gneiting and Raftery 2007), of which less is better."""
    low, high = bounds
    miss = max(low - values[place], values[place] - high, 0.0)
    return miss == 0.0, high - low, high - low + 2 / (1 - LEVEL) * miss


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("quiet", type=Path)
    parser.add_argument("noisy", type=Path)
    parser.add_argument("--every", type=int, default=4)
    arguments = parser.parse_args()
    sets = {"quiet machine": recorded(arguments.quiet), "noisy neighbour": recorded(arguments.noisy), **made_up()}
    rows = [
        "| series | method | 90 % ranges that held | forecasts | median width | mean interval score | ms |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, series in sets.items():
        for method, forecast in METHODS.items():
            began = time.process_time()
            found = [
                score(values, place, forecast(values[:place]))
                for values in series
                for place in range(FIRST, len(values), arguments.every)
            ]
            each = (time.process_time() - began) / len(found) * 1000
            held, width, penalty = (np.array(column, dtype=float) for column in zip(*found, strict=True))
            rows.append(
                f"| {name} | {method} | {held.mean():.1%} | {len(found)} | {np.median(width):.1%} | {penalty.mean():.3f} | {each:.1f} |"
            )
    write(
        __file__,
        "Forecast of the next run: how often the range holds",
        "\n".join(rows) + "\n\nWidths on the log scale; ms of CPU per forecast, the search for shifts included.",
    )


if __name__ == "__main__":
    main()
