"""Runs made of numbers that a test knows."""

import math
import random
from datetime import datetime, timedelta, timezone

from msgspec.structs import replace

from pytest_perfgate.measure.environment import fingerprint
from pytest_perfgate.model import Benchmark, Commit, Environment, Pair, Run, Sample, Side
from pytest_perfgate.model.metric import (
    ALLOCATED_PEAK,
    CONTEXT_SWITCHES_INVOLUNTARY,
    CONTEXT_SWITCHES_VOLUNTARY,
    CPU_TIME,
    CPU_UTILIZATION,
    EXECUTION_TIME,
    PAGE_FAULTS_MAJOR,
    PAGE_FAULTS_MINOR,
    RSS,
)

START = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
PARTS = {"cpu": "test", "python": "CPython 3.12"}
ENVIRONMENT = Environment(fingerprint(PARTS), PARTS, {})
CANARIES = ("arithmetic", "comparison", "vector")


def make_run(
    number=0,
    costs=None,
    *,
    processes=3,
    machine=None,
    spread=0.01,
    slices=0,
    looks=0,
    commit=None,
    metric=EXECUTION_TIME,
    **facts,
):
    """A run whose benchmark `name` costs `costs[name]` seconds, times the machine's speed and a little noise."""
    costs = costs or {"a": 1e-3, "b": 2e-3, "c": 5e-6, "d": 7e-5}
    dice = random.Random(f"run {number}")
    samples = []
    for process in range(processes):
        speed = (1 + dice.gauss(0, 0.05)) if machine is None else machine
        for name, cost in costs.items():
            value = cost * speed * (1 + abs(dice.gauss(0, spread)))
            canaries = {canary: 1e-5 * speed * (1 + dice.gauss(0, spread / 3)) for canary in CANARIES}
            values = tuple(value * (1 + abs(dice.gauss(0, 0.01))) for _ in range(slices))
            readings = {
                c: tuple(v * (1 + abs(dice.gauss(0, 0.01))) for _ in range(slices)) for c, v in canaries.items()
            }
            look = min(looks, process // 3)
            if metric is EXECUTION_TIME:
                samples.append(
                    Sample(
                        name,
                        EXECUTION_TIME,
                        process,
                        value,
                        look,
                        100,
                        values,
                        canaries,
                        readings if slices else {},
                    )
                )
                samples.append(
                    Sample(
                        name,
                        CPU_TIME,
                        process,
                        value * 0.9,
                        look,
                        100,
                        values,
                        canaries,
                        readings if slices else {},
                    )
                )
                samples.append(Sample(name, ALLOCATED_PEAK, process, 1024.0, look))
            else:
                samples.append(Sample(name, metric, process, value, look))
    started = START + timedelta(hours=number)
    return Run(
        id=f"{started:%Y%m%dT%H%M%SZ}-run{number:06d}",
        started_at=started,
        environment=ENVIRONMENT,
        samples=tuple(samples),
        benchmarks={name: Benchmark(name) for name in costs},
        commit=commit or Commit(f"{number:040x}"),
        **facts,
    )


def history(count=10, costs=None, **options):
    """`count` runs of unchanged code."""
    return [make_run(number, costs, **options) for number in range(count)]


USED = {
    RSS: 60e6,
    CPU_UTILIZATION: 0.98,
    PAGE_FAULTS_MINOR: 400.0,
    PAGE_FAULTS_MAJOR: 0.0,
    CONTEXT_SWITCHES_VOLUNTARY: 30.0,
    CONTEXT_SWITCHES_INVOLUNTARY: 12.0,
}


def with_resources(run, *, used=None, load=0.3):
    """The run with what a process uses besides time, a little noisy; `used`: metric -> its level in this run."""
    dice = random.Random(f"resources {run.id}")
    levels = {**USED, **(used or {})}
    names = dict.fromkeys(sample.benchmark for sample in run.samples)
    more = [
        Sample(name, metric, process, level * math.exp(dice.gauss(0, 0.03)))
        for name in names
        for metric, level in levels.items()
        for process in sorted({sample.process for sample in run.samples})
    ]
    environment = replace(run.environment, facts={"load": f"{load * math.exp(dice.gauss(0, 0.2)):.2f}"})
    return replace(run, samples=(*run.samples, *more), environment=environment)


def pairs_of(
    count,
    costs,
    *,
    slower=None,
    candidate_costs=None,
    spread=0.004,
    machine=0.2,
    slices=6,
    metric=EXECUTION_TIME,
    seed="pairs",
):
    """Pairs in lockstep: the machine's speed changes from slice to slice, for both; each process has a luck of its own."""
    dice = random.Random(f"{seed}")
    pairs = []
    for _ in range(count):
        sides = {"base": [], "candidate": []}
        for name, cost in costs.items():
            speeds = [math.exp(dice.gauss(0, machine)) for _ in range(slices)]
            for side, samples in sides.items():
                own = (
                    cost
                    if side == "base"
                    else (candidate_costs or {}).get(name, cost * (1 + (slower or {}).get(name, 0.0)))
                )
                luck = math.exp(dice.gauss(0, spread))
                values = tuple(own * speed * luck * math.exp(dice.gauss(0, spread / 4)) for speed in speeds)
                samples.append(Sample(name, metric, 0, sorted(values)[len(values) // 10], 0, 1, values))
        pairs.append(
            Pair(
                **{
                    side: Side(
                        collected=tuple(costs),
                        samples=tuple(samples),
                        benchmarks={name: Benchmark(name) for name in costs},
                    )
                    for side, samples in sides.items()
                },
                took_s=5.0,
            )
        )
    return pairs
