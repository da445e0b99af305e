"""The benchmark's scores, by the published definitions and by hand."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks" / "change_points"))
from scoring import covering, f1, matched


@pytest.mark.parametrize(
    ("true", "found", "hits"),
    [
        ({1, 10, 20, 23}, {3, 8, 20}, {1, 10, 20}),
        ({1, 10, 20, 23}, {1, 3, 8, 20}, {1, 10, 20}),
        (set(), {1, 2}, set()),
        ({1, 2}, set(), set()),
        ({10}, {15}, {10}),
        ({10}, {16}, set()),
    ],
    ids=["each once", "nearest", "none true", "none found", "within", "beyond"],
)
def test_a_found_one_counts_for_one_true_one_within_the_margin(true, found, hits):
    assert matched(true, found) == hits


def test_f1_by_hand():
    """One annotator: of {0, 50} both, of {0, 52, 80} two are right: precision 2/3, recall 1."""
    assert f1([{50}], {52, 80}) == pytest.approx(2 * (2 / 3) / (2 / 3 + 1))


def test_recall_is_averaged_over_annotators_and_precision_is_against_any():
    """Two annotators, {0, 50} and {0}: found {0, 50}: precision 1, recall (1 + 1) / 2."""
    assert f1([{50}, set()], {50}) == 1.0
    """Found nothing: precision 1, recall (1/2 + 1) / 2 = 3/4."""
    assert f1([{50}, set()], set()) == pytest.approx(2 * 0.75 / 1.75)


def test_nothing_annotated_and_nothing_found_is_perfect():
    assert f1([set()], set()) == 1.0
    assert covering([set()], set(), 100) == 1.0


def test_covering_by_hand():
    """[0, 50), [50, 100) by [0, 40), [40, 100): 50/100 × 40/50 + 50/100 × 50/60."""
    assert covering([{50}], {40}, 100) == pytest.approx(0.5 * 0.8 + 0.5 * 50 / 60)


def test_covering_is_averaged_over_annotators():
    assert covering([{50}, set()], set(), 100) == pytest.approx((0.5 + 1.0) / 2)


def test_the_series_of_the_benchmark_are_the_same_for_the_same_seed():
    from series import KINDS, cases

    one, other = (list(cases([], 1, 5))[: len(KINDS)] for _ in range(2))
    assert all((left.values == right.values).all() for left, right in zip(one, other, strict=True))
    assert all(0 < place < len(case.values) for case in one for place in case.annotations[0])


def test_the_turing_set_is_read_in_its_own_layout(tmp_path):
    from series import turing

    folder = tmp_path / "datasets" / "a"
    folder.mkdir(parents=True)
    (folder / "a.json").write_text(
        '{"name": "a", "n_dim": 1, "series": [{"raw": [1.0, null, 2.0, 2.0]}]}', encoding="utf-8"
    )
    (tmp_path / "annotations.json").write_text('{"a": {"6": [2], "7": []}}', encoding="utf-8")
    (case,) = turing(tmp_path)
    assert case.values.tolist() == [1.0, 2.0, 2.0]
    assert case.annotations == (frozenset({1}), frozenset())
