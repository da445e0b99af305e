"""The range of the next value holds as often as it says, and a slope is told from noise."""

import numpy as np
import pytest

from pytest_perfgate.stats.next_value import FEWEST_MISSES, conformal_range, next_value, past_misses
from pytest_perfgate.stats.trend import group_differences, trend_line, trend_score


def coverage(draw, series=40, length=120, seed=1):
    dice = np.random.default_rng(seed)
    held = []
    for _ in range(series):
        values = draw(dice, length)
        for place in range(40, length, 5):
            found = next_value(values[:place])
            held.append(found.lower <= values[place] <= found.upper)
    return np.mean(held)


@pytest.mark.parametrize(
    "draw",
    [
        lambda dice, n: dice.normal(size=n) * 0.02,
        lambda dice, n: np.abs(dice.normal(size=n)) * 0.02,
        lambda dice, n: dice.standard_t(3, n) * 0.02,
        lambda dice, n: np.cumsum(dice.normal(size=n)) * 0.002 + dice.normal(size=n) * 0.01,
    ],
    ids=["normal", "skewed", "heavy tails", "wandering"],
)
def test_nine_of_ten_ranges_hold_the_next_value(draw):
    assert 0.87 <= coverage(draw) <= 0.93


def test_a_restart_forgets_the_level_before_it():
    dice = np.random.default_rng(2)
    values = np.concatenate([dice.normal(0, 0.01, 40), dice.normal(1, 0.01, 2)])
    assert next_value(values, restarts=(40,)).expected == pytest.approx(1, abs=0.05)
    assert next_value(values).expected == pytest.approx(0, abs=0.05)
    assert np.max(np.abs(past_misses(values, (40,)))) < 0.1


@pytest.mark.parametrize("count", range(FEWEST_MISSES + 1))
def test_too_few_values_have_no_range(count):
    assert next_value(np.zeros(count)) is None


def test_a_constant_series_has_a_range_of_no_width():
    found = next_value(np.ones(30))
    assert (found.lower, found.expected, found.upper) == (1, 1, 1)


def test_the_range_of_few_misses_is_that_of_all_of_them():
    assert conformal_range(np.arange(10.0), 0.9) == (0.0, 9.0)
    assert conformal_range(np.arange(99.0), 0.9) == pytest.approx((4.0, 94.0))


def test_a_slope_is_found_with_its_range_and_stray_points_do_not_bend_it():
    dice = np.random.default_rng(3)
    days = np.arange(60.0)
    values = 0.002 * days + dice.normal(0, 0.01, 60)
    values[[5, 40]] += 3.0
    line = trend_line(days, values)
    assert line.p_value < 1e-4
    assert line.lower < 0.002 < line.upper
    assert line.slope == pytest.approx(0.002, rel=0.2)


def test_noise_has_no_slope_even_where_neighbours_resemble_each_other():
    dice = np.random.default_rng(4)
    found = []
    for _ in range(200):
        noise = dice.normal(size=80)
        for place in range(1, 80):
            noise[place] += 0.5 * noise[place - 1]
        found.append(trend_line(np.arange(80.0), noise).p_value < 0.01)
    assert np.mean(found) < 0.03


@pytest.mark.parametrize(
    ("days", "values"),
    [(np.arange(7.0), np.arange(7.0)), (np.zeros(20), np.arange(20.0)), (np.array([]), np.array([]))],
    ids=["seven points", "one time", "none"],
)
def test_what_carries_no_slope_has_none(days, values):
    assert trend_line(days, values) is None


def test_a_constant_has_a_slope_of_zero():
    line = trend_line(np.arange(20.0), np.ones(20))
    assert (line.slope, line.p_value) == (0.0, 1.0)


def test_groups_that_differ_are_told():
    dice = np.random.default_rng(5)
    groups = np.arange(140.0) % 7
    values = dice.normal(0, 0.01, 140)
    p_value, _ = group_differences(values, groups)
    assert p_value > 0.01
    values[groups == 2] += 0.05
    p_value, found = group_differences(values, groups)
    assert p_value < 1e-6
    assert max(found, key=found.get) == 2
    assert group_differences(values[:4], groups[:4]) is None
    assert group_differences(np.ones(140), groups) is None


@pytest.mark.parametrize("slope", [0.0, 0.02, -0.02])
def test_the_quick_statistic_is_the_tests_own(slope):
    from scipy.stats import kendalltau, norm

    dice = np.random.default_rng(4)
    for digits in (12, 1):  # one digit: many ties
        values = np.round(slope * np.arange(40) + dice.normal(0, 0.2, 40), digits)
        found = kendalltau(np.arange(40), values, method="asymptotic")
        assert trend_score(values) == pytest.approx(np.sign(found.statistic) * norm.isf(found.pvalue / 2), rel=1e-6)


def test_few_points_and_constants_have_no_direction():
    assert trend_score(np.arange(5.0)) == 0.0
    assert trend_score(np.ones(20)) == 0.0
