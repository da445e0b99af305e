"""A stray run: how odd it is among those before it, and what makes it so."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from pytest_perfgate.model.run import BenchmarkId


class OddFeature(Struct, frozen=True):
    """One feature's part.

    `deviation`: from what is usual, in robust standard deviations, positive is more. `share`: of the oddness that it
    carries; all features of an anomaly together carry 1.
    """

    name: str
    deviation: float
    share: float


class Anomaly(Struct, frozen=True):
    """How odd one run is as a whole, or one of its benchmarks; evidence, not a verdict.

    `benchmark`: empty for the run as a whole. `oddness`: by how many robust standard deviations of the earlier runs'
    scores it is odder than they usually are, the geometric mean of two scores (forest and distance). `score`: the
    forest's, 0 to 1. `rank` 1 is the oddest of `among` runs, itself included. `outlier`: far from every cluster of
    earlier runs (DBSCAN). `machine_share`: share of the oddness that the machine carries, not the code. `features`:
    largest share first.
    """

    run: str
    started_at: datetime
    oddness: float
    score: float
    rank: int
    among: int
    unusual: bool
    outlier: bool
    machine_share: float
    features: tuple[OddFeature, ...]
    benchmark: BenchmarkId = BenchmarkId("")


class AnomalyCheck(Struct, frozen=True):
    """What a run was found to be.

    `rows`: earlier runs that it was compared with; `missing`: so many more are needed before anything is said.
    `whole`: None where the run is nothing out of the ordinary and nobody asked for more. `benchmarks`: the unusual
    ones, the oddest first. `problem`: why nothing can be said, though enough runs are recorded.
    """

    rows: int
    missing: int = 0
    whole: Anomaly | None = None
    benchmarks: tuple[Anomaly, ...] = ()
    problem: str = ""

    @property
    def unusual(self) -> bool:
        """Whether the run as a whole is."""
        return self.whole is not None and self.whole.unusual
