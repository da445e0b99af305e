"""github-action-benchmark: its custom JSON of one run, and its history `data.js`, which its page shows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from pytest_perfgate.model import Commit, Direction, Run
from pytest_perfgate.model.metric import EXECUTION_TIME
from pytest_perfgate.report.exports.levels import Level, levels_of

# The tool decides which way the action alerts; a suite has one.
_TOOLS: Mapping[Direction, str] = {
    Direction.LOWER_IS_BETTER: "customSmallerIsBetter",
    Direction.HIGHER_IS_BETTER: "customBiggerIsBetter",
}
_SUITES: Mapping[Direction, str] = {
    Direction.LOWER_IS_BETTER: "perfgate",
    Direction.HIGHER_IS_BETTER: "perfgate, higher is better",
}


def render_github_action(run: Run, direction: Direction) -> str:
    """A list of entries, of the metrics that are better in this direction: one file holds one direction only."""
    entries = [_entry(level) for level in levels_of(run) if level.metric.direction is direction]
    return json.dumps(entries, indent=2, ensure_ascii=False) + "\n"


def render_github_action_history(runs: Sequence[Run], direction: Direction) -> str:
    """`data.js`: a script that assigns the history, one suite of one direction, oldest run first."""
    ordered = sorted(runs, key=lambda run: run.started_at)
    newest = ordered[-1].started_at if ordered else None
    content = {
        "lastUpdate": _milliseconds(newest),
        "repoUrl": "",
        "entries": {_SUITES[direction]: [_executed(run, direction) for run in ordered]},
    }
    return f"window.BENCHMARK_DATA = {json.dumps(content, indent=2, ensure_ascii=False)}\n"


def _executed(run: Run, direction: Direction) -> dict[str, object]:
    return {
        "commit": _commit(run.commit),
        "date": _milliseconds(run.started_at),
        "tool": _TOOLS[direction],
        "benches": [_entry(level) for level in levels_of(run) if level.metric.direction is direction],
    }


def _commit(commit: Commit | None) -> dict[str, object]:
    """The page reads the committer's name and the link, of which a recorded run knows nothing."""
    nobody = {"email": "", "name": "", "username": ""}
    return {
        "author": nobody,
        "committer": nobody,
        "distinct": True,
        "id": commit.revision if commit else "",
        "message": commit.subject if commit else "",
        "timestamp": commit.committed_at.isoformat() if commit and commit.committed_at else "",
        "url": commit.ci_url if commit else "",
    }


def _milliseconds(when: datetime | None) -> int:
    return round(when.timestamp() * 1000) if when else 0


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
