"""One benchmark's recorded past."""

from __future__ import annotations

from msgspec.structs import replace

from pytest_perfgate.errors import CannotJudgeError
from pytest_perfgate.model import Series
from pytest_perfgate.ports import BaselineStore
from pytest_perfgate.workflows.histories import histories


def history(store: BaselineStore, fingerprint: str, benchmark: str, metric: str) -> Series:
    """The recorded levels, oldest first. Raises CannotJudgeError, with the nearest names, when there are none.

    Levels recorded in another unit than the newest are left out, and a note says so.
    """
    found = [
        table.series(place)
        for table in histories(store, fingerprint, benchmarks=(benchmark,), metrics=(metric,))
        for place, name in enumerate(table.benchmarks)
        if name == benchmark
    ]
    if not found:
        raise CannotJudgeError(_nothing(store, fingerprint, benchmark, metric))
    *older, newest = sorted(found, key=lambda series: series.points[-1].started_at)
    return replace(newest, notes=tuple(_left_out(series) for series in older))


def _left_out(series: Series) -> str:
    count = len(series.points)
    return f"{count} run{'s were' if count > 1 else ' was'} recorded in '{series.unit:.20}' and left out"


def _nothing(store: BaselineStore, fingerprint: str, benchmark: str, metric: str) -> str:
    import difflib

    run_ids = store.run_ids(fingerprint)
    if not run_ids:
        return f"No run of this environment is in '{store.location}'; record one with 'pytest --perfgate-record'."
    names: dict[str, None] = {}
    metrics: set[str] = set()
    for run in store.load_runs(fingerprint):
        names.update(dict.fromkeys(run.benchmarks))
        metrics.update(sample.metric.name for sample in run.samples if sample.benchmark == benchmark)
    if benchmark in names:
        return f"'{benchmark:.200}' has no metric '{metric:.80}'; it has {', '.join(sorted(metrics))}."
    close = difflib.get_close_matches(benchmark, names, n=3, cutoff=0.3)
    hint = f"did you mean {' or '.join(repr(name) for name in close)}? " if close else ""
    return f"'{store.location}' has no '{benchmark:.200}'; {hint}'perfgate baseline show' lists what is there."
