"""Levels with the machine taken out, as the gate takes it out: for looking at, where raw levels mislead."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec.structs import replace

from pytest_perfgate.analysis.columns import ColumnBuilder, Columns, badness
from pytest_perfgate.analysis.run_level import on_scale
from pytest_perfgate.model import Run, Sample
from pytest_perfgate.stats.canary_adjustment import fit_canaries
from pytest_perfgate.stats.quantiles import Floats

# Fewer teach too little about the canaries; the gate does not judge on fewer either.
FEWEST_RUNS = 3

_Key = tuple[str, str, int]


def at_one_speed(runs: Sequence[Run], others: Sequence[Run] = ()) -> tuple[Run, ...]:
    """`runs` and then `others`, as if the machine had had one and the same speed in all of them: the average of `runs`.

    The canaries' coefficients are learned from `runs` and all their benchmarks; all are of one environment. Kept
    are only samples that have canaries: memory and own metrics do not depend on the machine's speed. Where there
    are fewer than FEWEST_RUNS runs, none is kept.
    """
    timed = [
        replace(run, samples=tuple(sample for sample in run.samples if sample.canary_locations))
        for run in (*runs, *others)
    ]
    levels = _levels(timed, len(runs)) if len(runs) >= FEWEST_RUNS else [{} for _ in timed]
    return tuple(
        replace(run, samples=tuple(_moved(sample, known) for sample in run.samples if _key(sample) in known))
        for run, known in zip(timed, levels, strict=True)
    )


def _key(sample: Sample) -> _Key:
    return (sample.benchmark, sample.metric.name, sample.process)


def _moved(sample: Sample, levels: dict[_Key, float]) -> Sample:
    return replace(sample, location=levels[_key(sample)])


def _levels(runs: Sequence[Run], teachers: int) -> list[dict[_Key, float]]:
    """Per run: the adjusted level of each process; the first `teachers` of them teach."""
    samples = [sample for run in runs for sample in run.samples]
    metrics = {sample.metric.name: sample.metric for sample in samples}
    builder = ColumnBuilder(metrics.values(), dict.fromkeys(sample.benchmark for sample in samples))
    for run in runs:
        builder.add(run)
    found: list[dict[_Key, float]] = [{} for _ in runs]
    for columns in builder.columns():
        adjusted = columns_at_one_speed(columns, teachers)
        name = columns.metric.name
        for index, run in enumerate(runs):
            processes = sorted({sample.process for sample in run.samples if sample.metric.name == name})
            for process, row in zip(processes, adjusted[columns.runs == index], strict=True):
                finite = np.flatnonzero(np.isfinite(row))
                found[index].update(((columns.benchmarks[p], name, process), float(row[p])) for p in finite)
    return found


def columns_at_one_speed(columns: Columns, teachers: int) -> Floats:
    """The same for columns, in the metric's unit: (processes, benchmarks); the first `teachers` runs teach."""
    times, teaching = on_scale(columns), columns.runs < teachers
    fit = fit_canaries(times[teaching], columns.canaries[teaching])
    levels: Floats = np.exp(badness(columns.metric) * (fit.level + fit.apply(times, columns.canaries)))
    return levels
