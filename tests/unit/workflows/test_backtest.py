"""The recorded history, judged again under other settings."""

import math

import pytest
from msgspec.structs import replace
from noisy_runs import noisy_run

from pytest_perfgate.analysis.known_steps import known_steps, steps_of
from pytest_perfgate.errors import CannotJudgeError
from pytest_perfgate.model import Commit, Policy
from pytest_perfgate.model.backtest import Setting, Step
from pytest_perfgate.storage.memory import HeldRuns
from pytest_perfgate.workflows.backtest import BLOCK, Plan, check_processes, replay_block, summarised, usable_runs
from pytest_perfgate.workflows.histories import histories

DEVIATIONS = {"quiet": 0.006, "usual": 0.012, "b3": 0.008, "b4": 0.008}
PRESENT = Setting("canary", 0.01, "benjamini-hochberg", 0.05, 3, 5, 30, 50)


def recorded(count=14, *, step=None, stray=None, **options):
    """`step`: from this run on "usual" is 20 % slower; `stray`: this run alone is."""
    return [
        noisy_run(
            n, DEVIATIONS, slower={"usual": 0.2} if n == stray or (step is not None and n >= step) else {}, **options
        )
        for n in range(count)
    ]


def backtest(runs, *settings, candidates=None, sizes=(0.25,), seed=1):
    (fingerprint,) = {run.environment.fingerprint for run in runs}
    settings = settings or (PRESENT,)
    tables = histories(HeldRuns(runs), fingerprint, metrics=("execution_time",))
    plan = Plan(
        fingerprint=fingerprint,
        ids=tuple(run.id for run in runs),
        candidates=tuple(range(6, len(runs))) if candidates is None else candidates,
        settings=settings,
        policy=Policy(),
        steps=tuple(step for table in tables for step in steps_of(table, alpha=0.01)),
        acceptances=(),
        sizes=sizes,
        seed=seed,
    )
    by_id = {run.id: run for run in runs}
    builds = [
        build
        for block in plan.blocks
        for build in replay_block(plan, block, lambda ids: [by_id[name] for name in ids], HeldRuns)
    ]
    return summarised(plan, runs, builds, settings[0], benchmarks=len(DEVIATIONS), max_time_s=0.45)


def test_a_build_that_fails_at_a_change_of_level_is_real_and_the_change_is_found_at_once():
    report = backtest(recorded(step=10))
    assert [(step.benchmark, step.place) for step in report.steps] == [("usual", 10)]
    assert report.steps[0].log_change == pytest.approx(math.log(1.2), abs=0.02)
    (result,) = report.results
    assert result.failing == result.real >= 1
    assert (result.known, result.found, result.delay) == (1, 1, 0.0)
    assert min(build.place for build in report.builds if build.failed) == 10


def test_a_build_that_fails_for_a_stray_run_is_false():
    (result,) = backtest(recorded(stray=10)).results
    assert (result.failing, result.real, result.known) == (1, 0, 0)


def test_with_the_known_changes_taken_out_nothing_fails_and_what_is_slowed_on_purpose_does():
    (result,) = backtest(recorded(step=10), sizes=(0.0, 0.25)).results
    assert result.unchanged == 8
    assert result.false_failing == 0
    nothing, much = result.caught
    assert (nothing.size, nothing.caught) == (0.0, 0)
    assert (much.size, much.builds, much.caught) == (0.25, 8, 8)


def test_a_blunter_setting_catches_less_and_is_ranked_below():
    blunt = replace(PRESENT, min_change=0.5)
    report = backtest(recorded(step=10), blunt, PRESENT)
    assert [result.setting for result in report.results] == [PRESENT, blunt]
    assert report.results[1].caught[0].caught == 0
    assert report.results[1].failing == 0
    assert report.lines == ("[tool.perfgate]", "min_change = { execution_time = 0.05 }")


def test_a_setting_that_fails_unchanged_builds_is_ranked_last_whatever_it_catches():
    eager = replace(PRESENT, alpha=0.9, correction="none", min_change=0.0001, max_looks=1)
    report = backtest(recorded(), PRESENT, eager)
    assert report.results[0].setting == PRESENT
    assert report.results[1].false_failing > 0
    assert report.lines == ()


def test_fewer_processes_are_the_first_ones_and_take_less_time():
    report = backtest(recorded(), PRESENT, replace(PRESENT, processes=1))
    by_processes = {result.setting.processes: result for result in report.results}
    assert by_processes[1].measuring_s < by_processes[3].measuring_s


def test_a_look_again_takes_the_runs_of_the_same_commit():
    """Two runs of one commit: the second clears what the first one looked like."""
    runs = recorded(stray=10)
    twice = [replace(run, commit=Commit("f" * 40)) if n in {10, 11, 12, 13, 14} else run for n, run in enumerate(runs)]
    assert backtest(runs).results[0].failing == 1
    assert backtest(twice, candidates=(10,)).results[0].failing == 0


def test_the_blocks_do_not_change_the_result(monkeypatch):
    whole = backtest(recorded(18, step=12), PRESENT)
    assert BLOCK < 12
    monkeypatch.setattr("pytest_perfgate.workflows.backtest.BLOCK", 3)
    assert backtest(recorded(18, step=12), PRESENT) == whole


def test_a_change_explains_only_what_lies_after_it_and_is_worse():
    known = known_steps([Step("a", "execution_time", 10, 0.2), Step("a", "execution_time", 20, -0.2)])
    assert known.explaining("a", "execution_time", 0, 10) == 10
    assert known.explaining("a", "execution_time", 0, 7) is None
    assert known.explaining("a", "execution_time", 10, 25) is None
    assert known.explaining("b", "execution_time", 0, 10) is None


def test_runs_that_nothing_may_be_compared_with_are_left_out():
    runs = recorded(6)
    odd = [replace(runs[0], untrusted="coverage"), replace(runs[1], commit=Commit("a" * 40, dirty=True)), *runs[2:]]
    assert [run.id for run in usable_runs(odd, Policy(), "store")] == [run.id for run in runs[2:]]


def test_too_few_runs_and_too_many_processes_are_said():
    with pytest.raises(CannotJudgeError, match="'store' has 3 usable runs"):
        usable_runs(recorded(3), Policy(), "store")
    with pytest.raises(CannotJudgeError, match="processes = 7 can't be replayed: the recorded runs have 3"):
        check_processes(recorded(1), [replace(PRESENT, processes=7)])


@pytest.mark.parametrize("values", [[], [1e-3], [1e-3] * 2, [1e-3] * 40, [float("nan")] * 10], ids=len)
def test_a_short_or_constant_history_has_no_change(values):
    runs = [
        replace(run, samples=tuple(replace(s, location=value) for s in run.samples))
        for run, value in zip(recorded(len(values)), values, strict=True)
    ]
    fingerprint = runs[0].environment.fingerprint if runs else ""
    for table in histories(HeldRuns(runs), fingerprint):
        assert steps_of(table, alpha=0.01) == ()
