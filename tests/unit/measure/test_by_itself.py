import random
from itertools import groupby

import pytest
from fake_peers import FakePeer

from pytest_perfgate.measure.by_itself import ByItself
from pytest_perfgate.measure.conversation import PeerError

NAMES = [f"{file}::{test}" for file in ("x.py", "y.py") for test in "abcd"]


def led(wanted=None, *, seed=1, begun=None, **oddities):
    peer = FakePeer("process", dict.fromkeys(NAMES, 1e-3), by_itself=True, **oddities)
    heard = [] if begun is None else begun
    return ByItself(peer, silence_s=1.0).measure(wanted, random.Random(seed), on_benchmark=heard.append), peer


def test_it_measures_all_in_a_random_order_in_which_files_stay_together():
    begun, orders = [], set()
    for seed in range(6):
        result, peer = led(seed=seed, begun=begun)
        assert set(result.ended) == set(NAMES)
        assert result.done is not None
        order = peer.order.benchmarks
        assert len([key for key, _ in groupby(name.split("::")[0] for name in order)]) == 2
        orders.add(order)
    assert len(orders) > 1
    assert begun[:8] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_it_is_told_only_what_is_wanted_and_there():
    result, peer = led(["y.py::b", "z.py::gone"])
    assert peer.order.benchmarks == ("y.py::b",)
    assert set(result.ended) == {"y.py::b"}
    assert set(result.collected) == set(NAMES)


def test_what_failed_is_handed_over_and_the_rest_measured():
    result, _ = led(fails={"x.py::a": "before"})
    assert result.ended["x.py::a"].failed == "setup: boom"
    assert set(result.ended) == set(NAMES)


@pytest.mark.parametrize(("oddity", "hung"), [("crashes", False), ("hangs", True)])
def test_a_process_that_is_lost_is_lost_in_a_benchmark(oddity, hung):
    with pytest.raises(PeerError) as caught:
        led(**{oddity: {"y.py::c"}})
    assert (caught.value.benchmark, caught.value.hung) == ("y.py::c", hung)
