import math

import pytest
from builders import pairs_of
from msgspec.structs import replace

from pytest_perfgate.wiring.bisect_steps import record_of

COSTS = {"t.py::a": 1e-3, "t.py::b": 2e-3}


def pair(**options):
    return pairs_of(1, COSTS, slower={"t.py::a": 0.10}, spread=0.001, **options)[0]


def without(side, name, **facts):
    kept = tuple(sample for sample in side.samples if sample.benchmark != name)
    return replace(side, samples=kept, **facts)


def test_a_record_holds_the_logarithm_of_each_change():
    record = record_of("good", "mid", pair(), None)
    assert record.changes["t.py::a"] == pytest.approx(math.log(1.10), abs=0.01)
    assert record.changes["t.py::b"] == pytest.approx(0, abs=0.01)
    assert record.failed == {}
    assert record.took_s == 5.0


@pytest.mark.parametrize(("side", "commit"), [("base", "good"), ("candidate", "mid")])
def test_what_fails_is_told_of_the_commit_it_fails_at(side, commit):
    one = pair()
    facts = without(getattr(one, side), "t.py::a", failed={"t.py::a": "call: boom"})
    record = record_of("good", "mid", replace(one, **{side: facts}), None)
    assert record.failed == {commit: {"t.py::a": "call: boom"}}
    assert set(record.changes) == {"t.py::b"}


def test_what_is_skipped_not_collected_or_measures_nothing_cannot_run_there():
    one = pair()
    skipped = replace(one, candidate=without(one.candidate, "t.py::a", skipped={"t.py::a": "no network"}))
    assert record_of("good", "mid", skipped, None).failed == {"mid": {"t.py::a": "skipped: no network"}}
    gone = replace(
        one,
        candidate=without(
            one.candidate, "t.py::a", collected=("t.py::b",), uncollected={"t.py": "ImportError: no name 'fast'"}
        ),
    )
    record = record_of("good", "mid", gone, tuple(COSTS))
    assert record.failed == {"mid": {"t.py::a": "ImportError: no name 'fast'"}}
    idle = replace(one, candidate=without(one.candidate, "t.py::a"))
    assert record_of("good", "mid", idle, tuple(COSTS)).failed == {"mid": {"t.py::a": "it measured nothing"}}


def test_a_process_that_ends_names_its_commit_and_condemns_no_benchmark():
    one = pair()
    broken = replace(
        one,
        base=replace(one.base, samples=()),
        candidate=replace(one.candidate, samples=(), collected=()),
        broken="the candidate process ended",
        lost="candidate",
    )
    record = record_of("good", "mid", broken, tuple(COSTS))
    assert record.failed == {}
    assert (record.lost, record.broken) == ("mid", "the candidate process ended")


def test_only_what_is_wanted_is_told():
    assert set(record_of("good", "mid", pair(), ("t.py::b",)).changes) == {"t.py::b"}


def test_a_time_of_nothing_is_no_change():
    one = pair()
    zero = tuple(replace(sample, location=0.0, values=(0.0,) * len(sample.values)) for sample in one.candidate.samples)
    record = record_of("good", "mid", replace(one, candidate=replace(one.candidate, samples=zero)), None)
    assert record.changes == {}
    assert set(record.failed["mid"]) == set(COSTS)
