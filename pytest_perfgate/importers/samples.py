"""Samples from what foreign files hold: raw values where there are any, else one number that sums them up."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from pytest_perfgate.model import BUILT_IN_METRICS, BenchmarkId, Direction, Metric, Sample
from pytest_perfgate.model.metric import EXECUTION_TIME, THROUGHPUT_BYTES, THROUGHPUT_ELEMENTS
from pytest_perfgate.model.quantity import unit_factor
from pytest_perfgate.stats.location import location

# Part of the environment where no raw values were to be had: a median and a low quantile are not comparable.
LOCATION_PART = "location"
# Kept per process: more sharpen nothing, and a store that git tracks must stay small. Criterion's default is 100.
MOST_VALUES = 100
# Statistics that a file may hold instead of values, best first. A low quartile resists a neighbour that takes the
# core (see stats/location.py), a median half as well; one outlier moves a mean. Never the minimum: how far it lies
# below the rest depends on how many values there were.
SUMMARIES = ("lower quartile", "median", "mean")


def raw_sample(
    benchmark: str, metric: Metric, values: Sequence[float], *, process: int = 0, iterations: int = 1
) -> Sample:
    """The values that one process measured, in base units and per iteration.

    Its location is the quantile by which our own slices are judged, from the good side: 10 % for what is better
    when lower, 90 % for what is better when higher. One value is its own location. A few values (5 forks of one
    value each are five processes, not five values) lean on the best two of them, which is right for the same
    reason: what disturbs a measurement makes it slower. ValueError for what is no measurement.
    """
    if not values:
        raise ValueError(f"'{benchmark:.200}' has no values")
    if not math.isfinite(sum(values)) or min(values) <= 0:  # only then is it worth to look for the culprit
        for value in values:
            check_value(benchmark, metric, value)
    sign = -1.0 if metric.direction is Direction.HIGHER_IS_BETTER else 1.0
    return Sample(
        benchmark=BenchmarkId(benchmark),
        metric=metric,
        process=process,
        location=sign * location([sign * value for value in values]),
        iterations=max(1, iterations),
        values=tuple(map(float, values)),
    )


def summary_sample(
    benchmark: str, metric: Metric, summaries: Mapping[str, float | None], *, process: int = 0
) -> tuple[Sample, str]:
    """A sample where the file has no values, and which statistic is its location (for LOCATION_PART).

    `summaries`: any of SUMMARIES -> value in base units. ValueError where there is none.
    """
    found = next(((name, value) for name in SUMMARIES if (value := summaries.get(name)) is not None), None)
    if found is None:
        raise ValueError(f"'{benchmark:.200}' has neither values nor any of: {', '.join(SUMMARIES)}")
    name, value = found
    check_value(benchmark, metric, value)
    return Sample(BenchmarkId(benchmark), metric, process, float(value), values=(float(value),)), name


def throughput_sample(time: Sample, metric: Metric, amount: float) -> Sample:
    """What one iteration handles (`amount`, in the metric's unit times seconds) over the time that it takes."""
    rates = [amount / value for value in time.values]
    return replace(time, metric=metric, location=amount / time.location, values=tuple(rates))


def thinned(sample: Sample) -> Sample:
    """The sample with at most MOST_VALUES of its values, evenly spaced; its location is still that of all."""
    count = len(sample.values)
    if count <= MOST_VALUES:
        return sample
    return replace(sample, values=tuple(sample.values[index * count // MOST_VALUES] for index in range(MOST_VALUES)))


def check_value(benchmark: str, metric: Metric, value: float) -> None:
    """Raise ValueError for what can't be a measurement: NaN, infinity, a time of zero or less."""
    if not math.isfinite(value):
        raise ValueError(f"'{benchmark:.200}' has a {metric.name} of {value}, which is no measurement")
    if metric.unit == "s" and value <= 0:
        raise ValueError(f"'{benchmark:.200}' took {value:g} s; a measured time is above zero")


def metric_of(unit: str, *, name: str = "", direction: Direction | None = None) -> tuple[Metric, float]:
    """The metric that is measured in `unit`, and the factor to its base unit.

    Seconds are execution time, `B/s` and `1/s` throughput, unless `name` says otherwise; a unit that is not known
    is kept as it is. Without `direction`, rates are better when higher and everything else when lower.
    """
    try:
        factor, base = unit_factor(unit)
    except ValueError:
        factor, base = 1.0, unit
    known = {"s": EXECUTION_TIME, "B/s": THROUGHPUT_BYTES, "1/s": THROUGHPUT_ELEMENTS}.get(base)
    if name:
        known = BUILT_IN_METRICS.get(name)
    if known is not None and known.unit == base and direction in {None, known.direction}:
        return known, factor
    rate = Direction.HIGHER_IS_BETTER if base.endswith("/s") else Direction.LOWER_IS_BETTER
    return Metric(name or "value", base, direction or rate), factor
