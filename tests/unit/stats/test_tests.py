import numpy as np
import pytest
from scipy import stats as scipy_stats

from pytest_perfgate.stats.moderation import moderate
from pytest_perfgate.stats.multiplicity import benjamini_hochberg, holm
from pytest_perfgate.stats.student import t_quantile, t_survival
from pytest_perfgate.stats.welch import welch_test


@pytest.mark.parametrize("seed", range(20))
def test_welch_agrees_with_scipy_to_twelve_digits(seed):
    dice = np.random.default_rng(seed)
    before = dice.lognormal(0, 0.3, dice.integers(2, 40))
    after = dice.lognormal(0.1, 0.5, dice.integers(2, 40))
    ours, theirs = welch_test(before, after), scipy_stats.ttest_ind(after, before, equal_var=False)
    assert ours.statistic == pytest.approx(theirs.statistic, rel=1e-12)
    assert ours.p_value == pytest.approx(theirs.pvalue, rel=1e-12)
    assert ours.degrees_of_freedom == pytest.approx(theirs.df, rel=1e-12)


def test_welch_without_any_spread_knows_equal_from_different():
    same, other = np.ones(3), np.full(3, 2.0)
    assert welch_test(same, same).p_value == 1.0
    assert welch_test(same, other).p_value == 0.0


def test_benjamini_hochberg_agrees_with_scipy():
    p_values = np.random.default_rng(1).uniform(size=50) ** 3
    np.testing.assert_allclose(benjamini_hochberg(p_values), scipy_stats.false_discovery_control(p_values))


def test_holm_by_hand():
    np.testing.assert_allclose(holm(np.array([0.01, 0.04, 0.03])), [0.03, 0.06, 0.06])


def test_no_p_values_have_no_corrections():
    assert len(benjamini_hochberg(np.empty(0))) == 0
    assert len(holm(np.empty(0))) == 0


def test_equal_true_variances_are_shrunk_together():
    dice = np.random.default_rng(5)
    variances = dice.chisquare(4, 200) / 4
    moderated, df = moderate(variances, np.full(200, 4.0))
    assert np.std(moderated) < 0.2 * np.std(variances)
    assert (df > 10).all()


def test_truly_different_variances_keep_apart():
    dice = np.random.default_rng(6)
    truth = np.exp(dice.normal(0, 3, 200))
    variances = truth * dice.chisquare(20, 200) / 20
    moderated, df = moderate(variances, np.full(200, 20.0))
    assert np.corrcoef(np.log(moderated), np.log(variances))[0, 1] > 0.97
    assert (df < 25).all()


def test_two_benchmarks_are_too_few_to_learn_a_prior_from():
    variances = np.array([1.0, 4.0])
    np.testing.assert_array_equal(moderate(variances, np.array([5.0, 5.0]))[0], variances)


def test_a_benchmark_without_degrees_of_freedom_gets_the_suites_variance():
    variances = np.array([1.0, 1.2, 0.9, 1.1, np.nan])
    moderated, df = moderate(variances, np.array([8.0, 8.0, 8.0, 8.0, 0.0]))
    assert moderated[4] == pytest.approx(1.0, abs=0.3)
    assert df[4] > 0


DEGREES = np.array([0.3, 1.0, 2.5, 4.0, 30.0, 1e9, np.inf])[:, None]


def test_our_t_distribution_is_scipys_with_infinite_degrees_of_freedom_too():
    values = np.array([-40.0, -3.0, -0.1, 0.0, 0.5, 2.0, 9.0, 60.0, np.inf])
    shares = np.array([1e-9, 1e-4, 0.05, 0.5, 0.8, 0.995, 1 - 1e-9])
    np.testing.assert_allclose(t_survival(values, DEGREES), scipy_stats.t.sf(values, DEGREES), rtol=1e-9)
    np.testing.assert_allclose(t_quantile(shares, DEGREES), scipy_stats.t.ppf(shares, DEGREES), rtol=1e-7, atol=1e-12)


def test_what_is_not_known_stays_unknown():
    assert np.isnan(t_survival(np.nan, 3.0))
    assert np.isnan(t_survival(1.0, np.nan))
    assert np.isnan(t_quantile(0.9, np.nan))
