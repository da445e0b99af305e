import numpy as np
import pytest
from scipy.stats import norm

from pytest_perfgate.stats.sequential import nominal_levels, spend_evenly, spend_late

FIFTHS = (0.2, 0.4, 0.6, 0.8, 1.0)


def levels(spend, alpha, fractions):
    return nominal_levels(tuple(spend(alpha, fraction) for fraction in fractions), fractions)


def test_bounds_are_those_of_the_literature():
    # Lan and DeMets' O'Brien-Fleming-type bounds, five equal looks, two-sided 0.05: Jennison and Turnbull 2000, ch. 7.
    bounds = norm.isf(np.array(levels(spend_late, 0.05, FIFTHS)) / 2)
    assert bounds == pytest.approx([4.877, 3.357, 2.680, 2.290, 2.031], abs=0.003)


def test_one_look_costs_nothing():
    assert levels(spend_late, 0.01, (1.0,)) == pytest.approx([0.01], rel=1e-3)
    assert levels(spend_evenly, 0.05, (1.0,)) == pytest.approx([0.05], rel=1e-3)


@pytest.mark.parametrize("spend", [spend_late, spend_evenly])
@pytest.mark.parametrize("fractions", [FIFTHS, (0.3, 0.35, 0.9, 1.0), tuple(k / 12 for k in range(3, 13))])
def test_all_looks_together_err_as_often_as_agreed(spend, fractions):
    alpha = 0.05
    dice = np.random.default_rng(3)
    steps = np.sqrt(np.diff(np.concatenate([[0.0], fractions])))
    sums = np.cumsum(dice.standard_normal((200_000, len(fractions))) * steps, axis=1)
    p_values = 2 * norm.sf(np.abs(sums / np.sqrt(fractions)))
    stopped = (p_values < np.array(levels(spend, alpha, fractions))).any(axis=1).mean()
    assert stopped == pytest.approx(alpha, abs=0.003)


def test_late_spending_keeps_nearly_everything_for_the_end():
    found = levels(spend_late, 0.001, FIFTHS)
    assert found[0] < 1e-9
    assert found[-1] > 0.9 * 0.001
    assert list(found) == sorted(found)


def test_nothing_is_spent_before_anything_is_known():
    assert spend_late(0.05, 0.0) == spend_evenly(0.05, 0.0) == 0.0
    assert spend_late(0.05, 1.5) == pytest.approx(0.05)
