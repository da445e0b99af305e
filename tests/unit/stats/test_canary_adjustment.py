import numpy as np
import pytest

from pytest_perfgate.stats.canary_adjustment import fit_canaries


def _suite(seed=1, processes=30, benchmarks=8, beta=(0.5, 0.3, 0.2)):
    dice = np.random.default_rng(seed)
    canaries = dice.normal(0, 0.1, (processes, 1, 3)) + dice.normal(0, 0.002, (processes, benchmarks, 3))
    times = canaries @ np.asarray(beta) + dice.normal(0, 0.01, (processes, benchmarks)) + np.arange(benchmarks)
    return times, canaries


def test_the_machines_speed_is_taken_out():
    times, canaries = _suite()
    assert np.std(times[:, 0]) > 0.05
    assert np.std(fit_canaries(times, canaries).residuals[:, 0]) < 0.013


def test_a_slow_machine_shows_no_change_and_slow_code_shows_all_of_it():
    times, canaries = _suite()
    adjustment = fit_canaries(times, canaries)
    slow_machine = adjustment.apply(times + 0.3 * 1.0, canaries + 0.3)
    slow_code = adjustment.apply(times + 0.1, canaries)
    assert np.mean(slow_machine) == pytest.approx(0.0, abs=0.05)
    assert np.mean(slow_code) == pytest.approx(0.1, abs=0.01)


def test_single_slow_processes_do_not_bend_the_line():
    times, canaries = _suite()
    spoiled = times.copy()
    spoiled[3, :] += 0.5
    clean, dirty = fit_canaries(times, canaries), fit_canaries(spoiled, canaries)
    np.testing.assert_allclose(clean.coefficients, dirty.coefficients, atol=0.08)


def test_a_benchmark_with_few_processes_leans_on_the_suite():
    times, canaries = _suite()
    times[4:, 0] = np.nan
    coefficients = fit_canaries(times, canaries).coefficients
    assert np.linalg.norm(coefficients[0] - coefficients[1:].mean(axis=0)) < 0.3


def test_a_benchmark_that_was_never_measured_stays_nan_and_harms_nobody():
    times, canaries = _suite()
    times[:, 2] = np.nan
    adjustment = fit_canaries(times, canaries)
    assert np.isnan(adjustment.residuals[:, 2]).all()
    assert np.isfinite(np.delete(adjustment.residuals, 2, axis=1)).all()


def test_identical_canaries_are_no_division_by_zero():
    times = np.random.default_rng(1).normal(0, 0.01, (9, 3))
    adjustment = fit_canaries(times, np.zeros((9, 3, 3)))
    assert np.isfinite(adjustment.residuals).all()


def test_the_coefficients_uncertainty_grows_with_the_distance_from_the_baseline():
    times, canaries = _suite()
    adjustment = fit_canaries(times, canaries)
    near, far = (adjustment.uncertainty(canaries[:3] * 0 + shift) for shift in (0.05, 0.5))
    assert (far > near).all()
