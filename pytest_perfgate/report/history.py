"""A benchmark's recorded past as text."""

from __future__ import annotations

import csv
import io

import msgspec

from pytest_perfgate.model import Run, Series
from pytest_perfgate.report.quantities import format_percent, format_quantity, printable

_BARS = "▁▂▃▄▅▆▇█"
_CSV_RISKY = ("=", "+", "-", "@", "\t")


def sparkline(values: list[float]) -> str:
    """One bar per value, from the lowest to the highest."""
    low, high = min(values), max(values)
    span = high - low
    return "".join(_BARS[round((value - low) / span * (len(_BARS) - 1)) if span > 0 else 0] for value in values)


def render_history(series: Series) -> str:
    """A table and a sparkline."""
    from tabulate import tabulate

    first = series.points[0].level
    rows = [
        (
            f"{point.started_at:%Y-%m-%d %H:%M}",
            point.revision[:12] or "-",
            format_quantity(point.level, series.unit),
            format_percent(point.level / first - 1) if first else "",
            point.processes,
        )
        for point in series.points
    ]
    table = tabulate(
        rows,
        headers=["when (UTC)", "commit", "level", "since first", "processes"],
        tablefmt="simple",
        disable_numparse=True,
    )
    title = f"{printable(series.benchmark)} · {series.metric} · {len(rows)} runs"
    return f"{title}\n{sparkline([point.level for point in series.points])}\n\n{table}\n"


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
            point.lowest,
            point.highest,
        )
        writer.writerow([_cell(series.benchmark), series.metric, series.unit, *fields, point.processes])
    return out.getvalue()


def _cell(text: str) -> str:
    """A name that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(_CSV_RISKY) else text


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
                (run.commit.branch or "-") if run.commit else "-",
                "uncommitted changes" if run.commit and run.commit.dirty else "",
            )
            for run in headers
        ]
        title = f"environment {fingerprint}, {len(rows)} runs"
        parts.append(
            f"{title}\n"
            + tabulate(rows, headers=["run", "when (UTC)", "branch", ""], tablefmt="simple", disable_numparse=True)
        )
    return "\n\n".join(parts) + "\n"


def render_run(run: Run) -> str:
    """What one run measured."""
    from tabulate import tabulate

    rows = [
        (printable(s.benchmark), s.metric.name, s.process + 1, format_quantity(s.location, s.metric.unit))
        for s in sorted(run.samples, key=lambda s: (s.benchmark, s.metric.name, s.process))
    ]
    parts = [f"{key}: {printable(value)}" for key, value in run.environment.parts.items()]
    table = tabulate(
        rows, headers=["benchmark", "metric", "process", "level"], tablefmt="simple", disable_numparse=True
    )
    return "\n".join([f"run {run.id}", *parts, "", table]) + "\n"
