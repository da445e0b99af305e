import random
from itertools import groupby

import pytest
from fake_peers import FakePeer

from pytest_perfgate.measure.lockstep import Lockstep, LockstepPlan

PLAN = LockstepPlan(slice_s=0.005, budget_s=0.1, slices=10)


def lockstep(base=None, candidate=None, *, plan=PLAN, wanted=None, seed=1, **oddities):
    log = []
    costs = {"t.py::a": 1e-4, "t.py::b": 1e-3}
    peers = [
        FakePeer("base", costs if base is None else base, log, **oddities.get("base_is", {})),
        FakePeer("candidate", costs if candidate is None else candidate, log, **oddities.get("candidate_is", {})),
    ]
    return Lockstep(peers, plan, random.Random(seed)).run(wanted), log, peers


def test_both_sides_take_turns_and_who_begins_changes_from_pair_to_pair():
    result, log, _ = lockstep()
    for _, slices in groupby(log, key=lambda entry: entry[1]):
        sides = [side for side, _, _ in slices]
        assert sides in (["base", "candidate", "candidate", "base"] * 5, ["candidate", "base", "base", "candidate"] * 5)
    assert result.error is None
    assert set(result.sides["base"].ended) == set(result.sides["candidate"].ended) == {"t.py::a", "t.py::b"}
    assert result.sides["base"].done is not None


def test_both_sides_run_the_same_number_of_iterations():
    _, log, _ = lockstep({"t.py::a": 1e-4}, {"t.py::a": 2e-4})
    assert {iterations for _, _, iterations in log} == {33}


def test_both_sides_share_one_random_order_in_which_files_stay_together():
    names = [f"{file}::{test}" for file in ("x.py", "y.py") for test in "abcd"]
    orders = set()
    for seed in range(6):
        result, _, peers = lockstep(dict.fromkeys(names, 1e-3), dict.fromkeys(names, 1e-3), seed=seed)
        assert peers[0].order == peers[1].order
        assert [key for key, _ in groupby(name.split("::")[0] for name in result.order)] in (
            ["x.py", "y.py"],
            ["y.py", "x.py"],
        )
        orders.add(result.order)
    assert len(orders) > 1


def test_only_what_both_have_and_what_is_wanted_is_measured():
    result, log, _ = lockstep(
        {"a": 1e-3, "b": 1e-3, "gone": 1e-3}, {"a": 1e-3, "b": 1e-3, "new": 1e-3}, wanted=["a", "new"]
    )
    assert result.order == ("a",)
    assert {name for _, name, _ in log} == {"a"}
    assert set(result.sides["base"].collected) == {"a", "b", "gone"}


@pytest.mark.parametrize(("cost", "pairs"), [(1e-4, 10), (0.02, 2), (0.04, 1), (5.0, 1)])
def test_a_long_benchmark_takes_turns_by_iteration_as_often_as_the_budget_holds(cost, pairs):
    _, log, _ = lockstep({"a": cost}, {"a": cost})
    assert len(log) == 2 * pairs


def test_rounds_that_the_author_laid_out_are_kept():
    _, log, _ = lockstep({"a": 1.0}, {"a": 1.0}, base_is={"rounds": {"a": 3}}, candidate_is={"rounds": {"a": 3}})
    assert len(log) == 6
    assert {iterations for _, _, iterations in log} == {1}


@pytest.mark.parametrize("when", ["before", 1, 4])
@pytest.mark.parametrize("side", ["base", "candidate"])
def test_a_benchmark_that_fails_on_one_side_ends_on_both_and_the_rest_is_measured(side, when):
    result, log, _ = lockstep(**{f"{side}_is": {"fails": {"t.py::a": when}}})
    assert result.error is None
    assert "boom" in result.sides[side].ended["t.py::a"].failed
    other = result.sides["candidate" if side == "base" else "base"]
    assert other.ended["t.py::a"].failed == ""
    assert sum(name == "t.py::b" for _, name, _ in log) == 20


@pytest.mark.parametrize(("oddity", "hung"), [("crashes", False), ("hangs", True)])
def test_a_lost_process_is_named_with_its_benchmark_and_what_was_measured_stays(oddity, hung):
    result, _, _ = lockstep(candidate_is={oddity: {"t.py::a"}}, seed=1)
    assert (result.error.peer, result.error.benchmark, result.error.hung) == ("candidate", "t.py::a", hung)
    before = result.order[: result.order.index("t.py::a")]
    assert all(name in result.sides["base"].ended for name in before)


def test_a_process_that_never_says_anything_is_lost_in_the_collection():
    class Mute(FakePeer):
        def receive(self, timeout_s):
            return super().receive(timeout_s) if self.order else self._out.clear() or super().receive(timeout_s)

    peers = (Mute("base", {"a": 1}), FakePeer("candidate", {"a": 1}))
    result = Lockstep(peers, PLAN, random.Random(1)).run(None)
    assert (result.error.peer, result.error.benchmark) == ("base", None)


def test_one_process_alone_is_measured_without_turns():
    log = []
    peer = FakePeer("base", {"a": 1e-3, "b": 1e-3}, log)
    result = Lockstep([peer], PLAN, random.Random(1)).run(None)
    assert result.error is None
    assert len(log) == 20
    assert set(result.sides["base"].ended) == {"a", "b"}


def test_a_side_that_runs_another_benchmark_than_the_other_is_not_compared():
    result, log, _ = lockstep(candidate_is={"reorders": True})
    assert result.error is not None
    assert result.error.peer == "candidate"
    assert log == []
