import random

import numpy as np
import pytest

from pytest_perfgate.stats.step_place import differences, step_probabilities

PLACES = 9


def measured(step, keys, *, size=0.08, noise=0.0, count=5, seed="x"):
    """Estimates of each pair of places for a step between place `step` and the next."""
    dice = random.Random(seed)
    return [
        (lower, upper, [size * (lower <= step < upper) + dice.gauss(0, noise) for _ in range(count)])
        for lower, upper in keys
    ]


@pytest.mark.parametrize("step", range(PLACES - 1))
def test_the_step_is_where_all_differences_agree(step):
    keys = [(0, PLACES - 1), *((0, place) for place in range(1, PLACES - 1))]
    found = step_probabilities(differences(measured(step, keys, noise=0.002)), PLACES)
    assert np.argmax(found) == step
    assert found[step] > 0.999
    assert found.sum() == pytest.approx(1)


def test_places_between_which_nothing_was_measured_are_equally_probable():
    found = step_probabilities(differences(measured(5, [(0, 8), (0, 4)], noise=0.002)), PLACES)
    assert found[4:] == pytest.approx([0.25] * 4, abs=0.01)


def test_a_difference_half_as_large_as_the_whole_decides_nothing():
    dice = random.Random("half")
    noise = [dice.gauss(0, 0.01) for _ in range(10)]
    whole, half = [0.08 + each for each in noise], [0.04 - each for each in noise]
    found = step_probabilities(differences([(0, 8, whole), (0, 4, half)]), PLACES)
    assert found[:4].sum() == pytest.approx(0.5, abs=0.25)


def test_more_estimates_make_it_surer():
    few, many = (
        step_probabilities(differences(measured(2, [(0, 8), (0, 4)], size=0.03, noise=0.015, count=count)), PLACES)
        for count in (3, 12)
    )
    assert few[:4].sum() < many[:4].sum()


def test_the_unit_of_a_place_does_not_matter_and_sides_are_symmetric():
    """A step seen from behind: between `upper` of one line and of its mirror image."""
    keys = [(0, 8), (0, 3), (3, 8)]
    estimates = measured(5, keys, noise=0.004)
    mirrored = [(8 - upper, 8 - lower, values) for lower, upper, values in estimates]
    found = step_probabilities(differences(estimates), PLACES)
    assert step_probabilities(differences(mirrored), PLACES)[::-1] == pytest.approx(found)


def test_the_direct_comparison_of_neighbours_can_overturn_the_rest():
    misled = measured(5, [(0, 8), (0, 5)], noise=0.03, count=3)
    direct = measured(2, [(2, 3)], noise=0.002, count=8)
    before = step_probabilities(differences(misled), PLACES)
    after = step_probabilities(differences([*misled, *direct]), PLACES)
    assert np.argmax(before) != 2
    assert np.argmax(after) == 2


def test_the_probability_is_worth_what_it_says():
    """Over many lines with noise that leaves doubt, places called 60 to 90 % probable hold the step as often."""
    said, right = [], []
    for number in range(300):
        dice = random.Random(f"calibration {number}")
        step = dice.randrange(PLACES - 1)
        keys = [(0, 8), (0, 2), (0, 4), (0, 6)]
        estimates = measured(step, keys, size=0.03, noise=0.025, count=4, seed=number)
        found = step_probabilities(differences(estimates), PLACES)
        pairs = found.reshape(-1, 2).sum(axis=1)
        best = int(np.argmax(pairs))
        said.append(pairs[best])
        right.append(step // 2 == best)
    said, right = np.array(said), np.array(right)
    unsure = (said > 0.6) & (said < 0.9)
    assert unsure.sum() > 50
    assert right[unsure].mean() == pytest.approx(said[unsure].mean(), abs=0.1)
