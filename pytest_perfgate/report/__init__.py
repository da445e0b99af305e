"""Reports: pure functions from the model to text."""

from __future__ import annotations

from pytest_perfgate.errors import ConfigError
from pytest_perfgate.model import GateReport


def render(report: GateReport, ending: str) -> str:
    """The report in the format of a file ending: .json, .md, .html or .txt."""
    if ending == ".json":
        from pytest_perfgate.report.json_report import render_json

        return render_json(report)
    if ending == ".md":
        from pytest_perfgate.report.markdown import render_markdown

        return render_markdown(report)
    if ending == ".html":
        from pytest_perfgate.report.html import render_html

        return render_html(report)
    if ending == ".txt":
        from pytest_perfgate.report.terminal import render_terminal

        return render_terminal(report) + "\n"
    raise ConfigError([f"A report ends in .json, .md, .html or .txt, not in '{ending}'"])
