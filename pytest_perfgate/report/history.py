"""A benchmark's recorded past as text."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from pytest_perfgate.model import Run, Series
from pytest_perfgate.report.quantities import format_percent, format_quantity, printable, shorten

_BARS = "▁▂▃▄▅▆▇█"
_NO_BAR = "·"
_SPARK_WIDTH = 60
_NAME_WIDTH = 44
_TITLE_WIDTH = 300
_BRANCH_WIDTH = 24
_CSV_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")


def sparkline(values: Sequence[float], *, width: int = _SPARK_WIDTH) -> str:
    """One bar per value, from the lowest to the highest; of more than `width`, the median of neighbours."""
    values = _condensed(values, width)
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return _NO_BAR * len(values)
    low, span = min(finite), max(finite) - min(finite)
    return "".join(_bar((value - low) / span if span > 0 else 0.0) for value in values)


def _bar(share: float) -> str:
    return _BARS[round(share * (len(_BARS) - 1))] if math.isfinite(share) else _NO_BAR


def _condensed(values: Sequence[float], width: int) -> list[float]:
    """At most `width` values: the middle one of each group of neighbours."""
    if len(values) <= width:
        return list(values)
    edges = [number * len(values) // width for number in range(width + 1)]
    groups = [sorted(values[start:end]) for start, end in pairwise(edges)]
    return [group[len(group) // 2] for group in groups]


def render_history(series: Series) -> str:
    """A table and a sparkline; two where the levels are known with the machine taken out too."""
    from tabulate import tabulate

    title = f"{shorten(series.benchmark, _TITLE_WIDTH)} · {shorten(series.metric, _NAME_WIDTH)}"
    if not series.points:
        return f"{title}\nNo runs are recorded.\n"
    columns = {"level": [point.level for point in series.points]}
    if any(point.adjusted is not None for point in series.points):
        columns["adjusted"] = [math.nan if p.adjusted is None else p.adjusted for p in series.points]
    counted = list(columns.values())[-1]
    first = next((level for level in counted if math.isfinite(level)), 0.0)
    rows = [
        (
            f"{point.started_at:%Y-%m-%d %H:%M}",
            printable(point.revision[:12]) or "-",
            *(_quantity(levels[number], series.unit) for levels in columns.values()),
            _since(counted[number], first),
            point.processes,
        )
        for number, point in enumerate(series.points)
    ]
    headers = ["when (UTC)", "commit", *columns, "since first", "processes"]
    table = tabulate(rows, headers=headers, tablefmt="simple", disable_numparse=True)
    count = f"{len(rows)} run{'s' * (len(rows) != 1)}"
    sparks = [f"{sparkline(levels)}{f'  {name}' * (len(columns) > 1)}" for name, levels in columns.items()]
    notes = [printable(note) for note in series.notes]
    return "\n".join([f"{title} · {count}", *notes, *sparks, "", table]) + "\n"


def _quantity(level: float, unit: str) -> str:
    return format_quantity(level, unit) if math.isfinite(level) else "-"


def _since(level: float, first: float) -> str:
    return format_percent(level / first - 1) if first and math.isfinite(level) else ""


def render_csv(series: Series) -> str:
    """One row per run, in base units."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        [
            "benchmark",
            "metric",
            "unit",
            "run",
            "started_at",
            "revision",
            "level",
            "adjusted",
            "lowest",
            "highest",
            "processes",
        ]
    )
    for point in series.points:
        fields = (
            point.run,
            point.started_at.isoformat(),
            point.revision,
            point.level,
            "" if point.adjusted is None else point.adjusted,
            point.lowest,
            point.highest,
        )
        writer.writerow(
            [csv_cell(series.benchmark), csv_cell(series.metric), csv_cell(series.unit), *fields, point.processes]
        )
    return out.getvalue()


def csv_cell(text: str) -> str:
    """A name on one line, that a spreadsheet does not take for a formula."""
    return f"'{printable(text)}" if text.startswith(_CSV_RISKY) else printable(text)


def render_json(series: Series) -> str:
    """The series as JSON."""
    return msgspec.json.format(msgspec.json.encode(series), indent=2).decode() + "\n"


def render_runs(runs: dict[str, list[Run]]) -> str:
    """Recorded runs by environment, oldest first."""
    from tabulate import tabulate

    if not any(runs.values()):
        return "No runs are recorded.\n"
    parts = []
    for fingerprint, headers in runs.items():
        rows = [
            (
                run.id,
                f"{run.started_at:%Y-%m-%d %H:%M}",
                shorten(run.commit.branch, _BRANCH_WIDTH) or "-" if run.commit else "-",
                "uncommitted changes" if run.commit and run.commit.dirty else "",
            )
            for run in headers
        ]
        title = f"environment {fingerprint}, {len(rows)} run{'s' * (len(rows) != 1)}"
        parts.append(
            f"{title}\n"
            + tabulate(rows, headers=["run", "when (UTC)", "branch", ""], tablefmt="simple", disable_numparse=True)
        )
    return "\n\n".join(parts) + "\n"


def render_run(run: Run) -> str:
    """What one run measured."""
    from tabulate import tabulate

    rows = [
        (
            shorten(s.benchmark, _NAME_WIDTH),
            shorten(s.metric.name, _NAME_WIDTH),
            s.process + 1,
            format_quantity(s.location, s.metric.unit),
        )
        for s in sorted(run.samples, key=lambda s: (s.benchmark, s.metric.name, s.process))
    ]
    parts = [f"{printable(key)}: {printable(value)}" for key, value in run.environment.parts.items()]
    table = tabulate(
        rows, headers=["benchmark", "metric", "process", "level"], tablefmt="simple", disable_numparse=True
    )
    return "\n".join([f"run {run.id}", *parts, "", table]) + "\n"
