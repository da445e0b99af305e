"""Series that move together from run to run, or one after another, with the machine's share taken out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from pytest_perfgate.analysis.forecast import scaled
from pytest_perfgate.analysis.series_table import SeriesTable
from pytest_perfgate.model.forecast import Following, MovingGroup
from pytest_perfgate.stats.moving_together import PairedMoves, groups_of, paired_moves
from pytest_perfgate.stats.multiplicity import holm

# Weaker relations are real perhaps, and of no interest.
_LEAST = 0.5
# All pairs of more series would be too many to ask about, and to read.
MOST_SERIES = 300
# Who follows later than that has had too many other reasons in between; each lag makes all others harder to prove.
MOST_LAG = 3


def moving_series(
    tables: Sequence[SeriesTable], *, alpha: float
) -> tuple[tuple[MovingGroup, ...], tuple[Following, ...]]:
    """Groups of series whose steps correlate by 0.5 or more, and series that follow others by up to MOST_LAG runs.

    Significant after Holm over all that was asked: every pair at every lag, in both directions. Each pair counts with
    its strongest relation only: what moves together swings back together, too. Of two groups that follow each other the
    two series that do so most are named. `tables`: over the same runs in the same order. Nothing where there are more
    than MOST_SERIES series.
    """
    names = [(benchmark, table.metric.name) for table in tables for benchmark in table.benchmarks]
    if not 1 < len(names) <= MOST_SERIES:
        return (), ()
    moves = paired_moves(np.hstack([scaled(table) for table in tables]), most_lag=MOST_LAG)
    asked = np.flatnonzero(np.isfinite(moves.p_value))
    sure = asked[holm(moves.p_value[asked]) <= alpha]
    strong = _strongest(moves, [int(k) for k in sure if moves.correlation[k] >= _LEAST])
    at_once = [k for k in strong if moves.lag[k] == 0]
    homes = groups_of((int(moves.first[k]), int(moves.second[k])) for k in at_once)
    weakest: dict[int, float] = {}
    for k in at_once:
        for place in (int(moves.first[k]), int(moves.second[k])):
            weakest[place] = min(weakest.get(place, 1.0), float(moves.correlation[k]))
    groups = tuple(
        MovingGroup(tuple(names[place] for place in home), min(weakest[place] for place in home), len(asked))
        for home in homes
    )
    following = tuple(
        Following(
            leader=names[moves.first[k]],
            follower=names[moves.second[k]],
            runs=int(moves.lag[k]),
            correlation=float(moves.correlation[k]),
            asked=len(asked),
        )
        for k in _one_of_each(moves, [k for k in strong if moves.lag[k] > 0], homes)
    )
    return groups, following


def _strongest(moves: PairedMoves, places: Iterable[int]) -> list[int]:
    """Each pair once, at the lag and in the direction in which it hangs together most."""
    best: dict[tuple[int, int], int] = {}
    for k in places:
        pair = (min(int(moves.first[k]), int(moves.second[k])), max(int(moves.first[k]), int(moves.second[k])))
        if pair not in best or moves.correlation[k] > moves.correlation[best[pair]]:
            best[pair] = k
    return list(best.values())


def _one_of_each(moves: PairedMoves, places: Iterable[int], homes: Sequence[Sequence[int]]) -> list[int]:
    """The strongest relation between any two groups, a series alone being one, too; the strongest first."""
    home_of = {place: home[0] for home in homes for place in home}
    found: dict[tuple[int, int], int] = {}
    for k in sorted(places, key=lambda k: -moves.correlation[k]):
        first, second = int(moves.first[k]), int(moves.second[k])
        found.setdefault((home_of.get(first, first), home_of.get(second, second)), k)
    return list(found.values())
