"""Series that move together from run to run, with the machine's share taken out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pytest_perfgate.analysis.forecast import scaled
from pytest_perfgate.analysis.series_table import SeriesTable
from pytest_perfgate.model.forecast import MovingGroup
from pytest_perfgate.stats.moving_together import groups_of, paired_moves
from pytest_perfgate.stats.multiplicity import holm

# Weaker relations are real perhaps, and of no interest.
_LEAST = 0.5
# All pairs of more series would be too many to ask about, and to read.
MOST_SERIES = 300


def moving_groups(tables: Sequence[SeriesTable], *, alpha: float) -> tuple[MovingGroup, ...]:
    """Groups of series whose steps correlate by 0.5 or more, significant after Holm over all pairs asked about.

    `tables`: over the same runs in the same order. Nothing where there are more than MOST_SERIES series.
    """
    names = [(benchmark, table.metric.name) for table in tables for benchmark in table.benchmarks]
    if not 1 < len(names) <= MOST_SERIES:
        return ()
    moves = paired_moves(np.hstack([scaled(table) for table in tables]), most_lag=0)
    asked = np.flatnonzero(np.isfinite(moves.p_value))
    sure = asked[holm(moves.p_value[asked]) <= alpha]
    strong = [k for k in sure if moves.correlation[k] >= _LEAST]
    pairs = [(int(moves.first[k]), int(moves.second[k])) for k in strong]
    weakest = {place: 1.0 for pair in pairs for place in pair}
    for k, pair in zip(strong, pairs, strict=True):
        for place in pair:
            weakest[place] = min(weakest[place], float(moves.correlation[k]))
    return tuple(
        MovingGroup(tuple(names[place] for place in group), min(weakest[place] for place in group), len(asked))
        for group in groups_of(pairs)
    )
