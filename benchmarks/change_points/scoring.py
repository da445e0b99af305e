"""The scores of the Turing change point benchmark, by their published definitions.

Van den Burg and Williams 2020, "An Evaluation of Change Point Detection Algorithms" (arXiv:2003.06222), section 4.2.
A change point is the index of the first point that follows it; index 0 belongs to every set, found or annotated.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence

MARGIN = 5


def matched(true: Collection[int], found: Collection[int], margin: int = MARGIN) -> set[int]:
    """The true ones that have a found one within the margin; each found one counts for one only, the nearest."""
    left, hits = set(found), set()
    for place in sorted(true):
        near = min(left, key=lambda candidate: (abs(candidate - place), candidate), default=None)
        if near is not None and abs(near - place) <= margin:
            hits.add(place)
            left.remove(near)
    return hits


def f1(annotations: Sequence[Collection[int]], found: Collection[int], margin: int = MARGIN) -> float:
    """Harmonic mean of precision (against what anyone annotated) and recall (averaged over the annotators)."""
    sets = [set(each) | {0} for each in annotations]
    found = set(found) | {0}
    precision = len(matched(set().union(*sets), found, margin)) / len(found)
    recall = sum(len(matched(each, found, margin)) / len(each) for each in sets) / len(sets)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def covering(annotations: Sequence[Collection[int]], found: Collection[int], count: int) -> float:
    """How well the found segments cover the annotated ones: Jaccard's index, weighted by length."""
    mine = _segments(found, count)
    scores = []
    for each in annotations:
        total = sum(len(range(*one)) * max(_jaccard(one, other) for other in mine) for one in _segments(each, count))
        scores.append(total / count)
    return sum(scores) / len(scores)


def _segments(places: Collection[int], count: int) -> list[tuple[int, int]]:
    edges = sorted({0, count, *(place for place in places if 0 < place < count)})
    return list(itertools.pairwise(edges))


def _jaccard(one: tuple[int, int], other: tuple[int, int]) -> float:
    shared = max(0, min(one[1], other[1]) - max(one[0], other[0]))
    return shared / (one[1] - one[0] + other[1] - other[0] - shared)
