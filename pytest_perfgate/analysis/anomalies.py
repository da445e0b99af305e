"""Whether a run is out of the ordinary, as a whole or in one benchmark: advice, not a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.analysis.run_features import FeatureTable, Rows, benchmark_rows, read_features, run_rows
from pytest_perfgate.analysis.run_features import is_of_the_machine as of_machine
from pytest_perfgate.model import BenchmarkId, Run
from pytest_perfgate.model.anomaly import Anomaly, AnomalyCheck, OddFeature
from pytest_perfgate.stats.isolation import CONTAMINATION, SEED, Isolation, attribution, far_from_all, fit_isolation
from pytest_perfgate.stats.quantiles import Floats
from pytest_perfgate.stats.robust_rows import both, distance_shares, distances, oddness

# Robust standard deviations above what is usual, as in the three-sigma rule: of the distance, and of both scores.
THRESHOLD = 3.0
MIN_HISTORY = 50
_FEWEST_BENCHMARKS = 5
_MOST_FEATURES = 8
_MOST_BENCHMARKS = 10


class AnomalyRule(Struct, frozen=True):
    """`min_history`: earlier runs that are needed; `contamination` and `seed` are the forest's."""

    min_history: int = MIN_HISTORY
    contamination: float = CONTAMINATION
    seed: int = SEED


class RunModel(Struct, frozen=True):
    """What is usual for runs as a whole: the scale of their features, and a forest fitted on them."""

    rows: Rows
    forest: Isolation


def check_run(run: Run, before: Sequence[Run], rule: AnomalyRule, *, ask: bool = False) -> AnomalyCheck:
    """Score a run against the runs before it, oldest first; nothing is fitted on the run itself.

    `ask`: score it with the forest even where the distance says that it is nothing out of the ordinary; that costs
    the import of scikit-learn. Benchmarks are those of the run.
    """
    if len(before) < rule.min_history:
        return AnomalyCheck(rows=len(before), missing=rule.min_history - len(before))
    table = _table(run, before)
    rows = run_rows(table)
    whole = None
    if rows.names and (ask or _is_far(rows)):
        whole = _judged(run, RunModel(rows, _forest(rows.history, rule)), rows.last)
    return AnomalyCheck(rows=len(before), whole=whole, benchmarks=_benchmarks(run, table, rule))


def train(runs: Sequence[Run], rule: AnomalyRule) -> RunModel | None:
    """A model of what is usual, to be kept; None where there are fewer runs than the rule wants, or no features."""
    if len(runs) < rule.min_history:
        return None
    # The rows need a last one that is judged: the newest run stands in for it, and is among those fitted, too.
    rows = run_rows(_table(runs[-1], runs))
    return RunModel(rows, _forest(rows.history, rule)) if rows.names else None


def check_with(model: RunModel, run: Run, before: Sequence[Run]) -> Anomaly:
    """Score a run by a model that was trained earlier; `before`: the runs that it has changed against."""
    return _judged(run, model, run_rows(_table(run, before), scale=model.rows).last)


def _table(run: Run, before: Sequence[Run]) -> FeatureTable:
    return read_features((*before, run), tuple(dict.fromkeys(sample.benchmark for sample in run.samples)))


def _forest(rows: Floats, rule: AnomalyRule) -> Isolation:
    return fit_isolation(rows, seed=rule.seed, contamination=rule.contamination)


def _is_far(rows: Rows) -> bool:
    """The first glance, which needs no forest."""
    return float(oddness(distances(rows.last), distances(rows.history))) >= THRESHOLD


def _judged(run: Run, model: RunModel, row: Floats) -> Anomaly:
    history, forest = model.rows.history, model.forest
    all_rows, scores = np.vstack([history, row]), np.append(forest.scores, forest.score(row[None]))
    odd = _odd(distances(all_rows), scores, distances(history), forest.scores)
    found = _anomaly(run.id, run.started_at, float(odd[-1]), float(scores[-1]), forest, model.rows.names, row)
    rank, outlier = int(np.sum(odd >= odd[-1])), bool(far_from_all(history, row[None])[0])
    return replace(found, rank=rank, among=len(odd), outlier=outlier)


def _odd(far: Floats, scores: Floats, usual_far: Floats, usual_scores: Floats) -> Floats:
    """By both scores; what the distance alone calls usual is usual."""
    distance = oddness(far, usual_far)
    odd = both(distance, oddness(scores, usual_scores))
    return np.where(distance >= THRESHOLD, odd, np.minimum(distance, odd))


def _anomaly(
    run: str, started_at: datetime, odd: float, score: float, forest: Isolation, names: tuple[str, ...], row: Floats
) -> Anomaly:
    shares = _shares(forest, row)
    return Anomaly(
        run=run,
        started_at=started_at,
        oddness=odd,
        score=score,
        rank=0,
        among=0,
        unusual=odd >= THRESHOLD,
        outlier=False,
        machine_share=sum(float(share) for name, share in zip(names, shares, strict=True) if of_machine(name)),
        features=_odd_features(names, row, shares),
    )


def check_features(model: RunModel, row: Floats) -> tuple[OddFeature, ...]:
    """What carries the oddness of a row of the model's features, largest share first."""
    return _odd_features(model.rows.names, row, _shares(model.forest, row))


def _shares(forest: Isolation, row: Floats) -> Floats:
    shares: Floats = (attribution(forest, row) + distance_shares(row)) / 2
    return shares


def _odd_features(names: tuple[str, ...], row: Floats, shares: Floats) -> tuple[OddFeature, ...]:
    order = np.argsort(-shares, kind="stable")[:_MOST_FEATURES]
    return tuple(OddFeature(names[k], float(row[k]), float(shares[k])) for k in order if shares[k] > 0)


def _benchmarks(run: Run, table: FeatureTable, rule: AnomalyRule) -> tuple[Anomaly, ...]:
    """Benchmarks that stray from the others of their run, held against the oddest benchmark of each earlier run."""
    if len(table.benchmarks) < _FEWEST_BENCHMARKS or not table.names:
        return ()
    rows = benchmark_rows(table)
    if not rows.names:
        return ()
    oddest_far = distances(rows.history).max(axis=1)
    distance = oddness(distances(rows.last), oddest_far)
    if not np.any(distance >= THRESHOLD):
        return ()
    flat = rows.history.reshape(-1, len(rows.names))
    forest = _forest(flat, rule)
    oddest = forest.scores.reshape(len(rows.history), -1).max(axis=1)
    scores = forest.score(rows.last)
    odd = _odd(distances(rows.last), scores, oddest_far, oddest)
    before = _odd(oddest_far, oddest, oddest_far, oddest)
    outliers = far_from_all(flat, rows.last)
    found = []
    for place in np.argsort(-odd, kind="stable")[:_MOST_BENCHMARKS]:
        if odd[place] >= THRESHOLD:
            row, score = rows.last[place], float(scores[place])
            stray = _anomaly(run.id, run.started_at, float(odd[place]), score, forest, rows.names, row)
            rank, outlier = 1 + int(np.sum(before >= odd[place])), bool(outliers[place])
            name = BenchmarkId(table.benchmarks[place])
            found.append(replace(stray, rank=rank, among=len(before) + 1, outlier=outlier, benchmark=name))
    return tuple(found)
