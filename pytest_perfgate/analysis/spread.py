"""The recorded noise of each benchmark, in its two parts: between runs, and between the processes of one run."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from pytest_perfgate.stats.moderation import moderate
from pytest_perfgate.stats.process_level import QUANTILE_VARIANCE, SMALLEST_SCALE, process_scale, shared_mood
from pytest_perfgate.stats.quantiles import Floats

# More degrees of freedom than the suite can honestly lend: the tails are heavier than a normal's.
_MOST_DEGREES_OF_FREEDOM = 30.0


class Spread(Struct, frozen=True):
    """Noise of the processes, on the scale of comparison.

    `variance`: (benchmarks,) of one process, moderated over the suite; `df`: (benchmarks,) its degrees of freedom;
    `mood`: the share of it that the processes of one run have in common; `learning`: (benchmarks,) what the
    canaries' coefficients add to a change, on average, in units of the variance.
    """

    variance: Floats
    df: Floats
    mood: float
    learning: Floats

    @property
    def believed_df(self) -> Floats:
        """The degrees of freedom that a test may use."""
        return np.minimum(self.df, _MOST_DEGREES_OF_FREEDOM)

    def error(self, ours: Floats, theirs: Floats, runs: Floats, added: Floats) -> Floats:
        """Standard error of a change of level, (benchmarks,).

        Two variance components: what the processes of one run share does not average out over them, and the
        candidate's processes, all of the same minutes, count as one run however many they are. `ours`, `theirs`:
        processes of the candidate and of the baseline; `runs` of the baseline.
        """
        ours, theirs, runs = (np.maximum(count, 1) for count in (ours, theirs, runs))
        spread = (1 - self.mood) * (1 / ours + 1 / theirs) + self.mood * (1 + 1 / runs)
        error: Floats = np.sqrt(self.variance * (QUANTILE_VARIANCE * spread + added))
        return error


def spread_of(residuals: Floats, runs: Floats, fitted: Floats) -> Spread:
    """`residuals`: (processes, benchmarks), NaN where not measured; `runs`: (processes,) index of the run.

    `fitted`: (benchmarks,) parameters that the residuals have paid for.
    """
    counts = np.sum(np.isfinite(residuals), axis=0).astype(np.float64)
    own_df = np.maximum(counts - fitted, 0.0)
    scale = process_scale(residuals) * np.sqrt(counts / np.maximum(own_df, 1.0))
    variance, df = moderate(np.maximum(scale, SMALLEST_SCALE) ** 2, own_df)
    mood = shared_mood(residuals, runs, np.maximum(scale, SMALLEST_SCALE))
    # The mean leverage of a regression is its parameters over its observations.
    return Spread(variance, df, mood, (fitted - 1) / np.maximum(counts, 1))


def count_runs(values: Floats, runs: Floats) -> Floats:
    """Runs in which each benchmark was measured, (benchmarks,)."""
    seen = [np.isfinite(values[runs == run]).any(axis=0) for run in np.unique(runs)]
    return np.sum(seen, axis=0).astype(np.float64) if seen else np.zeros(values.shape[1])
