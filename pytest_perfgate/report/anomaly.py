"""What is odd about a run, in one line or as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from pytest_perfgate.model import Anomaly, AnomalyCheck, GateReport, OddFeature, Run
from pytest_perfgate.report.quantities import printable, shorten, wrapped

_WIDTH = 80
_MOST_NAMED = 3
_NAME_WIDTH = 60
_LARGE_SHARE = 0.1
_CSV_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
Checks = Sequence[tuple[Run, AnomalyCheck]]


def anomaly_line(report: GateReport) -> str:
    """One sentence of advice where the run is out of the ordinary, else nothing."""
    check = report.anomaly
    if check is None:
        return ""
    if check.whole is not None and check.whole.unusual:
        return whole_line(check.whole)
    if check.benchmarks:
        count = len(check.benchmarks)
        named = [f"'{shorten(a.benchmark, _NAME_WIDTH)}' ({_names(a.features)})" for a in check.benchmarks[:2]]
        more = ", …" if count > len(named) else ""
        return f"{count} benchmark{'s stray' if count > 1 else ' strays'} from what is usual: {', '.join(named)}{more}."
    return ""


def whole_line(whole: Anomaly) -> str:
    """How odd the run as a whole is, by what, and whether its times are."""
    time = next((feature for feature in whole.features if feature.name == "time"), None)
    calm = "" if time is not None else "; the benchmarks' own time is not"
    return f"This run is unusual ({_rank(whole)}): {_names(whole.features)}{calm}."


def _rank(found: Anomaly) -> str:
    if found.rank == 1:
        return f"the oddest of {found.among}"
    return f"odder than {found.among - found.rank} of {found.among - 1} runs before it"


def _names(features: Sequence[OddFeature]) -> str:
    large = [feature for feature in features if feature.share >= _LARGE_SHARE][:_MOST_NAMED]
    return ", ".join(f"{feature.name} {feature.deviation:+.1f} σ" for feature in large) or "many things a little"


def render_checks(checks: Checks, notes: Sequence[str] = ()) -> str:
    """The unusual ones of the runs that were scored, one line each, newest last."""
    lines = [line for note in notes for line in wrapped(f"Note: {note}.", _WIDTH)]
    if not checks:
        return "\n".join([*lines, "No recorded run was scored."]) + "\n"
    for run, check in checks:
        found = [*([check.whole] if check.unusual and check.whole else []), *check.benchmarks]
        lines += [f"{_when(run)}  {shorten(a.benchmark, _NAME_WIDTH) or 'whole run'}: {_finding(a)}" for a in found]
    unusual = sum(check.unusual for _, check in checks)
    scored = sum(not check.missing for _, check in checks)
    lines.append(f"{scored} run{'s' * (scored != 1)} scored, {unusual} unusual as a whole.")
    missing = len(checks) - scored
    if missing:
        lines.append(f"{missing} had too few runs before them to be scored.")
    return "\n".join(lines) + "\n"


def _when(run: Run) -> str:
    revision = run.commit.revision[:12] if run.commit else "no commit"
    return f"{run.started_at:%Y-%m-%d %H:%M}  {printable(revision):12}"


def _finding(found: Anomaly) -> str:
    return f"{_rank(found)}, oddness {found.oddness:.1f}: {_names(found.features)}"


def render_explanation(run: Run, check: AnomalyCheck) -> str:
    """Every number behind one run's score."""
    from tabulate import tabulate

    if check.missing:
        return f"{too_few(check)}\n"
    if check.whole is None:
        return f"{_when(run)}: no feature that anomalies are found by was recorded.\n"
    whole = check.whole
    rows = [(f.name, f"{f.deviation:+.1f}", f"{f.share:.0%}") for f in whole.features]
    table = tabulate(rows, headers=["feature", "deviations (σ)", "share"], tablefmt="simple", disable_numparse=True)
    verdict = "unusual" if whole.unusual else "not unusual"
    lines = [
        f"run {printable(run.id)}: {verdict}; {_rank(whole)}",
        _score(whole),
        "",
        table if rows else "No feature is one deviation or more from what is usual.",
    ]
    lines += [f"benchmark {shorten(a.benchmark, _NAME_WIDTH)}: {_finding(a)}" for a in check.benchmarks]
    return "\n".join(lines) + "\n"


def _score(whole: Anomaly) -> str:
    place = "outside of" if whole.outlier else "within"
    return (
        f"oddness {whole.oddness:.2f} (unusual from 3.0), forest's score {whole.score:.3f}, {place} the clusters of "
        f"earlier runs, {whole.machine_share:.0%} of it the machine's"
    )


def too_few(check: AnomalyCheck) -> str:
    """How many runs are missing."""
    return (
        f"{check.rows} earlier run{'s are' if check.rows != 1 else ' is'} recorded; {check.missing} more "
        f"{'are' if check.missing != 1 else 'is'} needed before a run can be called unusual ('min_history')."
    )


def render_json_checks(checks: Checks, notes: Sequence[str] = ()) -> str:
    """Every run that was scored, or could not be."""
    rows = [
        {
            "run": run.id,
            "started_at": run.started_at,
            "revision": run.commit.revision if run.commit else None,
            **msgspec.to_builtins(replace(check)),
            "unusual": check.unusual,
        }
        for run, check in checks
    ]
    content = {"schema": 1, "notes": list(notes), "runs": rows}
    return msgspec.json.format(msgspec.json.encode(content), indent=2).decode() + "\n"


def render_csv_checks(checks: Checks) -> str:
    """One row per finding, whole runs and benchmarks."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    head = ("run", "started_at", "benchmark", "unusual", "oddness", "score", "rank", "among", "outlier", "features")
    writer.writerow(head)
    for run, check in checks:
        for a in (*([check.whole] if check.whole else []), *check.benchmarks):
            name = printable(a.benchmark)
            safe = f"'{name}" if name.startswith(_CSV_RISKY) else name
            numbers = (a.unusual, a.oddness, a.score, a.rank, a.among, a.outlier)
            writer.writerow([run.id, run.started_at.isoformat(), safe, *numbers, _names(a.features)])
    return out.getvalue()
