"""Takes the machine's speed, as its canaries show it, out of the benchmarks' times."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from pytest_perfgate.stats.quantiles import Floats, column_quantile

RIDGE = 0.3
_STEPS = 5
_HUBER = 1.5
_SMALLEST_SCALE = 1e-4
_MAD_TO_DEVIATION = 1.4826


class Adjustment(Struct, frozen=True):
    """What the baseline's processes teach about the canaries.

    `level`: (benchmarks,) mean log time; `canary_level`: (benchmarks, canaries) mean log canary;
    `coefficients`: (benchmarks, canaries); `residuals`: (processes, benchmarks), NaN where not measured;
    `unscaled_covariance`: (benchmarks, canaries, canaries): times the residual variance gives that of the
    coefficients; `parameters`: (benchmarks,) effective number of coefficients that a benchmark's own data had to
    pay for (trace of the smoother, doi 10.1201/9780203753781, chapter 3).
    """

    level: Floats
    canary_level: Floats
    coefficients: Floats
    residuals: Floats
    unscaled_covariance: Floats
    parameters: Floats

    def apply(self, times: Floats, canaries: Floats) -> Floats:
        """Residuals of other processes: (processes, benchmarks) from log times and log canaries."""
        shift = canaries - self.canary_level
        adjusted: Floats = times - self.level - np.einsum("pbk,bk->pb", np.nan_to_num(shift), self.coefficients)
        return adjusted

    def uncertainty(self, canaries: Floats) -> Floats:
        """(benchmarks,): what the coefficients' own error adds, in units of the residual variance."""
        present = ~np.isnan(canaries[..., :1])
        count = np.maximum(present.sum(axis=0), 1)
        mean = np.nansum(canaries - self.canary_level, axis=0) / count
        added: Floats = np.einsum("bk,bkl,bl->b", mean, self.unscaled_covariance, mean)
        return added


def fit_canaries(times: Floats, canaries: Floats, *, ridge: float = RIDGE) -> Adjustment:
    """Robust ridge regression of log times on log canaries, drawn toward the suite's common coefficients.

    `times`: (processes, benchmarks); `canaries`: (processes, benchmarks, canaries); NaN where not measured.
    A benchmark has 9 to 150 processes for three coefficients, too few to stand alone: the ridge's target is the
    regression pooled over the suite, its strength `ridge` times the average benchmark's information. Huber
    weights (Huber 1964, doi 10.1214/aoms/1177703732) keep single slow processes from bending the line.
    """
    present = ~np.isnan(times) & ~np.isnan(canaries).any(axis=2)
    y, x = np.where(present, times, 0.0), np.where(present[..., None], canaries, 0.0)
    weights = present.astype(np.float64)
    coefficients = np.zeros(x.shape[1:])
    for _ in range(_STEPS):
        level, canary_level = _weighted_means(y, x, weights)
        yc, xc = y - level, x - canary_level
        information = np.einsum("pb,pbk,pbl->bkl", weights, xc, xc, optimize=True)
        moment = np.einsum("pb,pbk,pb->bk", weights, xc, yc, optimize=True)
        scale = _deviation(_blank(yc - np.einsum("pbk,bk->pb", xc, coefficients), present))
        precision = ridge * information.mean(axis=0)
        common = _common_coefficients(information, moment, scale)
        inverse = np.linalg.pinv(information + precision, hermitian=True)
        coefficients = np.einsum("bkl,bl->bk", inverse, moment + precision @ common)
        residuals = _blank(yc - np.einsum("pbk,bk->pb", xc, coefficients), present)
        weights = np.where(present, _huber_weights(residuals, _deviation(residuals)), 0.0)
    return Adjustment(
        level=level,
        canary_level=canary_level,
        coefficients=coefficients,
        residuals=residuals,
        unscaled_covariance=inverse,
        parameters=np.einsum("bkl,blk->b", inverse, information),
    )


def _weighted_means(y: Floats, x: Floats, weights: Floats) -> tuple[Floats, Floats]:
    total = np.maximum(weights.sum(axis=0), 1e-12)
    return (weights * y).sum(axis=0) / total, np.einsum("pb,pbk->bk", weights, x) / total[:, None]


def _common_coefficients(information: Floats, moment: Floats, scale: Floats) -> Floats:
    pooled = (information / scale[:, None, None] ** 2).sum(axis=0)
    common: Floats = np.linalg.pinv(pooled, hermitian=True) @ (moment / scale[:, None] ** 2).sum(axis=0)
    return common


def _blank(values: Floats, present: np.ndarray) -> Floats:
    return np.where(present, values, np.nan)


def _deviation(residuals: Floats) -> Floats:
    middle = column_quantile(residuals, 0.5)
    deviation = _MAD_TO_DEVIATION * column_quantile(np.abs(residuals - middle), 0.5)
    return np.nan_to_num(deviation) + _SMALLEST_SCALE


def _huber_weights(residuals: Floats, scale: Floats) -> Floats:
    distance = np.abs(residuals - column_quantile(residuals, 0.5)) / scale
    return np.minimum(1.0, _HUBER / np.maximum(distance, 1e-12))
