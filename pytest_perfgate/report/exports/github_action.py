"""The custom JSON of github-action-benchmark: `customSmallerIsBetter` or `customBiggerIsBetter`."""

from __future__ import annotations

import json

from pytest_perfgate.model import Direction, Run
from pytest_perfgate.model.metric import EXECUTION_TIME
from pytest_perfgate.report.exports.levels import Level, levels_of


def render_github_action(run: Run, direction: Direction) -> str:
    """A list of entries, of the metrics that are better in this direction: one file holds one direction only."""
    entries = [_entry(level) for level in levels_of(run) if level.metric.direction is direction]
    return json.dumps(entries, indent=2, ensure_ascii=False) + "\n"


def _entry(level: Level) -> dict[str, object]:
    timed = level.metric.unit == "s"
    factor, unit = (1e9, "ns") if timed else (1.0, level.metric.unit)
    plain = level.metric.name == EXECUTION_TIME.name
    return {
        "name": level.benchmark if plain else f"{level.benchmark} - {level.metric.name}",
        "unit": unit,
        "value": level.value * factor,
        "range": f"± {(level.highest - level.lowest) / 2 * factor:.6g}",
    }
