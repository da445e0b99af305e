"""What holds for the change points of every series."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_perfgate.stats.level_shifts import level_shifts

SMALLEST = 5e-4


def found(values):
    return level_shifts(np.asarray(values, dtype=float), alpha=0.01, smallest=SMALLEST)


def a_series(seed, count, size):
    dice = np.random.default_rng(seed)
    values = dice.normal(0, 0.01, count)
    values[int(dice.integers(5, count - 5)) :] += size
    return values


series = st.builds(a_series, st.integers(0, 10_000), st.integers(12, 80), st.sampled_from([0.0, 0.03, 0.1, -0.2]))


@settings(deadline=None, max_examples=40)
@given(series, st.floats(-5, 5))
def test_another_unit_moves_every_level_and_no_change(values, moved):
    one, other = found(values), found(values + moved)
    assert [shift.place for shift in one.shifts] == [shift.place for shift in other.shifts]
    for left, right in zip(one.shifts, other.shifts, strict=True):
        assert left.change == pytest.approx(right.change, abs=1e-9)


@settings(deadline=None, max_examples=40)
@given(series)
def test_worse_upside_down_is_better(values):
    one, other = found(values), found(-values)
    assert [shift.place for shift in one.shifts] == [shift.place for shift in other.shifts]
    assert [shift.change for shift in one.shifts] == pytest.approx([-shift.change for shift in other.shifts])


@settings(deadline=None, max_examples=40)
@given(series)
def test_backwards_every_change_has_the_other_sign(values):
    one, other = found(values).shifts, found(values[::-1]).shifts
    count = len(values)
    assert len(one) == len(other)
    for left, right in zip(one, reversed(other), strict=True):
        assert left.place == pytest.approx(count - right.place, abs=1)
        assert np.sign(left.change) == -np.sign(right.change)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(-1e6, 1e6), max_size=60))
def test_no_series_of_numbers_is_a_traceback(values):
    result = found(values)
    places = [shift.place for shift in result.shifts]
    assert places == sorted(set(places))
    for shift in result.shifts:
        assert 0 < shift.earliest <= shift.place <= shift.latest < len(values)
        assert 0 <= shift.p_value <= 0.01
        assert np.isfinite([shift.change, shift.error, shift.df]).all()
