"""What is said on the line of a benchmark, for whoever shows annotations."""

from __future__ import annotations

from enum import Enum
from pathlib import PurePosixPath, PureWindowsPath

from msgspec import Struct

from pytest_perfgate.model import ExitCode, GateReport, Judgement, Place, Severity, Verdict
from pytest_perfgate.report.counts import headline, reason_of, verdict_words, worst_first
from pytest_perfgate.report.quantities import format_interval, format_percent, printable, shorten

_TITLE_WIDTH = 200
_MESSAGE_WIDTH = 1_000


class Level(Enum):
    """How loud."""

    FAILURE = "failure"
    WARNING = "warning"
    NOTICE = "notice"


class Annotation(Struct, frozen=True):
    """A title and a message, each one line; `place` is None where no file is known."""

    level: Level
    title: str
    message: str
    place: Place | None = None
    severity: Severity = Severity.NONE


_LEVELS = {Verdict.INCONCLUSIVE: Level.WARNING, Verdict.MISSING: Level.WARNING, Verdict.IMPROVED: Level.NOTICE}


def annotate(report: GateReport, *, prefix: str = "") -> list[Annotation]:
    """One per row that failed, moved or could not be judged, worst first; one for the whole where it was not judged.

    `prefix`: the folder of the project within the repository, for the paths.
    """
    found = []
    if report.exit_code is not ExitCode.PASSED and report.explanation:
        found.append(Annotation(Level.FAILURE, headline(report), _line(report.explanation)))
    for row in worst_first(report.judgements):
        level = Level.FAILURE if row.fails else _LEVELS.get(row.verdict)
        if level is not None and not row.not_selected and not (row.accepted and level is Level.WARNING):
            found.append(Annotation(level, _title(row), _message(row), _place(row, report, prefix), row.severity))
    return found


def is_inside(file: str) -> bool:
    """Whether the path is a relative one that stays where it is: no root, no drive, no `..`."""
    paths = (PurePosixPath(file), PureWindowsPath(file))
    return bool(file) and "\\" not in file and not any(path.anchor or ".." in path.parts for path in paths)


def _place(row: Judgement, report: GateReport, prefix: str) -> Place | None:
    known = report.places.get(row.benchmark)
    if known is None or not is_inside(known.file) or printable(known.file) != known.file:
        return None
    return Place(f"{prefix}{known.file}", known.line)


def _title(row: Judgement) -> str:
    return f"{verdict_words(row)}: {shorten(row.benchmark, _TITLE_WIDTH)}"


def _message(row: Judgement) -> str:
    comparison = row.comparison
    change = ""
    if comparison is not None and comparison.relative_change is not None:
        change = f"{format_percent(comparison.relative_change)} {format_interval(comparison)}".strip()
    metric = "" if row.metric.name == "execution_time" else row.metric.name
    return _line(": ".join(filter(None, (metric, change, reason_of(row)))))


def _line(text: str) -> str:
    return shorten(" ".join(text.split()), _MESSAGE_WIDTH)
