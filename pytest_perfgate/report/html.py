"""The report as one self-contained HTML file: no script, no network, light and dark."""

from __future__ import annotations

from html import escape
from importlib import resources
from string import Template

from pytest_perfgate.model import ExitCode, GateReport, Judgement
from pytest_perfgate.report.counts import count_line, headline, worst_first
from pytest_perfgate.report.plots import distribution_plot, history_plot
from pytest_perfgate.report.quantities import (
    format_interval,
    format_machine,
    format_percent,
    format_quantity,
    printable,
    shorten,
)

MOST_PLOTS = 100
_NAME_WIDTH = 300


def render_html(report: GateReport) -> str:
    """The whole table, and plots of the first hundred rows, worst first."""
    rows = worst_first(report.judgements)
    template = resources.files("pytest_perfgate.report").joinpath("templates/report.html").read_text("utf-8")
    mood = {ExitCode.PASSED: "improved", ExitCode.REGRESSED: "regressed"}.get(report.exit_code, "inconclusive")
    return Template(template).substitute(
        title=_text(headline(report)),
        mood=mood,
        headline=_text(headline(report)),
        notes="\n".join(_notes(report)),
        counts=_text(count_line(report)),
        rows="\n".join(_row(row) for row in rows),
        plots=_plots(report, rows),
    )


def _text(text: str) -> str:
    return escape(printable(text))


def _notes(report: GateReport) -> list[str]:
    notes = [report.explanation] if report.explanation else []
    if report.machine_shift is not None:
        notes.append(format_machine(report.machine_shift))
    commit = report.candidate_commit
    if commit is not None:
        state = " with uncommitted changes" if commit.dirty else ""
        notes.append(f"Commit {commit.revision[:12]}{state}: {commit.subject}")
    if report.environment is not None:
        notes.append("Measured on " + ", ".join(f"{key} {value}" for key, value in report.environment.parts.items()))
    notes += [f"Warning: {warning}" for warning in report.warnings]
    lines = [f'<p class="soft">{_text(note)}</p>' for note in notes]
    return lines + [f"<p>Next: <code>{_text(step)}</code></p>" for step in report.next_steps]


def _row(row: Judgement) -> str:
    comparison = row.comparison
    change = before = after = ""
    if comparison is not None:
        if comparison.relative_change is not None:
            change = f"{format_percent(comparison.relative_change)} {format_interval(comparison)}".strip()
        before, after = (
            format_quantity(side.value, row.metric.unit) if side else ""
            for side in (comparison.baseline, comparison.candidate)
        )
    verdict = "not selected" if row.not_selected else row.verdict.value
    accepted = f" (accepted: {row.accepted})" if row.accepted else ""
    name = _text(shorten(row.benchmark, _NAME_WIDTH))
    return (
        f'<tr><td class="{row.verdict.value}">{_text(verdict + accepted)}</td><td class="name">{name}</td>'
        f"<td>{_text(row.metric.name)}</td>"
        + "".join(f'<td class="number">{_text(cell)}</td>' for cell in (change, before, after))
        + f"<td>{_text(row.reason)}</td></tr>"
    )


def _plots(report: GateReport, rows: list[Judgement]) -> str:
    """Per row how the processes lie, and the recorded levels; needs the samples, which a JSON report leaves out."""
    if report.candidate is None:
        return ""
    ours, theirs = _samples(report, candidate=True), _samples(report, candidate=False)
    plotted = [row for row in rows if (row.benchmark, row.metric.name) in ours and row.comparison][:MOST_PLOTS]
    sections = []
    for row in plotted:
        key = (row.benchmark, row.metric.name)
        figures = [
            _figure(
                "Processes: recorded above, this run below",
                distribution_plot(theirs.get(key, []), ours[key], row.metric.unit),
            ),
            _figure(
                "Level of each recorded run, and of this one",
                history_plot(theirs.get(key, []), ours[key], row.metric.unit),
            ),
        ]
        title = _text(f"{shorten(row.benchmark, _NAME_WIDTH)} · {row.metric.name}")
        sections.append(f'<section><h2>{title}</h2><div class="plots">{"".join(figures)}</div></section>')
    shown = {id(row) for row in plotted}
    others = sum(1 for row in rows if row.comparison and id(row) not in shown)
    if others and len(plotted) == MOST_PLOTS:
        sections.append(
            f'<p class="soft">{others} further rows have no plot here: the worst {MOST_PLOTS} are shown.</p>'
        )
    return "\n".join(sections)


def _figure(caption: str, svg: str) -> str:
    return f"<figure>{svg}<figcaption>{_text(caption)}</figcaption></figure>"


def _samples(report: GateReport, *, candidate: bool) -> dict[tuple[str, str], list[list[float]]]:
    """(benchmark, metric) -> per run, the locations of its processes."""
    found: dict[tuple[str, str], list[list[float]]] = {}
    runs = [report.candidate] if candidate else list(report.baseline)
    for run in runs:
        groups: dict[tuple[str, str], list[float]] = {}
        for sample in run.samples if run is not None else ():
            groups.setdefault((sample.benchmark, sample.metric.name), []).append(sample.location)
        for key, values in groups.items():
            found.setdefault(key, []).append(values)
    return found
