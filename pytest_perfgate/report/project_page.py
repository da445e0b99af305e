"""A project's history as one interactive page: a file that needs no network and asks for none."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib import resources
from string import Template

import msgspec

from pytest_perfgate.model import Run
from pytest_perfgate.model.change_point import ChangePoint
from pytest_perfgate.model.project_history import EnvironmentHistory, ProjectHistory, RecordedSeries
from pytest_perfgate.report.quantities import printable, shorten

# About 30 bytes each: a browser reads 30 MB in a second or two, and hardly ten times as much.
MOST_POINTS = 1_000_000
_NAME_WIDTH = 300
_SUBJECT_WIDTH = 120
_DIGITS = 6
# What could end the script element, or be a line end to an old JavaScript, inside a JSON text.
_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def render_project_page(history: ProjectHistory, *, most_points: int = MOST_POINTS) -> str:
    """Each benchmark's levels, processes, changes and commits; the drawing is uPlot's (in `vendor/`, MIT)."""
    parts = resources.files("pytest_perfgate.report")
    names = ("vendor/uPlot.iife.min.js", "templates/export.js", "templates/history.js")
    plot, export, page = (parts.joinpath(name).read_text("utf-8") for name in names)
    licence = parts.joinpath("vendor/LICENSE-uPlot.txt").read_text("utf-8")
    scripts = [f"/* uPlot\n{licence}*/\n{plot}", f"{export}{page}"]
    return Template(parts.joinpath("templates/history.html").read_text("utf-8")).substitute(
        policy=" ".join(f"'sha256-{_digest(script)}'" for script in scripts),
        style=parts.joinpath("vendor/uPlot.min.css").read_text("utf-8"),
        data=script_safe(msgspec.json.encode(_data(history, most_points)).decode()),
        plot=scripts[0],
        page=scripts[1],
    )


def script_safe(text: str) -> str:
    """A JSON text that can stand in a script element: it has no character that HTML looks at."""
    return "".join(_UNSAFE.get(char, char) for char in text)


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _data(history: ProjectHistory, most_points: int) -> dict[str, object]:
    room = most_points
    environments = []
    for one in history.environments:
        fits = max(0, room // max(len(one.runs), 1))
        # What changed is shown first, should not all of it fit.
        order = sorted(one.series, key=lambda series: not series.changes)[:fits]
        room -= len(order) * len(one.runs)
        notes = list(one.notes)
        if len(order) < len(one.series):
            notes.append(
                f"{len(one.series) - len(order)} series without a change are left out: the page would be too large"
            )
        environments.append(_environment(one, order, notes))
    return {"environments": environments}


def _environment(one: EnvironmentHistory, series: Sequence[RecordedSeries], notes: Sequence[str]) -> dict[str, object]:
    places = {run.id: place for place, run in enumerate(one.runs)}
    facts = ", ".join(f"{key} {value}" for key, value in one.environment.parts.items())
    return {
        "name": printable(f"{one.environment.fingerprint} · {facts}"),
        "notes": [printable(note) for note in notes],
        "runs": [_run(run) for run in one.runs],
        "series": [_series(each, places) for each in sorted(series, key=lambda s: (s.benchmark, s.metric.name))],
    }


def _run(run: Run) -> list[object]:
    commit = run.commit
    if commit is None:
        return [int(run.started_at.timestamp()), "", "", ""]
    subject = shorten(commit.subject, _SUBJECT_WIDTH)
    return [int(run.started_at.timestamp()), printable(commit.revision[:12]), printable(commit.branch), subject]


def _series(series: RecordedSeries, places: dict[str, int]) -> dict[str, object]:
    measured = [place for place, count in enumerate(series.processes) if count]
    columns = (series.level, series.adjusted, series.lowest, series.highest)
    levels, adjusted, lowest, highest = ([_short(column[p]) for p in measured] if column else [] for column in columns)
    return {
        "name": shorten(series.benchmark, _NAME_WIDTH),
        "metric": shorten(series.metric.name, _NAME_WIDTH),
        "unit": printable(series.metric.unit[:12]),
        "lower": series.metric.direction.value == "lower",
        "x": measured,
        "level": levels,
        "adjusted": adjusted,
        "lowest": lowest,
        "highest": highest,
        "n": [series.processes[p] for p in measured],
        "changes": [_change(change, places) for change in series.changes if change.run in places],
    }


def _change(change: ChangePoint, places: dict[str, int]) -> dict[str, object]:
    return {
        "x": places[change.run],
        "before": _short(change.before),
        "after": _short(change.after),
        "change": change.relative_change,
        "interval": [change.interval.lower, change.interval.upper],
        "improved": change.improved,
        "commit": printable(change.bad[:12]),
        "places": change.places,
        "sameCode": change.same_code,
    }


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{_DIGITS}g}")
