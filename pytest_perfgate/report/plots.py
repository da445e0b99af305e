"""Small plots as inline SVG."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape

from msgspec import Struct

from pytest_perfgate.report.quantities import format_quantity

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 420, 150, 84, 18, 14, 28
_ROWS = {"base": 44, "cand": 92}
_LANES, _LANE = 5, 6


class RunLevels(Struct, frozen=True):
    """Where the processes of one run lie, in the metric's base unit; `label` names the run, `day` its date.

    `adjusted`: the same with the machine's speed taken out, empty where that can't be done.
    """

    label: str
    day: str
    processes: tuple[float, ...]
    adjusted: tuple[float, ...] = ()


def _level(processes: Sequence[float]) -> float:
    """A low value among the processes, as the comparison uses it."""
    return sorted(processes)[len(processes) // 3]


def distribution_plot(recorded: Sequence[RunLevels], candidate: Sequence[RunLevels], unit: str) -> str:
    """Every process as a dot on one axis: the recorded runs above, this run below, a line at each one's median."""
    groups = {
        "base": [value for run in recorded for value in run.processes],
        "cand": [value for run in candidate for value in run.processes],
    }
    scale = _Scale([*groups["base"], *groups["cand"]], _LEFT, _WIDTH - _RIGHT)
    names = {"base": "recorded", "cand": "this run"}
    parts = [_dots(values, scale, _ROWS[kind], kind) for kind, values in groups.items() if values]
    parts += [f'<text x="2" y="{_ROWS[kind] + 4}">{names[kind]}</text>' for kind, values in groups.items() if values]
    middles = "; ".join(
        f"{names[kind]}: {len(values)} processes around {format_quantity(_median(values), unit)}"
        for kind, values in groups.items()
        if values
    )
    return _svg(middles, "".join(parts) + _axis(scale, unit))


def history_plot(recorded: Sequence[RunLevels], candidate: Sequence[RunLevels], unit: str) -> str:
    """The level of each run, oldest left, with the range of its processes; this run is the last one.

    A second line joins the levels with the machine's speed taken out, where they are known.
    """
    runs = [*recorded, *candidate]
    scale = _Scale([value for run in runs for value in (*run.processes, *run.adjusted)], _HEIGHT - _BOTTOM, _TOP)
    step = (_WIDTH - _LEFT - _RIGHT) / max(len(runs) - 1, 1)
    places = [_LEFT + number * step for number in range(len(runs))]
    marks = [
        _mark(run, x, scale, "cand" if number >= len(recorded) else "base", unit)
        for number, (run, x) in enumerate(zip(runs, places, strict=True))
    ]
    paths = _path("path", [(x, run.processes) for run, x in zip(runs, places, strict=True)], scale)
    paths += _path("adjusted", [(x, run.adjusted) for run, x in zip(runs, places, strict=True)], scale)
    label = f"{len(recorded)} recorded runs and this one, {_ends(scale, unit)}"
    return _svg(label, paths + "".join(marks) + _levels(scale, unit) + _days(runs))


def _path(kind: str, runs: Sequence[tuple[float, Sequence[float]]], scale: _Scale) -> str:
    points = " ".join(f"{x:.1f},{scale.place(_level(values)):.1f}" for x, values in runs if values)
    return f'<polyline class="{kind}" points="{points}"/>' if points else ""


def _mark(run: RunLevels, x: float, scale: _Scale, kind: str, unit: str) -> str:
    low, high = scale.place(min(run.processes)), scale.place(max(run.processes))
    bar = f'<path class="range" d="M{x:.1f} {low:.1f}V{high:.1f}"/>' if len(run.processes) > 1 else ""
    level = _level(run.processes)
    adjusted = f", adjusted {format_quantity(_level(run.adjusted), unit)}" if run.adjusted else ""
    tip = escape(f"{run.label}: {format_quantity(level, unit)}{adjusted}")
    dot = f'<circle cx="{x:.1f}" cy="{scale.place(level):.1f}" r="3.5"><title>{tip}</title></circle>'
    return f'<g class="{kind}">{bar}{dot}</g>'


class _Scale:
    """Maps values onto `start`..`end`, with a little air; safe for no spread and for what is no number."""

    def __init__(self, values: Iterable[float], start: float, end: float) -> None:
        finite = [value for value in values if math.isfinite(value)] or [0.0]
        self.low, self.high = min(finite), max(finite)
        air = (self.high - self.low) * 0.06 or abs(self.low) * 0.02 or 1.0
        self._from, self._size, self._start, self._end = self.low - air, self.high - self.low + 2 * air, start, end

    def place(self, value: float) -> float:
        share = (value - self._from) / self._size if math.isfinite(value) else 0.0
        return self._start + min(max(share, 0.0), 1.0) * (self._end - self._start)


def _dots(values: Sequence[float], scale: _Scale, y: float, kind: str) -> str:
    """One path: a stroke without length and with round ends is a dot. Lanes, so that equal values show."""
    places = "".join(
        f"M{scale.place(value):.1f} {y + (index % _LANES - _LANES // 2) * _LANE}h0"
        for index, value in enumerate(values)
    )
    half = _LANES // 2 * _LANE + 6
    middle = f"M{scale.place(_median(values)):.1f} {y - half}v{2 * half}"
    return f'<g class="{kind}"><path class="dots" d="{places}"/><path class="middle" d="{middle}"/></g>'


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


def _axis(scale: _Scale, unit: str) -> str:
    y = _HEIGHT - _BOTTOM
    line = f'<path class="axis" d="M{_LEFT} {y}H{_WIDTH - _RIGHT}"/>'
    anchors = ((scale.low, "start"), (scale.high, "end")) if scale.high > scale.low else ((scale.low, "middle"),)
    return line + "".join(
        f'<text x="{scale.place(value):.1f}" y="{y + 16}" text-anchor="{anchor}">{_label(value, unit)}</text>'
        for value, anchor in anchors
    )


def _levels(scale: _Scale, unit: str) -> str:
    values = (scale.low, scale.high) if scale.high > scale.low else (scale.low,)
    return "".join(
        f'<path class="axis" d="M{_LEFT - 6} {scale.place(value):.1f}H{_WIDTH - _RIGHT + 6}"/>'
        f'<text x="2" y="{scale.place(value) + 4:.1f}">{_label(value, unit)}</text>'
        for value in values
    )


def _days(runs: Sequence[RunLevels]) -> str:
    ends = ((runs[0], _LEFT, "start"), (runs[-1], _WIDTH - _RIGHT, "end")) if len(runs) > 1 else ()
    return "".join(
        f'<text x="{x}" y="{_HEIGHT - 8}" text-anchor="{anchor}">{escape(run.day)}</text>' for run, x, anchor in ends
    )


def _ends(scale: _Scale, unit: str) -> str:
    return f"from {format_quantity(scale.low, unit)} to {format_quantity(scale.high, unit)}"


def _label(value: float, unit: str) -> str:
    return escape(format_quantity(value, unit))


def _svg(label: str, content: str) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(label)}">'
        f"<title>{escape(label)}</title>{content}</svg>"
    )
