"""Power curves as SVG: how often a change of each size is seen."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib import resources
from string import Template

from pytest_perfgate.model.sensitivity import BenchmarkSensitivity, SensitivityReport
from pytest_perfgate.report.quantities import printable, shorten
from pytest_perfgate.report.sensitivity import size_seen

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 480, 240, 48, 16, 14, 34
_MOST_PLOTS = 100
_NAME_WIDTH = 120
_TICKS = 5
_POWERS = (0.0, 0.5, 0.8, 0.95)
_STYLE = (
    "<style>svg{--ink:#57616b;--line:#d8dde2;--curve:#0b5cad;font:11px system-ui,sans-serif}"
    "@media (prefers-color-scheme:dark){svg{--ink:#9aa5b0;--line:#353c44;--curve:#6cb6ff}}"
    "text{fill:var(--ink)}.axis{stroke:var(--line)}.curve{fill:none;stroke:var(--curve);stroke-width:1.5;opacity:.75}"
    ".curve:hover{stroke-width:3;opacity:1}.least{stroke:var(--ink);stroke-dasharray:4 3}</style>"
)


def render_power_svg(report: SensitivityReport) -> str:
    """All curves in one picture that stands alone."""
    return power_plot(report.benchmarks, _STYLE) + "\n"


def render_power_html(report: SensitivityReport) -> str:
    """All curves in one picture, then each benchmark's own, least sensitive first."""
    rows = [row for row in report.benchmarks if row.curve]
    figures = "\n".join(_figure(row) for row in rows[:_MOST_PLOTS])
    further = len(rows) - _MOST_PLOTS
    note = f'<p class="soft">{further} further benchmarks see more than these.</p>' if further > 0 else ""
    template = resources.files("pytest_perfgate.report").joinpath("templates/sensitivity.html").read_text("utf-8")
    return Template(template).substitute(overview=power_plot(rows), figures=figures, note=note, style=_STYLE)


def _figure(row: BenchmarkSensitivity) -> str:
    seen = row.seen[0]
    noisy = f'<br><span class="bad">Too noisy: {_text(row.too_noisy)}</span>' if row.too_noisy else ""
    return (
        f"<figure><figcaption>{_text(shorten(row.benchmark, _NAME_WIDTH))} · {_text(shorten(row.metric.name, 40))}<br>"
        f'<span class="soft">{size_seen(seen.at_80)} with 80 %, {size_seen(seen.at_95)} with 95 % power</span>{noisy}'
        f"</figcaption>{power_plot([row])}</figure>"
    )


def power_plot(rows: Sequence[BenchmarkSensitivity], style: str = "") -> str:
    """Change for the worse to the right, share of builds that see it upward; dashed: the minimum change of one."""
    drawn = [row for row in rows if row.curve]
    widest = max((row.curve[-1][0] for row in drawn), default=0.1)
    marks = [_line(f"M{_LEFT} {_y(power):.1f}H{_WIDTH - _RIGHT}") for power in _POWERS]
    marks += [f'<text x="4" y="{_y(power) + 4:.1f}">{power * 100:.0f} %</text>' for power in _POWERS]
    for tick in range(_TICKS + 1):
        size = widest * tick / _TICKS
        marks.append(
            f'<text x="{_x(size, widest):.1f}" y="{_HEIGHT - 14}" text-anchor="middle">{size * 100:.3g} %</text>'
        )
    if len(drawn) == 1 and drawn[0].min_change <= widest:
        least = _x(drawn[0].min_change, widest)
        marks.append(f'<path class="least" d="M{least:.1f} {_TOP}V{_HEIGHT - _BOTTOM}"/>')
    label = f"Power of {len(drawn)} benchmark{'s' * (len(drawn) != 1)} by size of the change"
    curves = "".join(_curve(row, widest) for row in drawn)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}">'
        f"{style}<title>{label}</title>{''.join(marks)}{curves}</svg>"
    )


def _curve(row: BenchmarkSensitivity, widest: float) -> str:
    points = " ".join(f"{_x(size, widest):.1f},{_y(power):.1f}" for size, power in row.curve)
    name = _text(shorten(row.benchmark, _NAME_WIDTH))
    return f'<polyline class="curve" points="{points}"><title>{name}</title></polyline>'


def _line(path: str) -> str:
    return f'<path class="axis" d="{path}"/>'


def _x(size: float, widest: float) -> float:
    return _LEFT + size / widest * (_WIDTH - _LEFT - _RIGHT)


def _y(power: float) -> float:
    return _TOP + (1 - power) * (_HEIGHT - _TOP - _BOTTOM)


def _text(text: str) -> str:
    return escape(printable(text))
