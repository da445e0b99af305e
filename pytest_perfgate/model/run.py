"""What was measured, where and on which commit."""

from __future__ import annotations

from datetime import datetime
from typing import NewType

from msgspec import Struct, field

from pytest_perfgate.model.metric import Metric

BenchmarkId = NewType("BenchmarkId", str)
"""What is measured: pytest's node id `path::test[param]`, or a foreign tool's full id; never machine or commit."""


# The fact of an environment that marks what an imported run was made of, by which a copy of it is known.
VALUES_FACT = "values"


class Sample(Struct, frozen=True):
    """All values of one metric of one benchmark in one process.

    `location`: where the values lie, in the metric's base unit and per iteration: the estimate that is compared
    (a low quantile of the slices for times, the value itself for a metric with one value per process).
    `values`: one per slice, base unit, per iteration. `canaries`: reading of each canary just before each slice,
    seconds, aligned with `values`. Both are empty in a run that was loaded without its slices: judging
    needs only the locations, and 10,000 benchmarks x 50 runs must fit into memory.
    `canary_locations`: the canaries' own location beside this benchmark (empty for metrics that are not timed).
    `process`: index of the process within its run, from 0, unique over all looks. `look`: 0 for the first
    look, 1, 2, ... for the confirming looks that measured only what was still in doubt.
    `iterations`: calls per slice.
    """

    benchmark: BenchmarkId
    metric: Metric
    process: int
    location: float
    look: int = 0
    iterations: int = 1
    values: tuple[float, ...] = ()
    canary_locations: dict[str, float] = field(default_factory=dict)
    canaries: dict[str, tuple[float, ...]] = field(default_factory=dict)


class Benchmark(Struct, frozen=True, omit_defaults=True):
    """Facts of one benchmark that are no measurement: where it stands and what its author asked for.

    `min_change`: relative (0.05 = 5 %); `budget`: metric name -> absolute bound in base units, never to be
    exceeded; `metrics`: names of the metrics to judge, empty for the default; `skip`: reason why the gate
    measures but does not judge it.
    """

    id: BenchmarkId
    file: str = ""
    line: int = 0
    group: str = ""
    extra_info: dict[str, str] = field(default_factory=dict)
    min_change: float | None = None
    alpha: float | None = None
    metrics: tuple[str, ...] = ()
    budget: dict[str, float] = field(default_factory=dict)
    skip: str = ""
    warnings: tuple[str, ...] = ()


class Commit(Struct, frozen=True):
    """The state of the code by git."""

    revision: str
    parents: tuple[str, ...] = ()
    branch: str = ""
    dirty: bool = False
    committed_at: datetime | None = None
    subject: str = ""
    ci_url: str = ""


class Environment(Struct, frozen=True):
    """The machine and software that measured.

    `parts` split environments: equal parts, equal `fingerprint`, comparable. `facts` are worth knowing but do
    not split (governor, load, virtualisation, …).
    """

    fingerprint: str
    parts: dict[str, str]
    facts: dict[str, str] = field(default_factory=dict)


class Run(Struct, frozen=True):
    """One execution of a suite, of one or more processes.

    `whole_suite` is false when an expression (`-k`, `-m`, `--deselect`, `--last-failed`) selected a part;
    `paths`: the paths or node ids that were asked for, relative to the root, empty for everything.
    `acceptances`: ids of the accepted changes that were in force, so that the runs since an acceptance are known
    without asking git (a squash or a rebase does not change them).
    `seed` shuffled the order of the benchmarks. `warnings` lower the trust in the whole run; `untrusted`,
    if not empty, says why the run must not be judged (coverage, a debugger, a profiler).
    """

    id: str
    started_at: datetime
    environment: Environment
    samples: tuple[Sample, ...]
    benchmarks: dict[BenchmarkId, Benchmark] = field(default_factory=dict)
    commit: Commit | None = None
    suite: str = ""
    seed: int = 0
    whole_suite: bool = True
    paths: tuple[str, ...] = ()
    acceptances: tuple[str, ...] = ()
    untrusted: str = ""
    warnings: tuple[str, ...] = ()
