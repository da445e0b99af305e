import math

import pytest
from builders import history, make_run
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from msgspec.structs import replace
from test_judge import comparison

from pytest_perfgate.analysis.compare import compare, read_baseline
from pytest_perfgate.analysis.judge import judge, judge_all
from pytest_perfgate.model import GateReport, Outcome, Policy, Sample
from pytest_perfgate.model.metric import EXECUTION_TIME
from pytest_perfgate.model.quantity import parse_quantity
from pytest_perfgate.report import render
from pytest_perfgate.report.quantities import column_width, format_quantity, shorten
from pytest_perfgate.report.terminal import render_terminal
from pytest_perfgate.stats.welch import welch_test
from pytest_perfgate.storage.run_file import decode_run, encode_run
from pytest_perfgate.storage.slices_blob import decode_slices, encode_slices

POLICY = Policy(metrics=("execution_time",))
positive = st.floats(1e-9, 1e3)
names = st.text(min_size=1, max_size=300)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(names, positive), min_size=1, max_size=5, unique_by=lambda pair: pair[0]))
def test_any_run_survives_its_file(pairs):
    run = make_run(0, {})
    samples = tuple(Sample(name, EXECUTION_TIME, 0, value) for name, value in pairs)
    try:
        data = encode_run(replace(run, samples=samples))
    except UnicodeEncodeError:
        return  # lone surrogates are no text that a file can hold
    back = {sample.benchmark: sample.location for sample in decode_run(data, "x").samples}
    assert back == pytest.approx(dict(pairs), rel=1e-5)


@settings(deadline=None)
@given(st.lists(positive, min_size=1, max_size=30), positive)
def test_slices_survive_their_packing_over_twelve_orders_of_magnitude(values, location):
    (back,) = decode_slices(encode_slices([values], [location]), [location]).T
    for before, after in zip(values, back, strict=True):
        limit = 32767 / 2000  # what an int16 of half a thousandth holds
        expected = location * math.exp(max(-limit, min(limit, math.log(before / location))))
        assert after == pytest.approx(expected, rel=3e-3)


@settings(deadline=None, max_examples=25)
@given(st.floats(-0.3, 0.5), st.integers(0, 1000))
def test_rescaling_the_unit_keeps_every_verdict(change, seed):
    costs = {"a": 1e-3, "b": 2e-3, "c": 5e-6, "d": 7e-5}

    def verdicts(scale):
        scaled = {name: cost * scale for name, cost in costs.items()}
        baseline = [make_run(seed + n, scaled) for n in range(6)]
        candidate = make_run(seed + 100, {**scaled, "a": scaled["a"] * (1 + change)}, processes=6)
        rows = compare(candidate, read_baseline(baseline, candidate, POLICY), POLICY)
        return [row.verdict for row in judge_all(rows, candidate.benchmarks, POLICY)]

    assert verdicts(1.0) == verdicts(1000.0)


@given(st.lists(positive, min_size=2, max_size=20), st.lists(positive, min_size=2, max_size=20))
def test_swapping_baseline_and_candidate_negates_the_textbook_change(one, other):
    import numpy as np

    there, back = welch_test(np.array(one), np.array(other)), welch_test(np.array(other), np.array(one))
    assert there.difference == pytest.approx(-back.difference)
    assert there.p_value == pytest.approx(back.p_value)


@settings(deadline=None, max_examples=15)
@given(st.floats(-0.4, 0.6))
def test_the_measured_change_is_the_change_made(change):
    slow = make_run(100, {"a": 1e-3 * (1 + change), "b": 2e-3, "c": 5e-6, "d": 7e-5}, processes=15)
    rows = compare(slow, read_baseline(history(), slow, POLICY), POLICY)
    (row,) = [row for row in rows if row.benchmark == "a"]
    assert row.relative_change == pytest.approx(change, abs=0.02 * (1 + abs(change)))


@given(names, st.integers(1, 100))
def test_a_shortened_name_fits_and_is_printable(name, width):
    short = shorten(name, width)
    assert column_width(short) <= max(width, 1)
    assert short.isprintable()


@settings(deadline=None)
@given(names, st.floats(-0.9, 5))
def test_no_name_breaks_the_table_or_the_page(name, change):
    row = replace(judge(comparison(change), None, Policy()), benchmark=name)
    report = GateReport(Outcome.REGRESSED, (row,), warnings=(name,))
    assert all(column_width(line) <= 80 for line in render_terminal(report).splitlines())
    markdown = render(report, ".md")
    html = MarkdownIt("gfm-like", {"linkify": False}).render(markdown)
    assert html.count("<table>") == html.count("</table>") <= 1
    assert "<script" not in html
    assert "<a " not in html
    page = render(report, ".html")
    assert page.count("<script") == 0


@given(st.floats(1e-12, 1e12), st.sampled_from(["s", "B", "1", "1/s", "B/s"]))
def test_a_quantity_is_shown_with_three_digits(value, unit):
    text = format_quantity(value, unit)
    number = float(text.split()[0].removesuffix("/s"))
    # Seconds have no larger unit, and beyond 100,000 the exponent counts.
    assert 0 <= number < 1100 or value > 1e5 or unit == "s"


@given(st.text(max_size=40))
def test_no_text_makes_a_quantity_a_traceback(text):
    try:
        value, _ = parse_quantity(text)
    except ValueError:
        return
    assert math.isfinite(value)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.just(0.0)), min_size=1, max_size=6))
def test_no_value_makes_a_comparison_a_traceback(values):
    candidate = replace(
        make_run(50),
        samples=tuple(Sample("a", EXECUTION_TIME, i, v, canary_locations={"x": 1.0}) for i, v in enumerate(values)),
    )
    baseline = [
        replace(
            make_run(n),
            samples=tuple(
                Sample("a", EXECUTION_TIME, i, v, canary_locations={"x": 1.0}) for i, v in enumerate(values[::-1])
            ),
        )
        for n in range(4)
    ]
    rows = judge_all(
        compare(candidate, read_baseline(baseline, candidate, POLICY), POLICY), candidate.benchmarks, POLICY
    )
    for row in rows:
        assert row.reason
