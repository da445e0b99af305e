"""Runs whose noise is known: a mood per run, luck per process, a machine that its canaries show."""

import math
import random
from datetime import timedelta

from builders import CANARIES, ENVIRONMENT, START

from pytest_perfgate.model import Benchmark, Commit, Run, Sample
from pytest_perfgate.model.metric import EXECUTION_TIME


def noisy_run(number, deviations, *, mood=0.1, slower=None, processes=3, looks=1, seed=0, metric=EXECUTION_TIME):
    """`deviations`: benchmark -> standard deviation of one process; `slower`: benchmark -> share that it lost.

    Its further looks are `looks - 1` times as many processes more, in the same mood.
    """
    dice = random.Random(f"{seed} {number}")
    machine = math.exp(dice.gauss(0, 0.05))
    moods = {name: dice.gauss(0, math.sqrt(mood)) for name in deviations}
    samples = []
    for process in range(processes * looks):
        speed = machine * math.exp(dice.gauss(0, 0.02))
        for place, (name, deviation) in enumerate(deviations.items()):
            luck = deviation * (moods[name] + math.sqrt(1 - mood) * dice.gauss(0, 1))
            value = 1e-3 * (place + 1) * speed * math.exp(luck) * (1 + (slower or {}).get(name, 0.0))
            canaries = {canary: 1e-5 * speed * math.exp(dice.gauss(0, 0.001)) for canary in CANARIES}
            samples.append(Sample(name, metric, process, value, process // processes, 1, (), canaries))
    started = START + timedelta(hours=number)
    return Run(
        id=f"{started:%Y%m%dT%H%M%SZ}-run{number:06d}",
        started_at=started,
        environment=ENVIRONMENT,
        samples=tuple(samples),
        benchmarks={name: Benchmark(name) for name in deviations},
        commit=Commit(f"{number:040x}"),
    )
