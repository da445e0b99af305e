"""Units as benchmark tools spell them: `ns/iter`, `ops/sec`, `msec`, `allocs/op`."""

from __future__ import annotations

import re

from pytest_perfgate.importers.samples import metric_of
from pytest_perfgate.model import Direction, Metric

_SPELLINGS = {
    **dict.fromkeys(("nsec", "nanosecond", "nanoseconds"), "ns"),
    **dict.fromkeys(("usec", "microsecond", "microseconds"), "us"),
    **dict.fromkeys(("msec", "millisecond", "milliseconds"), "ms"),
    **dict.fromkeys(("sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("byte", "bytes"), "B"),
}
_ONE = r"(?:ops?|iters?|iterations?|calls?|runs?|req|reqs|requests?)"
_PER_ITERATION = re.compile(rf"(.+?)\s*(?:/|\bper\b)\s*{_ONE}", re.IGNORECASE)
_RATE = re.compile(rf"{_ONE}\s*(?:/|\bper\b)\s*(\w+)", re.IGNORECASE)


def metric_by_unit(unit: str, direction: Direction | None = None) -> tuple[Metric, float]:
    """The metric that is measured in `unit`, and the factor to its base unit.

    A time per iteration is a time, operations per time are a throughput; any other unit is a metric of its own name,
    which needs a `direction`. ValueError where neither unit nor `direction` says what is better.
    """
    spelled = unit.strip()
    if (rate := _RATE.fullmatch(spelled)) is not None:
        time, factor = _known(rate[1])
        if time is not None and time.unit == "s":
            return _named(metric_of("1/s", direction=direction)[0], unit), 1 / factor
    per_iteration = _PER_ITERATION.fullmatch(spelled)
    metric, factor = _known(per_iteration[1] if per_iteration else spelled)
    if metric is None and direction is None:
        raise ValueError(f"the unit '{unit:.40}' does not say whether more or less of it is better")
    if metric is None:
        return Metric(metric_name(unit), spelled or "1", direction or Direction.LOWER_IS_BETTER), 1.0
    if direction not in {None, metric.direction}:
        metric = Metric("value", metric.unit, direction or metric.direction)
    return _named(metric, unit), factor


def _known(spelled: str) -> tuple[Metric | None, float]:
    """Times, bytes and what is per second tell their direction; a bare number does not."""
    amount, slash, time = spelled.partition("/")
    plain = _SPELLINGS.get(amount.lower(), amount) + (slash and "/" + _SPELLINGS.get(time.lower(), time))
    metric, factor = metric_of(plain)
    return (metric, factor) if metric.unit in {"s", "B", "B/s", "1/s"} else (None, 1.0)


def _named(metric: Metric, unit: str) -> Metric:
    """Not `value` for everything: a run holds a metric of one name in one unit and direction only."""
    return Metric(metric_name(unit), metric.unit, metric.direction, metric.kind) if metric.name == "value" else metric


def metric_name(text: str) -> str:
    """Any text as the name of a metric."""
    name = "".join(letter if letter.isalnum() or letter in "_-." else "_" for letter in text.strip())[:40]
    return "value" if name in {"", "1"} else name
