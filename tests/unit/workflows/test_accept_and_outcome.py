"""What an acceptance says, and the command that a failing gate offers."""

import math
from datetime import datetime, timezone

import pytest
from builders import make_run
from report_cases import compared, slower

from pytest_perfgate.analysis.acceptance import matches
from pytest_perfgate.model import Commit, Outcome, Verdict
from pytest_perfgate.model.metric import ALLOCATED_PEAK
from pytest_perfgate.workflows.accept import acceptance_of_trailer
from pytest_perfgate.workflows.outcome import next_steps, outcome_of
from pytest_perfgate.workflows.record import why_it_will_not_count

NOW = datetime(2026, 3, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("text", "glob", "amount", "reason"),
    [
        ("test_a* +12% it checks now", "test_a*", 0.12, "it checks now"),
        ("test_a* 7.5% it checks now", "test_a*", 0.075, "it checks now"),
        ("test_a* -12 % fewer bytes per second", "test_a*", 0.12, "fewer bytes per second"),
        ("test_a* +12%", "test_a*", 0.12, "accepted by a commit trailer"),
        ("test_a* 12%er is no amount", "test_a*", math.inf, "12%er is no amount"),
        ("test_a* it checks 12% more", "test_a*", math.inf, "it checks 12% more"),
        ("test_a*", "test_a*", math.inf, "accepted by a commit trailer"),
    ],
)
def test_a_trailer_accepts_its_amount_or_without_one_whatever_changed(text, glob, amount, reason):
    found = acceptance_of_trailer("5f0c9a7e", "Ada", NOW, text)
    assert (found.benchmark, found.reason) == (glob, reason)
    assert found.relative_change == pytest.approx(amount)
    assert found.metric == "*"


def test_the_next_step_accepts_just_the_change_that_was_measured():
    (step,) = next_steps([slower("t.py::a", 0.0621)], Outcome.REGRESSED)
    assert step == "perfgate accept 't.py::a' --at-most 6.3% --reason 'why it may be slower'"


def test_the_next_step_names_a_metric_that_is_not_the_time():
    (step,) = next_steps(
        [compared("t.py::a", 0.3, verdict=Verdict.REGRESSED, metric=ALLOCATED_PEAK)], Outcome.REGRESSED
    )
    assert step == "perfgate accept 't.py::a' --metric 'allocated_peak' --at-most 30% --reason 'why it may be slower'"


def test_what_cannot_be_printed_stands_as_a_glob_that_matches():
    name = "t.py::new\nline\x1b[31m\u202e'it's'"
    (step,) = next_steps([slower(name)], Outcome.REGRESSED)
    assert step.isprintable()
    glob = step.split("accept '")[1].split("' --at-most")[0].replace("'\"'\"'", "'")
    assert glob == "t.py::new?line?[31m?'it's'"
    assert matches(acceptance_of_trailer("5", "Ada", NOW, f"{glob} +9%"), name)


def test_whoever_records_uncommitted_code_hears_that_it_will_not_count():
    (warning,) = why_it_will_not_count(make_run(commit=Commit("1" * 40, dirty=True)))
    assert "commit, then record" in warning
    assert why_it_will_not_count(make_run(commit=Commit("1" * 40))) == ()


@pytest.mark.parametrize(
    ("processes", "time", "outcome"),
    [
        (1, Verdict.INCONCLUSIVE, Outcome.NOTHING_CONCLUSIVE),
        (2, Verdict.INCONCLUSIVE, Outcome.PASSED),
        (1, Verdict.UNCHANGED, Outcome.PASSED),
    ],
)
def test_counts_that_are_known_do_not_let_times_pass_that_one_process_cannot_tell(processes, time, outcome):
    rows = [
        compared("t.py::a", 0.3, verdict=time, candidate_processes=processes),
        compared("t.py::a", 0.0, metric=ALLOCATED_PEAK, candidate_processes=processes),
    ]
    assert outcome_of(rows, make_run())[0] is outcome
