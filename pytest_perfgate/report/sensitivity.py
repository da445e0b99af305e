"""What `perfgate sensitivity` says."""

from __future__ import annotations

import math
from collections.abc import Sequence
from textwrap import fill

import msgspec

from pytest_perfgate.model.sensitivity import BenchmarkSensitivity, Design, InTurns, SensitivityReport
from pytest_perfgate.report.quantities import printable, shorten

# A terminal of 80 columns holds all columns.
_WIDTH = 79
_NAME_WIDTH = 22
_METRIC_WIDTH = 14
_HEADERS = ("benchmark", "metric", "runs", "proc.", "80 %", "95 %", "min.")
_LEGEND = (
    "runs, proc.: how much levels differ between runs and between processes of one run (standard deviation). "
    "80 %, 95 %: the change that so many builds would catch. min.: what matters by the settings."
)
_IN_TURNS = (
    "All this is the sight of looks at the recorded baseline. With confirm = 'paired', as it is set, the gate looks so "
    "once; what is in doubt then is measured in turns with the baseline's commit, where that can be done, and the "
    "pairs decide. They see smaller changes; how small, recorded runs do not tell."
)
_MOSTLY = 0.8


def render_sensitivity(report: SensitivityReport) -> str:
    """The benchmarks, least sensitive first; what other settings would buy; what is not worth gating."""
    from tabulate import tabulate

    if not report.benchmarks:
        return "Nothing can be said of any benchmark.\n" + _left_out(report)
    now = report.designs[0]
    head = (
        f"Smallest change for the worse that the gate sees: {now.runs} recorded runs, {now.processes} processes per "
        f"look, up to {now.looks} looks, alpha {report.alpha:g} over {report.tests} rows"
    )
    rows = [
        (
            shorten(row.benchmark, _NAME_WIDTH),
            shorten(row.metric.name, _METRIC_WIDTH),
            _percent(row.between_runs),
            _percent(row.between_processes),
            size_seen(row.seen[0].at_80),
            size_seen(row.seen[0].at_95),
            _percent(row.min_change),
        )
        for row in report.benchmarks
    ]
    parts = [
        *(fill(text, _WIDTH) for text in (head, _LEGEND)),
        "",
        tabulate(rows, headers=_HEADERS, tablefmt="simple", disable_numparse=True),
    ]
    parts += ["", "What other settings buy:", "", _designs(report.designs)]
    if report.confirm == "paired":
        parts += ["", fill(f"{_IN_TURNS}{_typically_in_turns(report.benchmarks)}", _WIDTH)]
    noisy = [row for row in report.benchmarks if row.too_noisy]
    if noisy:
        alone = report.confirm == "paired"
        title = "Too noisy for the recorded baseline alone" if alone else "Too noisy to be worth gating as they are"
        parts += ["", f"{title}:", ""]
        parts += [f"- {_title(row)}: {row.too_noisy}{_in_turns(row.in_turns)}" for row in noisy]
    return "\n".join(parts) + "\n" + _left_out(report)


def _typically_in_turns(rows: Sequence[BenchmarkSensitivity]) -> str:
    """What the first look sends there, of the benchmark in the middle."""
    found = [row.in_turns for row in rows if row.in_turns is not None]
    if not found:
        return ""
    shares = sorted(each.unchanged for each in found)
    sizes = sorted(math.inf if each.at_80 is None else each.at_80 for each in found)
    middle, size = shares[len(shares) // 2], sizes[len(sizes) // 2]
    reached = "" if math.isinf(size) else f", code that got worse by {_percent(size)} in 80 %"
    return f" Unchanged code is measured so in {_whole(middle)} of builds{reached} (median over the benchmarks)."


def _in_turns(found: InTurns | None) -> str:
    if found is None:
        return ""
    if found.unchanged >= _MOSTLY:
        return f"; {_whole(found.unchanged)} of builds measure it in turns, whether it changed or not"
    if found.at_80 is None:
        return f"; {_whole(found.unchanged)} of builds measure it in turns"
    return (
        f"; {_whole(found.unchanged)} of builds measure it in turns when nothing changed, "
        f"80 % with a change of {_percent(found.at_80)}"
    )


def render_sensitivity_json(report: SensitivityReport) -> str:
    """The whole as JSON."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"


def size_seen(size: float | None) -> str:
    """`5.2 %`, or `none`: no change that a gate is needed for."""
    return "none" if size is None else _percent(size)


def _designs(designs: tuple[Design, ...]) -> str:
    from tabulate import tabulate

    rows = [
        (
            design.name,
            size_seen(design.typical_80),
            _seconds(design.measuring_s),
            _seconds(design.once_s) if design.once_s else "",
        )
        for design in designs
    ]
    headers = ("settings", "80 % (median)", "measuring per build", "once")
    return tabulate(rows, headers=headers, tablefmt="simple", disable_numparse=True)


def _left_out(report: SensitivityReport) -> str:
    if not report.left_out:
        return ""
    lines = [f"- {printable(name)}: {printable(why)}" for name, why in report.left_out.items()]
    return "\n".join(["", "Left out:", "", *lines]) + "\n"


def _title(row: BenchmarkSensitivity) -> str:
    return f"{shorten(row.benchmark, _WIDTH)} · {shorten(row.metric.name, _METRIC_WIDTH)}"


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 100 else f"{seconds / 60:.1f} min"  # noqa: PLR2004 - as a person reads it


def _whole(share: float) -> str:
    return f"{share * 100:.0f} %"


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %"
