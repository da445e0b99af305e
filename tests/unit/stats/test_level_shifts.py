"""Where a series' level shifts, on series whose truth is known."""

import itertools

import numpy as np
import pytest

from pytest_perfgate.stats.level_shifts import level_shifts
from pytest_perfgate.stats.partition import Sums, partition
from pytest_perfgate.stats.series_noise import series_noise, without_outliers
from pytest_perfgate.stats.shift_tests import SHORTEST, p_of_the_largest

SMALLEST = 5e-4


def noise(count, seed=1, scatter=0.01):
    return np.random.default_rng(seed).normal(0, scatter, count)


def shifts_of(values, **options):
    return level_shifts(np.asarray(values, dtype=float), alpha=0.01, smallest=SMALLEST, **options).shifts


def places_of(values, **options):
    return [shift.place for shift in shifts_of(values, **options)]


def stepped(count, *steps, seed=1):
    values = noise(count, seed)
    for place, size in steps:
        values[place:] += size
    return values


def test_a_step_is_found_where_it_is_with_its_size_and_the_truth_in_its_interval():
    (shift,) = shifts_of(stepped(60, (40, 0.05)))
    assert shift.place == 40
    assert shift.earliest <= 40 <= shift.latest
    assert abs(shift.change - 0.05) < 3 * shift.error
    assert shift.p_value < 1e-6


def test_several_steps_are_found_each_once():
    assert places_of(stepped(300, (50, 0.06), (120, -0.05), (200, 0.08))) == [50, 120, 200]


def test_a_small_step_has_a_range_of_places_which_holds_the_truth():
    (shift,) = shifts_of(stepped(400, (200, 0.012), seed=3))
    assert shift.latest - shift.earliest >= 5
    assert shift.earliest <= 200 <= shift.latest


@pytest.mark.parametrize("count", [20, 50, 200, 1000])
def test_unchanged_noise_has_no_shift_in_most_series(count):
    alarms = [bool(shifts_of(noise(count, seed))) for seed in range(40)]
    assert sum(alarms) <= 2


def test_correlated_noise_is_not_a_staircase():
    dice = np.random.default_rng(5)
    alarms = 0
    for _ in range(20):
        values = dice.normal(0, 0.01, 300)
        for index in range(1, 300):
            values[index] = 0.4 * values[index - 1] + 0.9 * values[index]
        alarms += bool(shifts_of(values))
    assert alarms <= 4


def test_one_or_two_stray_runs_are_no_level():
    values = noise(60)
    values[[10, 30, 31, 59]] += 0.5
    assert places_of(values) == []


def test_a_level_of_three_runs_at_the_end_is_found_when_it_is_plain():
    assert SHORTEST == 3
    assert places_of(stepped(40, (37, 0.2))) == [37]
    assert places_of(stepped(40, (38, 0.2))) == []


def test_a_drift_is_a_slope_and_no_shift():
    found = level_shifts(noise(200) + np.linspace(0, 0.2, 200), alpha=0.01, smallest=SMALLEST)
    assert found.shifts == ()
    (slope,) = found.slopes
    assert (slope.start, slope.stop) == (0, 200)
    assert slope.per_point == pytest.approx(0.2 / 199, rel=0.05)
    assert slope.end == pytest.approx(0.2, abs=0.01)


def test_a_step_within_a_drift_is_a_shift_of_its_size():
    values = stepped(200, (100, 0.15)) + np.linspace(0, 0.1, 200)
    (shift,) = shifts_of(values)
    assert shift.place == pytest.approx(100, abs=2)
    assert shift.change == pytest.approx(0.15, abs=0.02)


def test_a_constant_series_has_nothing_and_one_that_jumps_has_its_jump():
    assert places_of(np.zeros(50)) == []
    assert places_of([0.0] * 20 + [0.1] * 20) == [20]


def test_noise_that_most_points_do_not_show_is_noise():
    dice = np.random.default_rng(2)
    values = np.where(dice.random(200) < 0.2, 0.1, 0.0)
    assert places_of(values) == []


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_too_few_points_say_nothing(count):
    assert shifts_of(np.arange(count) * 1.0) == ()


def test_where_others_shifted_less_evidence_is_enough():
    values = stepped(60, (30, 0.009), seed=3)
    assert places_of(values) == []
    assert places_of(values, known={30: 1.0}) == [30]


def test_others_do_not_make_a_shift_where_there_is_none():
    assert places_of(noise(60, 4), known={30: 1.0}) == []


def test_noise_is_told_from_levels_and_drift():
    for values in (noise(400), stepped(400, (100, 1.0), (300, -2.0)), noise(400) + np.linspace(0, 3, 400)):
        found = series_noise(values, SMALLEST)
        assert found.scale == pytest.approx(0.01, rel=0.15)
        assert found.correlation == 0
        assert found.inflation == 1


def test_outliers_are_clipped_and_a_step_is_not():
    values = np.zeros(20)
    values[5], values[12:] = 9.0, 5.0
    assert without_outliers(values, 0.1).tolist() == [0.0] * 5 + [pytest.approx(0.3)] + [0.0] * 6 + [5.0] * 8


def test_the_partition_is_the_cheapest_of_all():
    """By trying every way to cut nine points."""
    from itertools import combinations

    values = np.array([0.0, 0.1, 0.0, 1.0, 1.1, 0.9, 3.0, 3.1, 2.9])
    sums, price = Sums(values), 0.5

    def cost(cuts):
        edges = [0, *cuts, 9]
        parts = [values[a:b] for a, b in itertools.pairwise(edges)]
        return sum(((part - part.mean()) ** 2).sum() + price for part in parts)

    every = [cuts for size in range(4) for cuts in combinations(range(1, 9), size)]
    best = min((c for c in every if all(b - a >= 2 for a, b in zip((0, *c), (*c, 9), strict=True))), key=cost)
    pieces = partition(sums, 9, variance=1.0, price=price, shortest=2)
    assert tuple(piece.start for piece in pieces[1:]) == best == (3, 6)


def test_a_long_series_is_cut_at_the_same_places_as_when_every_place_is_tried(monkeypatch):
    from pytest_perfgate.stats import partition as module

    values = stepped(400, (90, 0.03), (210, -0.04), (390, 0.08))
    few = places_of(values)
    monkeypatch.setattr(module, "_TRY_ALL", 1000)
    assert places_of(values) == few == [90, 210, 390]


def test_the_price_of_searching_is_that_of_the_largest_of_many():
    """Against the largest of all splits of 2,000 series of noise."""
    dice = np.random.default_rng(1)
    largest = []
    for _ in range(2000):
        values = dice.normal(0, 1, 100)
        places = np.arange(3, 98)
        before = np.cumsum(values)[places - 1]
        gap = before / places - (values.sum() - before) / (100 - places)
        largest.append(np.max(np.abs(gap) / np.sqrt(1 / places + 1 / (100 - places))))
    from scipy.stats import norm

    for level in (3.0, 3.5):
        share = np.mean(np.array(largest) > level)
        assert share <= p_of_the_largest(2 * norm.sf(level), 100, 3) <= 2.5 * share


def test_a_hundred_thousand_points_are_no_obstacle():
    values = stepped(100_000, (30_000, 0.004), (60_000, -0.008))
    assert places_of(values) == [pytest.approx(30_000, abs=60), pytest.approx(60_000, abs=60)]
