import math
import random

import pytest
from builders import ENVIRONMENT, START, pairs_of
from msgspec.structs import replace

from pytest_perfgate.analysis.judge import judge_all
from pytest_perfgate.analysis.paired import Looks, compare_pairs
from pytest_perfgate.config import load_config, paired_policy_from
from pytest_perfgate.model import Benchmark, Metric, Run, Verdict
from pytest_perfgate.model.metric import ALLOCATED_PEAK, ERROR_RATE, Direction

POLICY = paired_policy_from(load_config(None, {}, {}))
NAMES = ("a", "b", "c", "d", "e", "f")


def candidate(pairs, **marks):
    names = dict.fromkeys(s.benchmark for pair in pairs for s in pair.candidate.samples)
    return Run(
        "run",
        START,
        ENVIRONMENT,
        tuple(s for p in pairs for s in p.candidate.samples),
        {n: Benchmark(n, **marks) for n in names},
    )


def rows(pairs, *, most=10, last=True, policy=POLICY):
    found = compare_pairs(pairs, candidate(pairs), policy, Looks(most, last=last))
    return {row.benchmark: row for row in found}


def verdicts(pairs, **options):
    found = compare_pairs(
        pairs, candidate(pairs), POLICY, Looks(options.pop("most", 10), last=options.pop("last", True))
    )
    return {row.benchmark: row.verdict for row in judge_all(found, candidate(pairs).benchmarks, POLICY)}


def test_the_change_is_that_of_the_slices_measured_in_turns_whatever_the_machine_did():
    pairs = pairs_of(8, dict.fromkeys(NAMES, 1e-3), slower={"a": 0.10}, spread=0.0, machine=0.5)
    row = rows(pairs)["a"]
    assert row.relative_change == pytest.approx(0.10, abs=1e-9)
    assert row.baseline.value == pytest.approx(row.candidate.value / 1.1)


def test_a_slowdown_of_three_percent_is_found_and_nothing_else():
    found = verdicts(pairs_of(10, dict.fromkeys(NAMES, 1e-3), slower={"a": 0.03}, spread=0.004))
    assert found == {name: Verdict.REGRESSED if name == "a" else Verdict.UNCHANGED for name in NAMES}


def test_swapping_the_sides_negates_the_change():
    pairs = pairs_of(6, dict.fromkeys(NAMES, 1e-3), slower={"a": 0.05})
    swapped = [replace(pair, base=pair.candidate, candidate=pair.base) for pair in pairs]
    ours, theirs = rows(pairs)["a"], rows(swapped)["a"]
    assert theirs.log_change == pytest.approx(-ours.log_change)
    assert theirs.p_value == pytest.approx(ours.p_value)


def test_two_pairs_are_no_evidence():
    pairs = pairs_of(2, dict.fromkeys(NAMES, 1e-3), slower={"a": 0.5}, spread=0.001)
    assert set(verdicts(pairs).values()) == {Verdict.INCONCLUSIVE}


def test_an_early_look_asks_for_more_than_the_last():
    pairs = pairs_of(4, dict.fromkeys(NAMES, 1e-3), slower={"a": 0.05}, spread=0.004)
    early, final = rows(pairs, most=20, last=False)["a"], rows(pairs, most=20, last=True)["a"]
    assert early.p_value > final.p_value
    assert early.smallest_detectable_change > final.smallest_detectable_change
    assert early.equivalence_level < final.equivalence_level == pytest.approx(0.05, rel=0.2)


def test_one_pair_gone_wrong_does_not_decide():
    pairs = pairs_of(10, dict.fromkeys(NAMES, 1e-3), spread=0.004)
    wild = pairs_of(1, {**dict.fromkeys(NAMES, 1e-3), "a": 1.4e-3}, spread=0.004)[0]
    pairs[3] = replace(pairs[3], candidate=wild.candidate)
    assert verdicts(pairs)["a"] is not Verdict.REGRESSED


@pytest.mark.parametrize(("before", "after", "verdict"), [(0.0, 0.5, Verdict.REGRESSED), (0.0, 0.0, Verdict.UNCHANGED)])
def test_error_rates_are_compared_as_differences(before, after, verdict):
    pairs = pairs_of(
        5, {"a": before}, candidate_costs={"a": after}, metric=ERROR_RATE, spread=0.0, machine=0.0, slices=1
    )
    assert verdicts(pairs) == {"a": verdict}


def test_allocations_are_sharp():
    pairs = pairs_of(3, {"a": 1000.0}, slower={"a": 0.06}, metric=ALLOCATED_PEAK, spread=0.0, machine=0.0, slices=1)
    assert rows(pairs)["a"].relative_change == pytest.approx(0.06)


def test_a_metric_of_which_more_is_better_regresses_when_it_falls():
    rate = Metric("rate", "1/s", Direction.HIGHER_IS_BETTER)
    pairs = pairs_of(6, dict.fromkeys(NAMES, 100.0), slower={"a": -0.2}, metric=rate, slices=1, spread=0.004)
    assert verdicts(pairs)["a"] is Verdict.REGRESSED


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_values_without_a_logarithm_are_no_evidence(bad):
    pairs = pairs_of(
        4, {"a": 1e-3, "b": 1e-3}, candidate_costs={"a": bad, "b": 1e-3}, spread=0.0, machine=0.0, slices=1
    )
    row = rows(pairs)["a"]
    assert row.p_value is None
    assert "no pair" in row.warnings[0]


def test_a_benchmark_that_some_pairs_did_not_measure_is_judged_by_the_others():
    pairs = pairs_of(8, dict.fromkeys(NAMES, 1e-3))
    pairs[4:] = [
        replace(p, base=replace(p.base, samples=tuple(s for s in p.base.samples if s.benchmark != "a")))
        for p in pairs[4:]
    ]
    found = rows(pairs)
    assert (found["a"].baseline_runs, found["b"].baseline_runs) == (4, 8)


def test_false_alarms_stay_below_alpha_over_all_looks():
    dice = random.Random(5)
    builds = 40
    failing = 0
    for build in range(builds):
        pairs = pairs_of(8, dict.fromkeys(NAMES, 1e-3), seed=f"{build}/{dice.random()}", spread=0.015, slices=2)
        failing += any(
            Verdict.REGRESSED in verdicts(pairs[:count], most=8, last=count == 8).values() for count in range(3, 9)
        )
    assert failing <= 1
