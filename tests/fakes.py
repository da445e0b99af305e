"""An instrument whose readings are known: benchmarks cost what the test says, and no time passes."""

import math
import random
from pathlib import Path

from pytest_perfgate.measure.canary import Canary
from pytest_perfgate.measure.slices import Instrument


class FakeClock:
    """Stands still until somebody spends time."""

    def __init__(self):
        self.wall = 1_000_000_000
        self.cpu = 0
        self.factor = 1.0
        self.process = 0

    def wall_ns(self):
        return round(self.wall)

    def cpu_ns(self):
        return round(self.cpu)

    def spend(self, seconds, *, cpu=None):
        """Let time pass: `seconds` of wall clock, as many of CPU unless said otherwise."""
        self.wall += seconds * 1e9
        self.cpu += (seconds if cpu is None else cpu) * 1e9


def fake_instrument(clock, *, canary_s=1e-5):
    def work(times):
        clock.spend(canary_s * times * clock.factor)

    return Instrument(clock, tuple(Canary(name, work, 10) for name in ("arithmetic", "comparison", "vector")))


def noise(*key, spread=0.01):
    """The same normal deviate for the same key, on every machine."""
    return math.exp(random.Random("/".join(map(str, key))).gauss(0.0, spread))


def process_of(config):
    """Index of the process: 0 for the main one, else from the name of its job; side and pair of one in a pair."""
    follow = config.getoption("perfgate_follow")
    if follow:
        return Path(follow).stem
    job = config.getoption("perfgate_worker")
    return int(Path(job).stem.removeprefix("job-")) if job else 0
