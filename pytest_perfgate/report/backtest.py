"""What `perfgate backtest` says."""

from __future__ import annotations

import msgspec

from pytest_perfgate.model.backtest import BacktestReport, Setting, SettingResult
from pytest_perfgate.report.quantities import printable


def render_backtest(report: BacktestReport) -> str:
    """The settings, best first, and the lines to paste."""
    from tabulate import tabulate

    sizes = [one.size for one in report.results[0].caught]
    headers = ["", "settings", "builds", "failing", "real", "changes found", "delay", "false, nothing changed"]
    headers += [*(f"caught +{size * 100:.3g} %" for size in sizes), "measuring"]
    rows = [_row(number, result, report.present) for number, result in enumerate(report.results, 1)]
    worse = sum(step.log_change > 0 for step in report.steps)
    head = (
        f"{report.runs} recorded runs of {report.benchmarks} benchmarks, {report.first} to {report.last}; "
        f"{len(report.steps)} change{'s' * (len(report.steps) != 1)} of level in them, {worse} for the worse"
    )
    table = tabulate(rows, headers=headers, tablefmt="simple", disable_numparse=True)
    parts = [head, "", table, "", *_advice(report), *(f"Note: {printable(note)}" for note in report.notes)]
    return "\n".join(parts) + "\n"


def render_backtest_json(report: BacktestReport) -> str:
    """The whole as JSON, every build of every setting in it."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"


def describe(setting: Setting, present: Setting) -> str:
    """How a setting differs from the present one."""
    differs = [
        f"{key} = {value}"
        for key in Setting.__struct_fields__
        if (value := _shown(key, setting)) != _shown(key, present)
    ]
    return ", ".join(differs) or "present settings"


def _shown(key: str, setting: Setting) -> str:
    value = getattr(setting, key)
    return f"{value * 100:.3g} %" if key == "min_change" else value if isinstance(value, str) else f"{value:g}"


def _row(number: int, result: SettingResult, present: Setting) -> tuple[str, ...]:
    return (
        str(number),
        describe(result.setting, present),
        str(result.builds),
        str(result.failing),
        str(result.real),
        f"{result.found} of {result.known}",
        "" if result.delay is None else f"{result.delay:g} runs",
        f"{result.false_failing} of {result.unchanged}",
        *(f"{one.caught} of {one.builds}" for one in result.caught),
        f"{result.measuring_s:.1f} s",
    )


def _advice(report: BacktestReport) -> list[str]:
    best = report.results[0]
    if not best.builds:
        return ["No build could be judged, under no setting: record more runs."]
    if not report.lines:
        return ["Of what was tried, the present settings do best."]
    return ["Best of what was tried; for pyproject.toml:", "", *(f"    {line}" for line in report.lines)]
