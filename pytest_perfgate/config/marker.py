"""Arguments of `@pytest.mark.perfgate(...)`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from pytest_perfgate.config.checks import a_flag, a_number, a_share, a_text, hint, metric_names
from pytest_perfgate.errors import ConfigError
from pytest_perfgate.model import BUILT_IN_METRICS
from pytest_perfgate.model.quantity import parse_quantity


class MarkerOptions(Struct, frozen=True):
    """Arguments of `@pytest.mark.perfgate(...)`, checked; `work`: bytes and elements per iteration."""

    min_change: float | None = None
    alpha: float | None = None
    metrics: tuple[str, ...] = ()
    budget: dict[str, float] = {}
    skip: str = ""
    whole_test: bool = False
    work: dict[str, float] = {}


def _budget(value: Any) -> dict[str, float]:  # noqa: ANN401 - whatever the author wrote
    """`"5ms"` bounds the execution time; `{"allocated_peak": "2 MiB"}` bounds what it names."""
    table = value if isinstance(value, Mapping) else {"execution_time": value}
    budget = {}
    for name, text in table.items():
        try:
            amount, unit = (float(text), None) if isinstance(text, (int, float)) else parse_quantity(a_text(text))
        except ValueError as error:
            raise ValueError("a quantity such as '5ms', '300 ns', '1.5 GiB' or '1e6/s'") from error
        known = BUILT_IN_METRICS.get(name)
        if known is not None and unit is not None and unit != known.unit:
            raise ValueError(f"a quantity in {known.unit} for '{name}'")
        budget[str(name)] = a_number(0)(amount)
    return budget


_MARKER_CHECKS: dict[str, Callable[[Any], object]] = {
    "min_change": a_share,
    "alpha": a_number(0, 1),
    "metrics": metric_names,
    "skip": lambda value: "marked skip" if value is True else "" if value is False else a_text(value),
    "whole_test": a_flag,
    "bytes": a_number(0),
    "elements": a_number(0),
    "budget": _budget,
}


def parse_marker(arguments: Mapping[str, Any], where: str) -> MarkerOptions:
    """Check a mark's arguments; ConfigError carries every problem, `where` names the test."""
    problems: list[str] = []
    values: dict[str, Any] = {}
    for name, raw in arguments.items():
        check = _MARKER_CHECKS.get(name)
        if check is None:
            wrong = "positional arguments" if name == "(positional)" else f"the argument '{name:.80}'"
            problems.append(f"'{where:.200}': the mark perfgate does not take {wrong}{hint(name, _MARKER_CHECKS)}")
            continue
        try:
            values[name] = check(raw)
        except (ValueError, TypeError) as error:
            problems.append(f"'{where:.200}': perfgate({name}={raw!r:.80}): it must be {error}")
    if problems:
        raise ConfigError(problems)
    work: dict[str, float] = {name: values.pop(name) for name in ("bytes", "elements") if name in values}
    return MarkerOptions(work=work, **values)
