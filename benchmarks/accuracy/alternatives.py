"""What was tried to sharpen a pair's estimate: each variant on the same recorded pairs of unchanged code.

    python benchmarks/accuracy/alternatives.py PAIRS.jsonl [WHAT=OTHER.jsonl ...]

The further files were recorded with another instrument (`record_pairs.py`'s options); WHAT says which.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]
from evaluate_pairs import Recorded
from results import write

from pytest_perfgate.stats.paired_change import paired_changes

Slices = np.ndarray


def hodges_lehmann(ratios: Slices) -> float:
    first, second = np.triu_indices(len(ratios))
    return float(np.median((ratios[first] + ratios[second]) / 2))


def undisturbed(bw: Slices, cw: Slices, bc: Slices, cc: Slices) -> float:
    """Pairs of slices in which neither process waited for the core: wall and CPU time agree."""
    waited = np.maximum(bw / np.maximum(bc, 1e-12), cw / np.maximum(cc, 1e-12))
    kept = waited <= 1.02 * np.median(waited)
    return float(np.median(np.log(cw / bw)[kept if kept.sum() > 3 else slice(None)]))


GATE = "ratio of the 10 % quantiles (the gate)"
VARIANTS: dict[str, Callable[[Slices, Slices, Slices, Slices], float]] = {
    "median of the slices' log ratios": lambda bw, cw, bc, cc: np.median(np.log(cw / bw)),
    "the same of CPU time": lambda bw, cw, bc, cc: np.median(np.log(cc / bc)),
    "mean of the log ratios": lambda bw, cw, bc, cc: np.mean(np.log(cw / bw)),
    "Hodges-Lehmann": lambda bw, cw, bc, cc: hodges_lehmann(np.log(cw / bw)),
    GATE: lambda bw, cw, bc, cc: np.log(np.quantile(cw, 0.1) / np.quantile(bw, 0.1)),
    "ratio of the minima": lambda bw, cw, bc, cc: np.log(cw.min() / bw.min()),
    "without slices in which a process waited": undisturbed,
    "half of the slices": lambda bw, cw, bc, cc: np.median(np.log(cw / bw)[: len(bw) // 2]),
    "a quarter of the slices": lambda bw, cw, bc, cc: np.median(np.log(cw / bw)[: max(2, len(bw) // 4)]),
}


def instruments(files: dict[str, Path]) -> list[str]:
    """One row per recording: how sharp a pair is, and what it costs."""
    rows = [
        "| instrument | pairs | seconds per pair | by the MAD, median | error of 20 pairs | error of as many as 30 s hold |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for what, path in files.items():
        lines = [msgspec.json.decode(line, type=Recorded) for line in path.read_bytes().splitlines()]
        same = [line.pair for line in lines if line.slow == 0]
        seconds = float(np.median(np.diff([line.at for line in lines])))
        matrix = np.array([estimates_of(pair) for pair in same])
        robust = np.median(1.4826 * np.median(np.abs(matrix - np.median(matrix, axis=0)), axis=0))
        dice = np.random.default_rng(1)

        def error(count: int, matrix: Slices = matrix, dice: np.random.Generator = dice) -> float:
            draws = (dice.choice(len(matrix), min(count, len(matrix)), replace=False) for _ in range(400))
            return float(np.sqrt(np.mean([paired_changes(matrix[draw]).change ** 2 for draw in draws])))

        rows.append(
            f"| {what} | {len(same)} | {seconds:.2f} | {robust:.4f} | {error(20):.4f} | {error(round(30 / seconds)):.4f} |"
        )
    return rows


def estimates_of(pair) -> list[float]:
    """The gate's estimate of each benchmark."""
    base = {s.benchmark: s.location for s in pair.base.samples if s.metric.name == "execution_time"}
    ours = {s.benchmark: s.location for s in pair.candidate.samples if s.metric.name == "execution_time"}
    return [float(np.log(ours[name] / base[name])) for name in sorted(ours)]


def main() -> None:
    lines = [msgspec.json.decode(line, type=Recorded) for line in Path(sys.argv[1]).read_bytes().splitlines()]
    pairs = [line.pair for line in lines if line.slow == 0]
    names = sorted({s.benchmark for s in pairs[0].candidate.samples})

    def values(side, name, metric):
        return np.array(next(s.values for s in side.samples if s.benchmark == name and s.metric.name == metric))

    rows = [
        "| estimate of a pair | standard deviation, median benchmark | worst | by the MAD, median | error of 20 pairs, trimmed mean |",
        "| --- | --- | --- | --- | --- |",
    ]
    data = [
        [
            (
                values(pair.base, name, "execution_time"),
                values(pair.candidate, name, "execution_time"),
                values(pair.base, name, "cpu_time"),
                values(pair.candidate, name, "cpu_time"),
            )
            for name in names
        ]
        for pair in pairs
    ]
    dice = np.random.default_rng(1)
    draws = [dice.choice(len(pairs), 20, replace=False) for _ in range(400)]
    for title, estimate in VARIANTS.items():
        matrix = np.array([[estimate(*slices) for slices in row] for row in data])
        deviation = matrix.std(axis=0, ddof=1)
        robust = 1.4826 * np.median(np.abs(matrix - np.median(matrix, axis=0)), axis=0)
        error = np.sqrt(np.mean([paired_changes(matrix[draw]).change ** 2 for draw in draws]))
        rows.append(
            f"| {title} | {np.median(deviation):.4f} | {deviation.max():.4f} | {np.median(robust):.4f} | {error:.4f} |"
        )
    centred = np.array([[VARIANTS[GATE](*s) for s in row] for row in data])
    errors = {
        "mean": np.sqrt(np.mean([centred[draw].mean(axis=0) ** 2 for draw in draws])),
        "median": np.sqrt(np.mean([np.median(centred[draw], axis=0) ** 2 for draw in draws])),
        "20 % trimmed mean (the gate)": np.sqrt(np.mean([paired_changes(centred[draw]).change ** 2 for draw in draws])),
    }
    rows += ["", "| over 20 pairs | root mean square error |", "| --- | --- |"]
    rows += [f"| {title} | {error:.4f} |" for title, error in errors.items()]
    if len(sys.argv) > 2:
        named = (argument.split("=", 1) for argument in sys.argv[2:])
        rows += ["", *instruments({what: Path(path) for what, path in named})]
    write(__file__, "Alternatives for pairs", "\n".join(rows) + f"\n\n{len(pairs)} recorded pairs of unchanged code.")


if __name__ == "__main__":
    main()
