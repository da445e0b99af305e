from datetime import date

import pytest
from builders import ENVIRONMENT, START, pairs_of
from msgspec.structs import replace

from pytest_perfgate.config import load_config, paired_policy_from
from pytest_perfgate.model import Acceptance, Benchmark, Outcome, Run, Verdict
from pytest_perfgate.workflows.paired import PairPlan, Suites, gate_paired, samples_of

POLICY = paired_policy_from(load_config(None, {}, {}))
COSTS = {"a": 1e-3, "b": 2e-3, "c": 5e-5, "d": 7e-4, "e": 1e-2}


class Machine:
    """Hands out pairs and remembers what was asked for; each takes five seconds."""

    def __init__(self, pairs, seconds=5.0):
        self.pairs, self.asked, self.seconds = list(pairs), [], seconds

    def measure(self, wanted):
        pair = self.pairs[len(self.asked)]
        self.asked.append(None if wanted is None else frozenset(wanted))

        def kept(side):
            samples = tuple(s for s in side.samples if wanted is None or s.benchmark in wanted)
            return replace(side, samples=samples)

        return replace(pair, base=kept(pair.base), candidate=kept(pair.candidate), took_s=self.seconds)

    def elapsed_s(self):
        return self.seconds * len(self.asked)


def run_of(pairs):
    benchmarks = {name: facts for pair in pairs for name, facts in pair.candidate.benchmarks.items()}
    untrusted = next((pair.candidate.untrusted for pair in pairs if pair.candidate.untrusted), "")
    return Run("run", START, ENVIRONMENT, samples_of(pairs, "candidate"), benchmarks, untrusted=untrusted)


MINUTE = PairPlan(60.0, 12)
ALL = Suites()


def gate(pairs, *, plan=MINUTE, suites=ALL, acceptances=(), machine=None, **options):
    machine = machine or Machine(pairs)
    report, _ = gate_paired(
        machine.measure,
        candidate=run_of,
        policy=POLICY,
        plan=plan,
        suites=lambda: suites,
        acceptances=acceptances,
        now=START,
        elapsed_s=machine.elapsed_s,
        **options,
    )
    return report, machine


def verdicts(report):
    return {row.benchmark: row.verdict for row in report.judgements}


def test_unchanged_code_passes_and_stops_before_the_time_is_up():
    report, machine = gate(pairs_of(12, COSTS, spread=0.002))
    assert report.outcome is Outcome.PASSED
    assert set(verdicts(report).values()) == {Verdict.UNCHANGED}
    assert len(machine.asked) < 12


def test_a_slower_benchmark_fails_and_is_named_alone():
    report, _ = gate(pairs_of(12, COSTS, slower={"c": 0.05}, spread=0.003))
    assert report.outcome is Outcome.REGRESSED
    assert [row.benchmark for row in report.judgements if row.fails] == ["c"]


def test_the_time_goes_to_what_is_not_decided_yet():
    pairs = pairs_of(12, COSTS, slower={"c": 0.02}, spread=0.005)
    _, machine = gate(pairs)
    assert machine.asked[0] is None
    wanted = [len(asked) for asked in machine.asked[1:]]
    assert wanted == sorted(wanted, reverse=True)
    assert wanted[-1] < len(COSTS)


def test_a_decision_stands_whatever_later_pairs_of_others_bring():
    pairs = pairs_of(6, COSTS, slower={"a": 0.5}, spread=0.002) + pairs_of(6, COSTS, spread=0.2, seed="wild")
    report, _ = gate(pairs)
    assert verdicts(report)["a"] is Verdict.REGRESSED


def test_the_budget_ends_it_and_the_last_look_may_spend_what_is_left():
    report, machine = gate(pairs_of(12, COSTS, spread=0.05), plan=PairPlan(22.0, 12))
    assert len(machine.asked) == 4
    assert Verdict.INCONCLUSIVE in verdicts(report).values()


def test_the_budget_leaves_time_for_the_end():
    _, machine = gate(pairs_of(12, COSTS, spread=0.05), plan=PairPlan(26.0, 12))
    assert len(machine.asked) == 4  # a fifth would end at 25 s, the process after 26


def test_three_pairs_are_made_however_long_they_take():
    _, machine = gate(pairs_of(3, COSTS), machine=Machine(pairs_of(3, COSTS, spread=0.05), seconds=100.0))
    assert len(machine.asked) == 3


def with_failure(pairs, side, name="b", why="call: ImportError: boom"):
    changed = []
    for pair in pairs:
        part = getattr(pair, side)
        rest = tuple(s for s in part.samples if s.benchmark != name)
        changed.append(replace(pair, **{side: replace(part, samples=rest, failed={name: why})}))
    return changed


def test_what_cannot_run_on_the_base_is_new_with_its_reason():
    report, _ = gate(with_failure(pairs_of(12, COSTS, spread=0.002), "base"))
    row = next(row for row in report.judgements if row.benchmark == "b")
    assert row.verdict is Verdict.NEW
    assert "ImportError: boom" in row.reason
    assert report.outcome is Outcome.PASSED


def test_what_fails_on_the_candidate_is_named_and_does_not_pass():
    report, machine = gate(with_failure(pairs_of(12, COSTS, spread=0.002), "candidate"))
    assert report.outcome is Outcome.MEASUREMENT_FAILED
    assert "'b'" in report.explanation
    assert verdicts(report)["a"] is Verdict.UNCHANGED
    assert all("b" not in asked for asked in machine.asked[1:])


def test_a_benchmark_that_ends_its_process_twice_is_left_out_and_the_rest_is_judged():
    pairs = pairs_of(12, COSTS, spread=0.002)
    for number in range(2):
        gone = replace(
            pairs[number].candidate, samples=tuple(s for s in pairs[number].candidate.samples if s.benchmark == "a")
        )
        pairs[number] = replace(pairs[number], candidate=gone, broken="the candidate process ended in 'b'", culprit="b")
    report, machine = gate(pairs)
    assert report.outcome is Outcome.MEASUREMENT_FAILED
    assert "ended in 'b'" in report.explanation
    assert verdicts(report)["c"] is Verdict.UNCHANGED
    assert "b" in machine.asked[1]
    assert all("b" not in asked for asked in machine.asked[2:])


def test_a_pair_that_breaks_before_any_benchmark_says_so():
    pairs = [
        replace(pair, base=replace(pair.base, samples=()), broken="the base process ended: no module")
        for pair in pairs_of(3, COSTS)
    ]
    report, _ = gate(pairs, plan=PairPlan(60.0, 3))
    assert report.outcome is Outcome.MEASUREMENT_FAILED
    assert "no module" in report.explanation


def test_a_benchmark_that_is_gone_does_not_pass_unless_accepted():
    suites = Suites(frozenset([*COSTS, "gone"]))
    report, _ = gate(pairs_of(12, COSTS, spread=0.002), suites=suites)
    assert report.outcome is Outcome.MISSING_BENCHMARKS
    accepted = Acceptance("gone", "not needed any more", id="1", until=date(2030, 1, 1))
    report, _ = gate(pairs_of(12, COSTS, spread=0.002), suites=suites, acceptances=[accepted])
    assert report.outcome is Outcome.PASSED


def test_an_accepted_slowdown_passes_and_no_more_than_it():
    accepted = Acceptance("c", "worth it", id="1", relative_change=0.06)
    report, _ = gate(pairs_of(12, COSTS, slower={"c": 0.05}, spread=0.003), acceptances=[accepted])
    assert report.outcome is Outcome.PASSED
    report, _ = gate(pairs_of(12, COSTS, slower={"c": 0.20}, spread=0.003), acceptances=[accepted])
    assert report.outcome is Outcome.REGRESSED


def test_a_benchmark_whose_own_code_changed_is_marked():
    report, _ = gate(pairs_of(12, COSTS, spread=0.002), suites=Suites(frozenset(COSTS), frozenset(["a"])))
    marked = {row.benchmark for row in report.judgements if row.comparison and row.comparison.warnings}
    assert marked == {"a"}


def test_timings_under_a_tracer_are_not_judged():
    pairs = pairs_of(12, COSTS, spread=0.002)
    pairs = [replace(pair, candidate=replace(pair.candidate, untrusted="a trace function")) for pair in pairs]
    report, _ = gate(pairs)
    assert report.outcome is Outcome.UNTRUSTED_MEASUREMENT


def test_a_benchmark_marked_skip_is_measured_but_not_judged():
    pairs = pairs_of(12, COSTS, spread=0.002)
    facts = {name: Benchmark(name, skip="flaky" if name == "a" else "") for name in COSTS}
    pairs = [replace(pair, candidate=replace(pair.candidate, benchmarks=facts)) for pair in pairs]
    report, _ = gate(pairs)
    assert "a" not in verdicts(report)


@pytest.mark.parametrize("only", [["a", "c"]])
def test_only_the_benchmarks_that_were_asked_for_are_measured(only):
    report, machine = gate(pairs_of(12, COSTS, spread=0.002), only=frozenset(only))
    assert set(verdicts(report)) == set(only)
    assert machine.asked[0] == frozenset(only)


@pytest.mark.parametrize(("limit", "outcome"), [(0.5e-3, Outcome.REGRESSED), (5e-3, Outcome.PASSED)])
def test_a_budget_is_judged_beside_the_change(limit, outcome):
    """Nothing changed, and yet the promise is broken: two questions, two rows."""
    promised = Benchmark("a", budget={"execution_time": limit})
    pairs = [
        replace(p, candidate=replace(p.candidate, benchmarks={**p.candidate.benchmarks, "a": promised}))
        for p in pairs_of(12, COSTS, machine=0.01, spread=0.002)
    ]
    report, _ = gate(pairs)
    assert report.outcome is outcome
    assert [row.of_budget for row in report.judgements if row.benchmark == "a"] == [False, True]
