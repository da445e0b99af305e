"""The composition root: configuration in, concrete stores, clocks and facts out."""

from pytest_perfgate.wiring.judging import (
    compare_two,
    judge_recorded,
    report_errors,
    watch_noise,
    with_recorded_samples,
    write_file,
    write_reports,
)
from pytest_perfgate.wiring.paired import run_paired
from pytest_perfgate.wiring.project import (
    Project,
    commit,
    environment,
    make_instrument,
    now,
    open_baselines,
    open_project,
    policy,
    slice_plan,
)
from pytest_perfgate.wiring.runs import (
    acceptances,
    find_run,
    fingerprint_of,
    gate_context,
    history,
    make_run,
    make_run_id,
    who_and_where,
)
from pytest_perfgate.wiring.sides import PairedRequest

__all__ = [
    "PairedRequest",
    "Project",
    "acceptances",
    "commit",
    "compare_two",
    "environment",
    "find_run",
    "fingerprint_of",
    "gate_context",
    "history",
    "judge_recorded",
    "make_instrument",
    "make_run",
    "make_run_id",
    "now",
    "open_baselines",
    "open_project",
    "policy",
    "report_errors",
    "run_paired",
    "slice_plan",
    "watch_noise",
    "who_and_where",
    "with_recorded_samples",
    "write_file",
    "write_reports",
]
