import numpy as np
import pytest

from pytest_perfgate.stats.location import location
from pytest_perfgate.stats.process_level import process_level, process_scale, shared_mood
from pytest_perfgate.stats.quantiles import column_quantile


@pytest.mark.parametrize("probability", [0.0, 0.1, 1 / 3, 0.5, 0.9, 1.0])
def test_column_quantiles_agree_with_numpy_where_values_are_missing(probability):
    values = np.random.default_rng(1).normal(size=(13, 7))
    values[2:9, 3] = np.nan
    expected = np.nanquantile(values, probability, axis=0)
    np.testing.assert_allclose(column_quantile(values, probability), expected, rtol=1e-12)


def test_an_empty_column_has_no_quantile():
    assert np.isnan(column_quantile(np.full((3, 1), np.nan), 0.5)[0])


def test_the_location_of_slices_ignores_a_neighbour_that_hits_most_of_them():
    quiet = [1.0, 1.01, 1.02, 1.01, 1.0, 1.02]
    assert location(quiet + [1.6] * 12) == pytest.approx(1.01, abs=0.02)


def test_no_slices_have_no_location():
    assert np.isnan(location([]))


def test_the_level_survives_processes_that_are_slow_as_a_whole():
    processes = np.array([0.0, 0.001, -0.001, 0.002, 0.0, 0.4, 0.3, 0.2])[:, None]
    assert abs(process_level(processes)[0]) < 0.003


def test_the_level_moves_in_full_with_the_code():
    processes = np.random.default_rng(2).normal(0, 0.01, (15, 4))
    np.testing.assert_allclose(process_level(processes + 0.1), process_level(processes) + 0.1)


def test_the_scale_of_normal_values_is_their_deviation():
    values = np.random.default_rng(3).normal(0, 0.02, (4000, 3))
    np.testing.assert_allclose(process_scale(values), 0.02, rtol=0.05)


def test_equal_values_have_the_smallest_scale_not_none():
    assert process_scale(np.zeros((5, 1)))[0] > 0


def test_runs_that_share_a_mood_are_told_from_independent_processes():
    dice = np.random.default_rng(4)
    runs = np.repeat(np.arange(40.0), 3)
    independent = dice.normal(0, 1, (120, 20))
    shared = independent * 0.5 + np.repeat(dice.normal(0, 1, (40, 20)), 3, axis=0)
    ones = np.ones(20)
    assert shared_mood(independent, runs, ones) < 0.1
    assert shared_mood(shared, runs, ones) == pytest.approx(0.8, abs=0.1)


def test_one_run_alone_says_nothing_of_moods_and_gets_the_cautious_default():
    assert shared_mood(np.zeros((3, 2)), np.zeros(3), np.ones(2)) == pytest.approx(0.2)


def test_without_any_row_no_column_has_a_quantile():
    assert np.isnan(column_quantile(np.empty((0, 2)), 0.5)).all()
