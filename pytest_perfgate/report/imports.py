"""What an import has read, as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from pytest_perfgate.model import BenchmarkId, Run, Sample
from pytest_perfgate.report.quantities import format_quantity, printable, shorten

_SCHEMA = 1
_NAME_WIDTH = 60
_MOST_ROWS = 40
_MOST_WARNINGS = 20
_MOST_RUNS = 10  # of a history; the JSON has all of them


def render_imports(runs: Sequence[Run], recorded_to: Sequence[str], known: int = 0) -> str:
    """One block per run: where it comes from, its benchmarks, what is to be known of them, where it landed.

    `known`: how many were recorded already, and are left out.
    """
    lines: list[str] = []
    if len(runs) > _MOST_RUNS:
        lines.append(f"{len(runs)} runs, the newest {_MOST_RUNS}:")
    for run in runs[-_MOST_RUNS:]:
        lines += _block(run)
    if len(recorded_to) > _MOST_RUNS:
        lines.append(f"recorded {len(recorded_to)} runs, the newest {_MOST_RUNS}:")
    lines += [f"recorded: {place}" for place in recorded_to[-_MOST_RUNS:]]
    lines += [f"left out: {_some(known, 'run')} recorded already"] if known else []
    return "\n".join(lines) + "\n"


def _block(run: Run) -> list[str]:
    parts = run.environment.parts
    tool = printable(f"{parts.get('tool', '')} {parts.get('tool version', '')}".strip())
    commit = printable(run.commit.revision[:12]) if run.commit else "no commit"
    processes = len({sample.process for sample in run.samples})
    lines = [
        f"{tool} · {run.started_at:%Y-%m-%d %H:%M} UTC · {commit} · environment {run.environment.fingerprint}",
        f"{_some(len(run.benchmarks), 'benchmark')}, {_some(processes, 'process', 'es')}",
    ]
    lines += _rows(run.samples)
    lines += [f"warning: {printable(text)}" for text in run.warnings[:_MOST_WARNINGS]]
    if len(run.warnings) > _MOST_WARNINGS:
        lines.append(f"and {len(run.warnings) - _MOST_WARNINGS} warnings more")
    return lines


def _rows(samples: Sequence[Sample]) -> list[str]:
    grouped: dict[tuple[BenchmarkId, str], list[Sample]] = {}
    for sample in samples:
        grouped.setdefault((sample.benchmark, sample.metric.name), []).append(sample)
    rows = []
    for (name, metric), group in list(grouped.items())[:_MOST_ROWS]:
        levels = [format_quantity(value, group[0].metric.unit) for value in _ends(group)]
        count = sum(len(sample.values) or 1 for sample in group)
        shown = " to ".join(dict.fromkeys(levels))
        rows.append(f"  {shorten(name, _NAME_WIDTH)} · {printable(metric)} {shown} · {_some(count, 'value')}")
    if len(grouped) > _MOST_ROWS:
        rows.append(f"  and {len(grouped) - _MOST_ROWS} more")
    return rows


def _ends(group: Sequence[Sample]) -> tuple[float, float]:
    levels = [sample.location for sample in group]
    return min(levels), max(levels)


def _some(number: int, word: str, plural: str = "s") -> str:
    return f"{number} {word}{plural if number != 1 else ''}"


def render_imports_json(runs: Sequence[Run], recorded_to: Sequence[str], known: int = 0) -> str:
    """The runs with every sample's location, without their values; `recorded_to` is empty when nothing was recorded."""
    content: dict[str, Any] = {
        "schema": _SCHEMA,
        "runs": [_facts(run) for run in runs],
        "recorded_to": list(recorded_to),
        "recorded_already": known,
    }
    return msgspec.json.format(msgspec.json.encode(content), indent=2).decode() + "\n"


def _facts(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "started_at": run.started_at,
        "commit": run.commit,
        "environment": run.environment,
        "warnings": run.warnings,
        "samples": [
            {
                "benchmark": sample.benchmark,
                "metric": sample.metric.name,
                "unit": sample.metric.unit,
                "direction": sample.metric.direction,
                "process": sample.process,
                "location": sample.location,
                "values": len(sample.values),
            }
            for sample in run.samples
        ],
    }
