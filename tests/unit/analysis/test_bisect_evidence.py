import math
import random

import pytest

from pytest_perfgate.analysis.bisect import Total, change_of, judge_total


def estimates(change, count, *, spread=0.01, seed="total"):
    dice = random.Random(seed)
    return tuple(math.log1p(change) + dice.gauss(0, spread) for _ in range(count))


def total(values, *, last=False, min_change=0.02):
    return judge_total(values, min_change=min_change, alpha=0.01, most_pairs=30, last=last)


def test_a_clear_change_is_seen_after_a_few_pairs_whichever_way():
    assert total(estimates(0.10, 8)) is Total.CHANGED
    assert total(estimates(-0.10, 8)) is Total.OTHER_WAY


def test_no_change_needs_proof():
    assert total(estimates(0.0, 4)) is Total.OPEN
    assert total(estimates(0.0, 25)) is Total.UNCHANGED


def test_a_change_below_half_of_what_matters_is_none_however_certain_it_is():
    """Three wild pairs keep all open until they are trimmed away, and then all is certain at once."""
    wild = (0.5, -0.5, 0.3)
    assert total((*wild, *estimates(0.008, 6, spread=0.0001))) is Total.OPEN
    values = (*wild, *estimates(0.008, 17, spread=0.0001))
    assert total(values) is Total.UNCHANGED
    assert total(values, min_change=0.01) is Total.CHANGED


def test_the_look_that_decided_stands_whatever_later_pairs_bring():
    decided = estimates(0.10, 8)
    assert total((*decided, *estimates(0.0, 20, spread=0.2))) is Total.CHANGED


def test_two_pairs_are_no_evidence():
    assert total(estimates(0.5, 2)) is Total.OPEN


def test_the_last_look_may_spend_what_is_left():
    values = next(
        values
        for seed in range(200)
        if total(values := estimates(0.03, 4, seed=seed)) is Total.OPEN and total(values, last=True) is not Total.OPEN
    )
    assert total(values, last=True) is Total.CHANGED


def test_a_change_is_shown_as_it_was_whatever_was_sought():
    slower = change_of(estimates(0.10, 8), improvement=False)
    faster = change_of([-value for value in estimates(-0.10, 8)], improvement=True)
    assert slower.relative == pytest.approx(0.10, abs=0.02)
    assert faster.relative == pytest.approx(-0.10, abs=0.02)
    for change in (slower, faster):
        assert change.interval.lower < change.relative < change.interval.upper
        assert change.pairs == 8
