"""What pytest's reports of single tests say, in one line."""

from __future__ import annotations

import pytest


def first_line(report: pytest.TestReport) -> str:
    """The first line of what went wrong."""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else str(report.longrepr)
    return text.strip().splitlines()[0] if text.strip() else "no message"


def last_line(report: pytest.CollectReport) -> str:
    """The last line of why a file could not be collected: the exception itself."""
    lines = [line.removeprefix("E").strip() for line in str(report.longrepr).splitlines() if line.strip()]
    return lines[-1] if lines else "no message"


def skip_reason(report: pytest.TestReport) -> str:
    """Why a test was skipped."""
    return report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
