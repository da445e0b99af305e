import math
import random

import pytest
from msgspec.structs import replace

from pytest_perfgate.model.bisect import BisectQuestion, FindingOutcome, LineCommit, MeasuredPair, Unusable
from pytest_perfgate.workflows.bisect import bisect, steps_left
from pytest_perfgate.workflows.bisect_search import BisectPlan, Mark

QUESTION = BisectQuestion("good", "bad", ("t.py",), seed=1)
PLAN = BisectPlan()


class History:
    """A line of commits of which `steps` say what each does to which benchmark; measures and answers as git does.

    `broken`: place -> what keeps it from being measured: "build", "fails" or "crashes".
    """

    def __init__(self, commits=16, *, steps=None, spread=0.01, broken=None, seconds=2.0, seed=1):
        names = ["good", *(f"c{number}" for number in range(1, commits)), "bad"]
        self.line = [LineCommit(name) for name in names]
        self.places = {name: place for place, name in enumerate(names)}
        self.steps = steps or {"t": {5: 0.08}}
        self.spread, self.seconds, self.broken = spread, seconds, broken or {}
        self.dice = random.Random(seed)
        self.asked, self.measured, self.saved = [], [], []

    def level(self, name, place):
        return sum(math.log1p(size) for at, size in self.steps[name].items() if at <= place)

    def measure(self, base, candidate, wanted):
        places = [self.places[commit.revision] for commit in (base, candidate)]
        self.measured.append(tuple(places))
        names = list(self.steps) if wanted is None else list(wanted)
        for commit, place in zip((base, candidate), places, strict=True):
            how = self.broken.get(place)
            if how == "build":
                return Unusable(commit.revision, "no compiler")
            if how == "fails":
                failed = {commit.revision: dict.fromkeys(names, "call: boom")}
                return MeasuredPair(base.revision, candidate.revision, failed=failed, took_s=self.seconds)
            if how == "crashes":
                lost = {"broken": "ended by signal 11", "lost": commit.revision, "culprit": names[0]}
                return MeasuredPair(base.revision, candidate.revision, took_s=self.seconds, **lost)
        changes = {
            name: self.level(name, places[1]) - self.level(name, places[0]) + self.dice.gauss(0, self.spread)
            for name in names
        }
        return MeasuredPair(base.revision, candidate.revision, changes, took_s=self.seconds)

    def ask(self, marks):
        """The middle, as git takes it, or what is nearest to it and not skipped."""
        self.asked.append(dict(marks))
        before = max((self.places[name] for name, mark in marks.items() if mark is Mark.BEFORE), default=0)
        after = min(
            (self.places[name] for name, mark in marks.items() if mark is Mark.CHANGED), default=len(self.line) - 1
        )
        skipped = {self.places[name] for name, mark in marks.items() if mark is Mark.SKIP}
        free = [place for place in range(before + 1, after) if place not in skipped]
        return self.line[min(free, key=lambda place: abs(place - (before + after) / 2))].revision

    def search(self, question=QUESTION, *, records=(), stop_after=None, plan=PLAN):
        def save(known):
            self.saved.append(list(known))
            if stop_after is not None and len(self.saved) == stop_after:
                raise KeyboardInterrupt

        findings, known = bisect(question, self.line, records, measure=self.measure, ask=self.ask, save=save, plan=plan)
        self.records = known
        return {finding.benchmark: finding for finding in findings}


def named(finding):
    return [commit.revision for commit in finding.culprits]


@pytest.mark.parametrize("place", [1, 2, 7, 8, 15, 16])
def test_the_commit_that_made_it_slower_is_named_with_its_change_and_its_parent(place):
    history = History(steps={"t": {place: 0.08}})
    finding = history.search()["t"]
    assert finding.outcome is FindingOutcome.FOUND
    assert named(finding) == [history.line[place].revision]
    assert finding.parent == history.line[place - 1]
    assert finding.probability > 0.99
    assert finding.own.interval.lower < 0.08 < finding.own.interval.upper
    assert finding.own.pairs >= 5
    assert finding.total.relative == pytest.approx(0.08, abs=0.02)


def test_good_and_bad_are_measured_first_and_the_named_commit_against_its_parent_last():
    history = History()
    history.search()
    assert history.measured[:3] == [(0, 16)] * 3
    assert history.measured[-1] == (4, 5)
    steps = {pair for pair in history.measured if pair not in {(0, 16), (4, 5)}}
    assert all(base == 0 for base, _ in steps)
    assert len(steps) <= steps_left(history.line)


def test_git_hears_on_which_side_of_the_change_each_commit_lies():
    history = History()
    history.search()
    assert history.asked[0] == {"bad": Mark.CHANGED}
    assert history.asked[-1]["c8"] is Mark.CHANGED
    assert history.asked[-1]["c4"] is Mark.BEFORE


def test_a_step_that_is_not_clear_gets_more_pairs():
    clear, unclear = History(spread=0.005), History(spread=0.03)
    assert named(clear.search()["t"]) == named(unclear.search()["t"]) == ["c5"]
    assert clear.measured.count((0, 8)) == 3
    assert unclear.measured.count((0, 8)) > 3


def test_no_comparison_takes_more_than_its_budget():
    history = History(spread=0.2, seconds=10.0)
    history.search(replace(QUESTION, budget_s=45.0))
    assert max(history.measured.count(pair) for pair in history.measured) == 4


def test_three_pairs_are_made_however_long_they_take():
    history = History(seconds=1000.0, spread=0.001)
    assert named(history.search()["t"]) == ["c5"]
    assert max(history.measured.count(pair) for pair in history.measured) == 3


def test_a_benchmark_that_did_not_change_is_no_step_to_look_for():
    finding = History(steps={"t": {}}, spread=0.003).search()["t"]
    assert finding.outcome is FindingOutcome.NO_CHANGE
    assert finding.culprits == ()
    assert "2 %" in finding.reason


def test_what_got_faster_is_found_only_when_that_is_sought():
    steps = {"t": {5: -0.08}}
    finding = History(steps=steps).search()["t"]
    assert finding.outcome is FindingOutcome.OTHER_WAY
    found = History(steps=steps).search(replace(QUESTION, improvement=True))["t"]
    assert named(found) == ["c5"]
    assert found.own.relative == pytest.approx(-0.08, abs=0.03)


def test_a_change_that_cannot_be_told_from_noise_is_unclear():
    finding = History(spread=0.2).search(replace(QUESTION, budget_s=30.0))["t"]
    assert finding.outcome is FindingOutcome.UNCLEAR
    assert "--budget" in finding.reason


@pytest.mark.parametrize("how", ["build", "fails", "crashes"])
def test_a_commit_that_cannot_be_measured_is_skipped(how):
    history = History(broken={8: how})
    finding = history.search()["t"]
    assert named(finding) == ["c5"]
    assert history.asked[-1]["c8"] is Mark.SKIP
    assert history.measured.count((0, 8)) == (2 if how == "crashes" else 1)


def test_a_skipped_commit_before_the_change_is_named_with_it():
    history = History(broken={4: "build", 5: "build"}, steps={"t": {5: 0.08}})
    finding = history.search()["t"]
    assert named(finding) == ["c4", "c5", "c6"]
    assert finding.parent == history.line[3]
    assert finding.probability > 0.99


@pytest.mark.parametrize(("place", "name"), [(0, "good"), (16, "bad")])
def test_a_benchmark_that_cannot_run_on_good_or_bad_says_so(place, name):
    finding = History(broken={place: "fails"}).search()["t"]
    assert finding.outcome is FindingOutcome.CANNOT_RUN
    assert f"on {name}" in finding.reason
    assert "boom" in finding.reason


def test_benchmarks_that_changed_with_different_commits_are_found_each():
    history = History(steps={"a": {3: 0.10}, "b": {12: 0.10}, "c": {}}, spread=0.004)
    found = history.search()
    assert named(found["a"]) == ["c3"]
    assert named(found["b"]) == ["c12"]
    assert found["c"].outcome is FindingOutcome.NO_CHANGE


def test_benchmarks_that_changed_with_the_same_commit_share_the_steps():
    alone, together = History(spread=0.004), History(steps={"a": {5: 0.08}, "b": {5: 0.10}}, spread=0.004)
    alone.search()
    found = together.search()
    assert named(found["a"]) == named(found["b"]) == ["c5"]
    assert len(set(together.measured)) <= len(set(alone.measured)) + 1


def test_one_of_two_slow_commits_is_named_and_is_not_the_whole():
    finding = History(steps={"t": {4: 0.05, 12: 0.05}}, spread=0.004).search()["t"]
    assert named(finding)[0] in {"c4", "c12"}
    assert finding.own.interval.upper < finding.total.relative


def test_a_search_that_was_interrupted_goes_on_and_measures_nothing_twice():
    whole = History()
    expected = whole.search()
    count = len(whole.measured)
    first = History()
    with pytest.raises(KeyboardInterrupt):
        first.search(stop_after=count // 2)
    kept = first.saved[-1]
    second = History(seed=2)
    found = second.search(records=kept)
    assert named(found["t"]) == named(expected["t"])
    assert len(kept) == count // 2
    assert list(second.records)[: len(kept)] == kept
    assert second.measured[0] == whole.measured[len(kept)]


def test_a_finished_search_measures_nothing_and_says_the_same():
    history = History()
    found = history.search()
    again = History()
    assert again.search(records=history.records) == found
    assert again.measured == []


def test_a_wrong_turn_is_taken_back_when_the_direct_comparison_says_so():
    """Commit 8 looked slow by accident; the named commit shows nothing against its parent."""
    wild = [MeasuredPair("good", "c8", {"t": value}) for value in (0.079, 0.081, 0.080)]
    history = History(steps={"t": {12: 0.08}}, spread=0.003)
    finding = history.search(records=wild)["t"]
    assert finding.outcome is FindingOutcome.FOUND
    assert named(finding) == ["c12"]


def test_the_only_commit_between_good_and_bad_is_the_one():
    history = History(commits=1, steps={"t": {1: 0.08}})
    finding = history.search()["t"]
    assert named(finding) == ["bad"]
    assert set(history.measured) == {(0, 1)}


def test_a_selection_without_benchmarks_ends_at_once():
    history = History()
    history.measure = lambda base, candidate, _wanted: MeasuredPair(base.revision, candidate.revision)
    assert history.search() == {}
    assert len(history.records) == 1


def test_processes_that_end_before_the_first_benchmark_get_a_second_try():
    history = History()
    lost = {"broken": "ended", "lost": "good"}
    history.measure = lambda base, candidate, _wanted: MeasuredPair(base.revision, candidate.revision, **lost)
    assert history.search() == {}
    assert len(history.records) == 2


def test_an_answer_of_git_that_makes_no_sense_is_no_endless_search():
    history = History()
    history.ask = lambda _marks: "bad"
    with pytest.raises(AssertionError, match="'bad'"):
        history.search()
