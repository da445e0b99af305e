"""The report as one self-contained HTML file: no script, no network, light and dark."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from importlib import resources
from string import Template

from pytest_perfgate.model import ExitCode, GateReport, Judgement, Run, Verdict
from pytest_perfgate.report.anomaly import anomaly_line
from pytest_perfgate.report.counts import count_line, headline, reason_of, verdict_words, worst_first
from pytest_perfgate.report.plots import RunLevels, distribution_plot, history_plot
from pytest_perfgate.report.quantities import (
    format_interval,
    format_machine,
    format_percent,
    format_quantity,
    printable,
    shorten,
)
from pytest_perfgate.report.row_past import is_heading, past_lines

MOST_PLOTS = 100
_NAME_WIDTH = 300
_TEXT_WIDTH = 1_000
_COLUMNS = ("Verdict", "Benchmark", "Metric", "Change", "Before", "After", "Why")
_PLOTS_HEAD = (
    "<h2>Plots</h2>\n"
    '<p class="soft">As measured: a slow machine shows in them, and is taken out of the changes above.{adjusted}</p>'
)
_ADJUSTED = (
    ' The line <svg class="key" viewBox="0 0 30 8" role="img" aria-label="dashed">'
    '<polyline class="adjusted" points="0,4 30,4"/></svg> joins the levels with the machine taken out.'
)
_Levels = dict[tuple[str, str], list[RunLevels]]


def render_html(report: GateReport) -> str:
    """The whole table, what did not move folded, and plots of the first hundred rows, worst first."""
    rows = worst_first(report.judgements)
    plotted, sections = _plots(report, rows)
    anchors = {id(row): number for number, row in enumerate(plotted, 1)}
    quiet = [row for row in rows if _is_quiet(row)]
    loud = [row for row in rows if not _is_quiet(row)]
    template = resources.files("pytest_perfgate.report").joinpath("templates/report.html").read_text("utf-8")
    mood = {ExitCode.PASSED: "improved", ExitCode.REGRESSED: "regressed"}.get(report.exit_code, "inconclusive")
    return Template(template).substitute(
        title=_text(headline(report)),
        mood=mood,
        headline=_text(headline(report)),
        explanation=f'<p class="explanation">{_lines(report.explanation)}</p>' if report.explanation else "",
        counts=_text(count_line(report)),
        steps="\n".join(
            f'<p class="step">Next: <code>{_text(shorten(step, _TEXT_WIDTH))}</code></p>' for step in report.next_steps
        ),
        warnings="\n".join([*_advice(report), *(f'<p class="warning">⚠️ {_lines(w)}</p>' for w in report.warnings)]),
        table=_table(loud, anchors, "What moved, and what could not be judged, worst first") if loud else "",
        quiet=_folded(quiet, anchors),
        plots=sections,
        facts=_facts(report),
    )


def _is_quiet(row: Judgement) -> bool:
    return (row.verdict is Verdict.UNCHANGED and not is_heading(row)) or row.not_selected


def _text(text: str) -> str:
    return escape(printable(text))


def _lines(text: str) -> str:
    return "<br>".join(_text(shorten(line, _TEXT_WIDTH)) for line in text.splitlines())


def _facts(report: GateReport) -> str:
    facts = [] if report.machine_shift is None else [("Machine", format_machine(report.machine_shift))]
    if report.against:
        facts.append(("In turns with", report.against))
    commit = report.candidate_commit
    if commit is not None:
        branch = f" on {commit.branch}" if commit.branch else ""
        state = ", with uncommitted changes" if commit.dirty else ""
        facts.append(("Commit", f"{commit.revision[:12]}{branch}{state}: {commit.subject}"))
    if report.environment is not None:
        parts = ", ".join(f"{key}: {value}" for key, value in report.environment.parts.items())
        facts.append(("Environment", f"{report.environment.fingerprint} ({parts})"))
    if report.recorded_to:
        facts.append(("Recorded to", report.recorded_to))
    return "\n".join(f"<dt>{name}</dt><dd>{_text(value)}</dd>" for name, value in facts)


def _folded(rows: list[Judgement], anchors: dict[int, int]) -> str:
    if not rows:
        return ""
    unchanged = sum(1 for row in rows if not row.not_selected)
    counts = ((unchanged, "unchanged"), (len(rows) - unchanged, "not selected"))
    summary = ", ".join(f"{number} {word}" for number, word in counts if number)
    return f"<details><summary>{summary}</summary>{_table(rows, anchors, summary)}</details>"


def _advice(report: GateReport) -> list[str]:
    line = anomaly_line(report)
    return [f'<p class="soft">{_text(line)}</p>'] if line else []


def _table(rows: list[Judgement], anchors: dict[int, int], caption: str) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in _COLUMNS)
    body = "\n".join(_row(row, anchors.get(id(row))) for row in rows)
    return (
        f'<div class="scroll"><table><caption class="hidden">{caption}</caption>'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )


def _row(row: Judgement, anchor: int | None) -> str:
    comparison = row.comparison
    change = before = after = ""
    if comparison is not None:
        if comparison.relative_change is not None:
            change = f"{format_percent(comparison.relative_change)} {format_interval(comparison)}".strip()
        before, after = (
            format_quantity(side.value, row.metric.unit) if side else ""
            for side in (comparison.baseline, comparison.candidate)
        )
    name = _name(row.benchmark)
    kind = "accepted" if row.accepted else row.verdict.value
    cells = (
        ("name", name if anchor is None else f'<a href="#plot-{anchor}">{name}</a>'),
        ("", _text(shorten(row.metric.name, _NAME_WIDTH))),
        *(("number", _text(cell)) for cell in (change, before, after)),
        ("why", "<br>".join(_text(line) for line in (shorten(reason_of(row), _TEXT_WIDTH), *past_lines(row)))),
    )
    return f'<tr><td class="{kind}">{_text(verdict_words(row))}</td>' + "".join(
        f'<td data-label="{label}" class="{style}">{cell}</td>'
        for label, (style, cell) in zip(_COLUMNS[1:], cells, strict=True)
    )


def _name(name: str) -> str:
    """A name that breaks where a reader would: after a folder, a module, a class."""
    return re.sub(r"(/|::)(?=.)", r"\1<wbr>", _text(shorten(name, _NAME_WIDTH)))


def _plots(report: GateReport, rows: list[Judgement]) -> tuple[list[Judgement], str]:
    """The rows that have a plot, and their plots; needs the samples, which a JSON report leaves out."""
    if report.candidate is None:
        return [], ""
    ours, theirs = (_levels(runs, report.adjusted) for runs in ((report.candidate,), report.baseline))
    possible = [row for row in rows if (row.benchmark, row.metric.name) in ours and row.comparison]
    plotted = possible[:MOST_PLOTS]
    sections = [_section(number, row, ours, theirs) for number, row in enumerate(plotted, 1)]
    if sections:
        sections.insert(0, _PLOTS_HEAD.format(adjusted=_ADJUSTED if report.adjusted else ""))
    if len(possible) > MOST_PLOTS:
        others = len(possible) - MOST_PLOTS
        sections.append(
            f'<p class="soft">{others} further rows have no plot here: the worst {MOST_PLOTS} are shown.</p>'
        )
    return plotted, "\n".join(sections)


def _section(number: int, row: Judgement, ours: _Levels, theirs: _Levels) -> str:
    key = (row.benchmark, row.metric.name)
    recorded, candidate = theirs.get(key, []), ours[key]
    figures = _figure("Each process", distribution_plot(recorded, candidate, row.metric.unit))
    figures += _figure("Each run, oldest left", history_plot(recorded, candidate, row.metric.unit))
    title = f"{_name(row.benchmark)} · {_text(shorten(row.metric.name, _NAME_WIDTH))}"
    return (
        f'<section id="plot-{number}"><h3>{title} <span class="{row.verdict.value}">{_text(verdict_words(row))}</span>'
        f'</h3><div class="plots">{figures}</div></section>'
    )


def _figure(caption: str, svg: str) -> str:
    return f"<figure><figcaption>{caption}</figcaption>{svg}</figure>"


def _levels(runs: Sequence[Run], adjusted: Sequence[Run]) -> _Levels:
    """(benchmark, metric) -> per run, where its processes lie."""
    found: _Levels = {}
    at_one_speed = {run.id: run for run in adjusted}
    for run in runs:
        day = f"{run.started_at:%Y-%m-%d}"
        label = f"{run.started_at:%Y-%m-%d %H:%M}, {run.commit.revision[:12] if run.commit else 'no commit'}"
        moved = _grouped(at_one_speed.get(run.id))
        for key, values in _grouped(run).items():
            found.setdefault(key, []).append(RunLevels(label, day, values, moved.get(key, ())))
    return found


def _grouped(run: Run | None) -> dict[tuple[str, str], tuple[float, ...]]:
    groups: dict[tuple[str, str], list[float]] = {}
    for sample in run.samples if run is not None else ():
        groups.setdefault((sample.benchmark, sample.metric.name), []).append(sample.location)
    return {key: tuple(values) for key, values in groups.items()}
