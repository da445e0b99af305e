"""OpenMetrics text, as Prometheus and its like scrape it (RFC draft-ietf-opsawg-openmetrics, version 1.0)."""

from __future__ import annotations

import re

from pytest_perfgate.model import Run
from pytest_perfgate.report.exports.levels import Level, levels_of

_UNITS = {"s": "seconds", "B": "bytes", "B/s": "bytes_per_second", "1/s": "per_second", "1": ""}


def render_openmetrics(run: Run) -> str:
    """One family per metric, one gauge per benchmark."""
    families: dict[str, list[Level]] = {}
    for level in levels_of(run):
        families.setdefault(level.metric.name, []).append(level)
    revision = run.commit.revision if run.commit else ""
    common = f'revision="{_escaped(revision)}",environment="{_escaped(run.environment.fingerprint)}"'
    lines: list[str] = []
    for levels in families.values():
        name, unit = _family(levels[0])
        lines += [f"# TYPE {name} gauge", *([f"# UNIT {name} {unit}"] if unit else [])]
        lines.append(f"# HELP {name} Level over the processes of a recorded run.")
        when = f"{run.started_at.timestamp():.3f}"
        for level in levels:
            labels = f'benchmark="{_escaped(level.benchmark)}",{common}'
            lines.append(f"{name}{{{labels}}} {level.value!r} {when}")
    return "\n".join([*lines, "# EOF"]) + "\n"


def _family(level: Level) -> tuple[str, str]:
    """The family's name ends in its unit, as the format wants it."""
    unit = _UNITS.get(level.metric.unit, re.sub(r"\W", "_", level.metric.unit, flags=re.ASCII))
    name = "perfgate_" + re.sub(r"\W", "_", level.metric.name, flags=re.ASCII)
    return (name if not unit or name.endswith(f"_{unit}") else f"{name}_{unit}"), unit


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
