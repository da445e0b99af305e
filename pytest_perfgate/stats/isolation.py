"""How odd a row is among others: isolation forest and density, scikit-learn's, fitted on the others only."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct

from pytest_perfgate.stats.quantiles import Floats

TREES = 100
CONTAMINATION = 0.1
SEED = 42
EPS = 0.5
COMPONENTS = 3
NEIGHBOURS = 5
# A column that never varied gives a forest nothing to split at: it gets this much noise, in its own deviations.
_DITHER = 0.5


class Isolation(Struct, frozen=True):
    """A forest fitted on `rows` (history, features), and the scores that it gives them, each between 0 and 1.

    `forest`: scikit-learn's IsolationForest; larger scores are odder.
    """

    forest: Any
    rows: Floats
    scores: Floats

    def score(self, rows: Floats) -> Floats:
        """Scores of other rows, (rows,)."""
        scores: Floats = -self.forest.score_samples(rows)
        return scores


def fit_isolation(rows: Floats, *, seed: int = SEED, contamination: float = CONTAMINATION) -> Isolation:
    """Isolation forest (Liu, Ting and Zhou 2008, doi 10.1109/ICDM.2008.17) of 100 trees on finite `rows`."""
    from sklearn.ensemble import IsolationForest

    dithered = _dithered(rows, seed)
    forest = IsolationForest(n_estimators=TREES, contamination=contamination, random_state=seed).fit(dithered)
    return Isolation(forest, dithered, -forest.score_samples(dithered))


def _dithered(rows: Floats, seed: int) -> Floats:
    """The same with a little noise in the columns that never vary."""
    constant = np.ptp(rows, axis=0) == 0
    noise = np.random.default_rng(seed).normal(0.0, _DITHER, rows.shape)
    return np.where(constant, rows + noise, rows)


def far_from_all(history: Floats, rows: Floats, *, eps: float = EPS) -> np.ndarray:
    """Whether DBSCAN leaves each of `rows` outside of every cluster of the history, (rows,).

    On the first three principal components of the history, each divided by its deviation (Ester et al. 1996; Schubert
    et al. 2017, doi 10.1145/3068335). `eps` is widened to what 95 % of the history's own rows need to have five
    neighbours: fifty rows are too thin for 0.5.
    """
    from sklearn.cluster import DBSCAN
    from sklearn.decomposition import PCA
    from sklearn.neighbors import NearestNeighbors

    count = min(COMPONENTS, *history.shape)
    components = PCA(n_components=count, whiten=True, svd_solver="full").fit(history)
    placed, others = components.transform(history), components.transform(rows)
    neighbours = NearestNeighbors(n_neighbors=min(NEIGHBOURS + 1, len(placed))).fit(placed)
    reach = max(eps, float(np.quantile(neighbours.kneighbors(placed)[0][:, -1], 0.95)))
    clusters = DBSCAN(eps=reach, min_samples=NEIGHBOURS).fit(placed)
    core = clusters.components_
    if not len(core):
        return np.ones(len(rows), dtype=bool)
    nearest = NearestNeighbors(n_neighbors=1).fit(core).kneighbors(others)[0][:, 0]
    return np.asarray(nearest > reach)


def attribution(isolation: Isolation, row: Floats) -> Floats:
    """(features,): how much of the row's oddness each feature carries; the shares add up to 1.

    A feature's part is the score that the row loses when the feature alone is set to its usual value, and what the
    usual row gains when it alone is taken over, averaged: the first and the last term of its Shapley value
    (doi 10.1515/9781400881970-018). Features that deviate by less than one standard deviation carry nothing: a
    forest's noise is not worth a person's time.
    """
    count = len(row)
    usual = np.median(isolation.rows, axis=0)
    without = np.where(np.eye(count, dtype=bool), usual, row)
    alone = np.where(np.eye(count, dtype=bool), row, usual)
    scores = isolation.score(np.vstack([row, usual, without, alone]))
    whole, nothing, lost, gained = scores[0], scores[1], scores[2 : count + 2], scores[count + 2 :]
    parts = np.maximum((whole - lost + gained - nothing) / 2, 0.0) * (np.abs(row - usual) >= 1)
    total = float(parts.sum())
    shares: Floats = parts / total if total > 0 else np.zeros(count)
    return shares
