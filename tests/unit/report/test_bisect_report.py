import json

import pytest
from msgspec.structs import replace

from pytest_perfgate.model import ConfidenceInterval
from pytest_perfgate.model.bisect import (
    BisectQuestion,
    BisectReport,
    Change,
    Culprit,
    Finding,
    FindingOutcome,
    LineCommit,
)
from pytest_perfgate.report.bisect import render_bisect, render_bisect_json


def commit(letter, subject="a subject"):
    return LineCommit(letter * 40, subject, "Jane", "2026-03-01T12:00:00+00:00")


def change(relative, half=0.01, pairs=6):
    return Change(relative, ConfidenceInterval(0.95, relative - half, relative + half), pairs)


FOUND = Finding(
    "tests/t.py::test_it",
    FindingOutcome.FOUND,
    culprits=(commit("c", "Validate twice"),),
    probability=0.996,
    parent=commit("b"),
    own=change(0.08),
    total=change(0.082),
)
REPORT = BisectReport(
    BisectQuestion("a" * 40, "f" * 40, ("tests/t.py",), seed=1),
    commit("a"),
    commit("f"),
    commits=64,
    findings=(FOUND,),
    measured_commits=8,
    pairs=40,
)


def text_of(finding, **facts):
    return render_bisect(replace(REPORT, findings=(finding,), **facts))


def test_the_commit_is_named_with_its_probability_and_its_change():
    text = render_bisect(REPORT)
    assert "tests/t.py::test_it: slower since cccccccccccc (99.6 % probable)" in text
    assert "cccccccccccc Validate twice (2026-03-01 Jane)" in text
    assert "its change: +8.0 % (95 % interval +7.0 % to +9.0 %, 6 pairs), against bbbbbbbbbbbb" in text
    assert "good to bad: +8.2 %" in text
    assert text.splitlines()[-1] == (
        "64 commits between aaaaaaaaaaaa and ffffffffffff, 8 measured, 0 skipped, 40 pairs of processes"
    )


def test_no_probability_is_called_certain():
    assert "over 99.9 % probable" in text_of(replace(FOUND, probability=1.0))


def test_several_commits_are_named_where_some_could_not_be_measured():
    text = text_of(replace(FOUND, culprits=(commit("d"), commit("e"))), unusable={"d" * 40: "no compiler\nlong story"})
    assert "one of 2 commits" in text
    assert "dddddddddddd" in text
    assert "skipped dddddddddddd: no compiler" in text
    assert "long story" not in text


def test_what_is_not_probable_enough_says_so_and_names_the_others():
    unsure = replace(
        FOUND,
        outcome=FindingOutcome.UNCERTAIN,
        probability=0.7,
        others=(Culprit(commit("d"), 0.2),),
        reason="give it more time",
    )
    text = text_of(unsure)
    assert "70.0 % probable" in text
    assert "give it more time" in text
    assert "or dddddddddddd a subject (2026-03-01 Jane) (20.0 %)" in text


def test_a_commit_that_is_not_all_that_changed_says_where_to_look():
    text = text_of(replace(FOUND, own=change(0.04), total=change(0.08)))
    assert "50 % of the whole" in text
    assert "perfgate bisect --good aaaaaaaaaaaa --bad bbbbbbbbbbbb" in text
    assert "perfgate bisect --good cccccccccccc --bad ffffffffffff" in text
    assert "of the whole" not in render_bisect(REPORT)


def test_what_got_faster_is_called_faster():
    report = replace(REPORT, question=replace(REPORT.question, improvement=True))
    assert "faster since" in render_bisect(report)


@pytest.mark.parametrize("outcome", [each for each in FindingOutcome if each is not FindingOutcome.FOUND])
def test_only_a_named_commit_is_a_success(outcome):
    finding = Finding("t", outcome, "because", total=change(0.0))
    report = replace(REPORT, findings=(finding,))
    assert not report.succeeded
    assert "because" in render_bisect(report)
    settled = {FindingOutcome.NO_CHANGE, FindingOutcome.OTHER_WAY}
    assert replace(REPORT, findings=(FOUND, finding)).succeeded == (outcome in settled)


def test_hostile_names_and_subjects_are_made_harmless():
    evil = "\x1b[2J\nperfgate: all is well\r" + "x" * 5000
    finding = replace(
        FOUND, benchmark=evil, culprits=(commit("c", evil), replace(commit("d"), author=evil)), reason=evil
    )
    text = text_of(finding, unusable={"d" * 40: evil})
    assert "\x1b" not in text
    assert "\r" not in text
    assert "\nperfgate: all is well" not in text
    assert all(len(line) < 1000 for line in text.splitlines())


def test_json_says_all_and_can_be_read_by_machines():
    content = json.loads(render_bisect_json(REPORT))
    assert content["schema"] == 1
    assert content["succeeded"] is True
    assert content["findings"][0]["outcome"] == "found"
    assert content["findings"][0]["culprits"][0]["revision"] == "c" * 40
    assert content["findings"][0]["own"]["relative"] == 0.08
    assert content["question"]["good"] == "a" * 40
