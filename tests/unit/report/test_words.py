"""What a report claims: never more than was seen, and in the metric's own direction."""

import pytest
from report_cases import CASES, a_report, doubtful, slower, unchanged

from pytest_perfgate.model import Outcome
from pytest_perfgate.model.metric import ALLOCATED_PEAK, EXECUTION_TIME, THROUGHPUT_BYTES
from pytest_perfgate.report import render
from pytest_perfgate.report.counts import headline, reason_of, verdict_words
from pytest_perfgate.report.quantities import change_in_words


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (unchanged(2), "PASS: no benchmark got slower"),
        ([*unchanged(2), doubtful()], "PASS: no benchmark got slower; 1 could not be judged"),
        ([slower(accepted="meant")], "PASS: no benchmark got slower than accepted"),
    ],
)
def test_a_pass_says_what_it_does_not_know(rows, said):
    assert headline(a_report(*rows)) == said


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_its_word_first(outcome):
    word = headline(a_report(slower(), outcome=outcome)).split(":")[0]
    expected = {0: {"PASS", "RECORDED"}, 1: {"FAIL", "NOT JUDGED"}}.get(int(outcome.exit_code), {"COULD NOT JUDGE"})
    assert word in expected


@pytest.mark.parametrize(
    ("metric", "change", "word"),
    [
        (EXECUTION_TIME, 0.1, "slower"),
        (EXECUTION_TIME, -0.1, "faster"),
        (THROUGHPUT_BYTES, 0.1, "faster"),
        (THROUGHPUT_BYTES, -0.1, "slower"),
        (ALLOCATED_PEAK, 0.1, "more"),
        (ALLOCATED_PEAK, -0.1, "less"),
    ],
)
def test_a_change_has_its_word_by_the_metric(metric, change, word):
    assert change_in_words(metric, change) == word


def test_the_first_line_of_a_pull_request_names_what_all_have_in_common():
    both = [slower("t.py::a"), slower("t.py::b", -0.2, metric=THROUGHPUT_BYTES)]
    assert "2 of 2 benchmarks are slower" in render(a_report(*both, outcome=Outcome.REGRESSED), ".md")
    memory = [slower("t.py::a"), slower("t.py::b", metric=ALLOCATED_PEAK)]
    assert "2 of 2 benchmarks got worse" in render(a_report(*memory, outcome=Outcome.REGRESSED), ".md")


def test_a_row_says_how_severe_and_how_sure():
    row = CASES["one_slower"].judgements[0]
    assert verdict_words(row) == "regressed (low)"
    assert reason_of(row) == "6.2 % slower; p = 0.00013, 15 processes against 10 runs"


def test_a_rows_warnings_are_told():
    assert reason_of(slower(warnings=("its runs disagree",))).endswith("; its runs disagree")


def test_pull_requests_fold_what_did_not_move():
    shown, _, folded = render(CASES["regression"], ".md").partition("<details>")
    assert "test&#95;loads" in shown
    assert "test&#95;noisy" not in shown
    assert folded.startswith("<summary>1 inconclusive, 1 new, 6 unchanged</summary>")


def test_html_links_each_row_to_its_plot():
    from report_cases import with_samples

    page = render(with_samples(CASES["regression"]), ".html")
    for number in range(1, 12):
        assert f'href="#plot-{number}"' in page
        assert f'<section id="plot-{number}">' in page
