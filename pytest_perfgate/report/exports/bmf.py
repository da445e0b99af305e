"""Bencher Metric Format (https://bencher.dev/docs/reference/bencher-metric-format)."""

from __future__ import annotations

import json

from pytest_perfgate.model import Run
from pytest_perfgate.model.metric import EXECUTION_TIME, THROUGHPUT_ELEMENTS
from pytest_perfgate.report.exports.levels import levels_of

# Bencher's own two measures: nanoseconds, and operations per second.
_MEASURES = {EXECUTION_TIME.name: ("latency", 1e9), THROUGHPUT_ELEMENTS.name: ("throughput", 1.0)}


def render_bmf(run: Run) -> str:
    """Benchmark -> measure -> value, lower and upper value; other metrics keep name and base unit."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for level in levels_of(run):
        measure, factor = _MEASURES.get(level.metric.name, (level.metric.name, 1.0))
        found.setdefault(level.benchmark, {})[measure] = {
            "value": level.value * factor,
            "lower_value": level.lowest * factor,
            "upper_value": level.highest * factor,
        }
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"
