"""What moves together is found, and noise is not."""

import numpy as np

from pytest_perfgate.stats.moving_together import groups_of, paired_moves
from pytest_perfgate.stats.multiplicity import holm

DICE = np.random.default_rng(11)


def significant(values, **options):
    moves = paired_moves(values, **options)
    asked = np.flatnonzero(np.isfinite(moves.p_value))
    adjusted = holm(moves.p_value[asked])
    return {
        (int(moves.first[k]), int(moves.second[k]), int(moves.lag[k]))
        for k, p in zip(asked, adjusted, strict=True)
        if p <= 0.01
    }


def test_noise_moves_alone():
    found = [bool(significant(DICE.normal(size=(60, 8)))) for _ in range(60)]
    assert np.mean(found) <= 0.05


def test_what_has_a_cause_in_common_moves_together():
    cause = np.cumsum(DICE.normal(size=100))
    values = DICE.normal(0, 0.3, (100, 4))
    values[:, 1] += cause
    values[:, 3] += 2 * cause
    found = significant(values)
    assert (1, 3, 0) in found
    assert all({one, other} == {1, 3} for one, other, _ in found)


def test_what_follows_is_found_with_its_lag():
    cause = np.cumsum(DICE.normal(size=120))
    values = DICE.normal(0, 0.1, (120, 3))
    values[:, 2] += cause
    values[2:, 0] += cause[:-2]
    assert (2, 0, 2) in significant(values)


def test_gaps_constants_and_short_series_are_no_evidence():
    values = DICE.normal(size=(60, 4))
    values[:, 0] = 1.0
    values[::2, 1] = np.nan
    values[:50, 2] = np.nan
    assert significant(values) == set()
    assert significant(values[:3]) == set()
    assert significant(values[:, :1]) == set()


def test_groups_hang_together_by_their_pairs():
    assert groups_of([(0, 1), (5, 6), (1, 2), (7, 6), (2, 8)]) == [[0, 1, 2, 8], [5, 6, 7]]
    assert groups_of([]) == []
