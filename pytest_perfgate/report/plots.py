"""Small plots as inline SVG; every text in them is a number of our own."""

from __future__ import annotations

import math

from pytest_perfgate.report.quantities import format_quantity

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 420, 150, 14, 14, 12, 26


def distribution_plot(recorded: list[list[float]], candidate: list[list[float]], unit: str) -> str:
    """Every process as a dot on one axis: the recorded runs above, this run below."""
    theirs = [value for run in recorded for value in run]
    ours = [value for run in candidate for value in run]
    scale = _Scale([*theirs, *ours], _LEFT, _WIDTH - _RIGHT)
    dots = [_dots(theirs, scale, 45, "base"), _dots(ours, scale, 95, "cand")]
    return _svg(f"{len(theirs)} recorded processes, {len(ours)} of this run", "".join(dots) + _axis(scale, unit))


def history_plot(recorded: list[list[float]], candidate: list[list[float]], unit: str) -> str:
    """The level of each run, oldest left, with the range of its processes; this run is the last one."""
    runs = [*recorded, *candidate]
    values = [value for run in runs for value in run]
    scale = _Scale(values, _HEIGHT - _BOTTOM, _TOP)
    step = (_WIDTH - _LEFT - 70) / max(len(runs) - 1, 1)
    parts, points = [], []
    for number, run in enumerate(runs):
        x = 60 + number * step
        y = scale.place(sorted(run)[len(run) // 3])
        name = "cand" if number >= len(recorded) else "base"
        low, high = scale.place(min(run)), scale.place(max(run))
        parts.append(f'<line class="{name}" x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}" opacity=".35"/>')
        parts.append(f'<circle class="{name}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>')
        points.append(f"{x:.1f},{y:.1f}")
    path = f'<polyline class="path" points="{" ".join(points[: len(recorded)])}"/>' if recorded else ""
    labels = "".join(
        f'<text x="2" y="{scale.place(value) + 4:.1f}">{format_quantity(value, unit)}</text>'
        for value in (scale.low, scale.high)
    )
    return _svg(f"levels of {len(runs)} runs", path + "".join(parts) + labels)


class _Scale:
    """Maps values onto `start`..`end`, with a little air; safe for no spread and for what is no number."""

    def __init__(self, values: list[float], start: float, end: float) -> None:
        finite = [value for value in values if math.isfinite(value)] or [0.0]
        self.low, self.high = min(finite), max(finite)
        air = (self.high - self.low) * 0.08 or abs(self.low) * 0.02 or 1.0
        self._from, self._size, self._start, self._end = (
            self.low - air,
            self.high - self.low + 2 * air,
            start,
            end,
        )

    def place(self, value: float) -> float:
        share = (value - self._from) / self._size if math.isfinite(value) else 0.0
        return self._start + min(max(share, 0.0), 1.0) * (self._end - self._start)


def _dots(values: list[float], scale: _Scale, y: float, name: str) -> str:
    # Rows of different height, so that equal values do not hide each other.
    return "".join(
        f'<circle class="{name}" cx="{scale.place(value):.1f}" cy="{y + (index % 5 - 2) * 6:.1f}" r="3" opacity=".7"/>'
        for index, value in enumerate(values)
    )


def _axis(scale: _Scale, unit: str) -> str:
    y = _HEIGHT - _BOTTOM
    line = f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>'
    anchors = ((scale.low, "start"), (scale.high, "end")) if scale.high > scale.low else ((scale.low, "middle"),)
    labels = "".join(
        f'<text x="{scale.place(value):.1f}" y="{y + 16}" text-anchor="{anchor}">{format_quantity(value, unit)}</text>'
        for value, anchor in anchors
    )
    return line + labels


def _svg(label: str, content: str) -> str:
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}">{content}</svg>'
