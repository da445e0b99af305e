"""A run's level of each metric of each benchmark: one number for tools that know no processes."""

from __future__ import annotations

import math
from collections.abc import Iterator

from msgspec import Struct

from pytest_perfgate.model import BenchmarkId, Direction, Metric, Run


class Level(Struct, frozen=True):
    """`value`: the third of the processes from the good side, as the gate has it; `lowest` and `highest` process."""

    benchmark: BenchmarkId
    metric: Metric
    value: float
    lowest: float
    highest: float


def levels_of(run: Run) -> Iterator[Level]:
    """In the order of the run; what has no value that is a number is left out."""
    import numpy as np

    from pytest_perfgate.stats.process_level import process_level

    groups: dict[tuple[BenchmarkId, str], list[float]] = {}
    metrics: dict[str, Metric] = {}
    for sample in run.samples:
        if math.isfinite(sample.location):
            metrics[sample.metric.name] = sample.metric
            groups.setdefault((sample.benchmark, sample.metric.name), []).append(sample.location)
    for (benchmark, name), values in groups.items():
        metric = metrics[name]
        sign = 1.0 if metric.direction is Direction.LOWER_IS_BETTER else -1.0
        level = sign * float(process_level(sign * np.asarray(values)[:, None])[0])
        yield Level(benchmark, metric, level, min(values), max(values))
