"""What a paired run says beforehand of how long it will take."""

from pytest_perfgate.measure.lockstep import LockstepPlan
from pytest_perfgate.wiring.paired import forecast, pair_in_words

PLAN = LockstepPlan()


def test_a_dozen_short_benchmarks_have_all_their_pairs_within_a_minute():
    assert forecast(dict.fromkeys(map(str, range(12)), 1e-4), PLAN, 60.0) == (
        "perfgate: up to 30 pairs of processes of about 2 s each"
    )


def test_a_long_benchmark_leaves_room_for_fewer():
    text = forecast({"short": 1e-4, "long": 4.0}, PLAN, 60.0)
    assert text == "perfgate: up to 7 pairs of processes of about 9 s each"


def test_what_no_budget_holds_is_said_with_its_cause():
    text = forecast({"short": 1e-4, "endless": 120.0}, PLAN, 60.0)
    assert "3 pairs of processes of about 241 s each, more than the budget of 60 s" in text
    assert "'endless' alone takes 240 s of a pair" in text


def test_where_only_a_pair_itself_can_tell_it_is_told_after_the_first():
    assert pair_in_words(4.0, 60.0) == "perfgate: a pair of processes takes 4.0 s; up to 15 pairs"
