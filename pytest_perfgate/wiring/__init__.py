"""The composition root: configuration in, concrete stores, clocks and facts out.

Names are loaded at their first use: a benchmark process needs a clock, not the stores and reports.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_perfgate.wiring.anomalies import (
        anomaly_rule,
        detect_anomalies,
        explain_anomaly,
        train_anomalies,
        watch_anomalies,
    )
    from pytest_perfgate.wiring.backtest import BacktestRequest, present_setting, run_backtest
    from pytest_perfgate.wiring.bisect import BisectRequest, reset_bisect, run_bisect
    from pytest_perfgate.wiring.exporting import parquet_of, runs_to_export
    from pytest_perfgate.wiring.imports import Wanted, import_outputs, read_runs
    from pytest_perfgate.wiring.judging import (
        compare_two,
        judge_recorded,
        report_errors,
        watch_noise,
        with_evidence,
        with_recorded_samples,
        write_bytes,
        write_file,
        write_report,
        write_reports,
    )
    from pytest_perfgate.wiring.own_data import find_level_changes, forecast_next, measure_sensitivity
    from pytest_perfgate.wiring.paired import confirm_by_pairs, run_paired
    from pytest_perfgate.wiring.past import read_project_history, report_period
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
    from pytest_perfgate.wiring.request import PairedRequest
    from pytest_perfgate.wiring.running import RunRequest, run_and_read
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
    from pytest_perfgate.wiring.tasks import Workers

_HOMES = {
    "BacktestRequest": "backtest",
    "BisectRequest": "bisect",
    "PairedRequest": "request",
    "Project": "project",
    "RunRequest": "running",
    "Wanted": "imports",
    "Workers": "tasks",
    "acceptances": "runs",
    "anomaly_rule": "anomalies",
    "commit": "project",
    "confirm_by_pairs": "paired",
    "compare_two": "judging",
    "detect_anomalies": "anomalies",
    "environment": "project",
    "find_level_changes": "own_data",
    "explain_anomaly": "anomalies",
    "find_run": "runs",
    "forecast_next": "own_data",
    "fingerprint_of": "runs",
    "gate_context": "runs",
    "history": "runs",
    "import_outputs": "imports",
    "judge_recorded": "judging",
    "make_instrument": "project",
    "make_run": "runs",
    "make_run_id": "runs",
    "measure_sensitivity": "own_data",
    "now": "project",
    "open_baselines": "project",
    "open_project": "project",
    "parquet_of": "exporting",
    "policy": "project",
    "read_project_history": "past",
    "read_runs": "imports",
    "present_setting": "backtest",
    "report_errors": "judging",
    "report_period": "past",
    "run_and_read": "running",
    "reset_bisect": "bisect",
    "run_backtest": "backtest",
    "run_bisect": "bisect",
    "run_paired": "paired",
    "runs_to_export": "exporting",
    "slice_plan": "project",
    "train_anomalies": "anomalies",
    "watch_anomalies": "anomalies",
    "watch_noise": "judging",
    "who_and_where": "runs",
    "with_evidence": "judging",
    "with_recorded_samples": "judging",
    "write_bytes": "judging",
    "write_file": "judging",
    "write_report": "judging",
    "write_reports": "judging",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{home}"), name)


__all__ = [
    "BacktestRequest",
    "BisectRequest",
    "PairedRequest",
    "Project",
    "RunRequest",
    "Wanted",
    "Workers",
    "acceptances",
    "anomaly_rule",
    "commit",
    "compare_two",
    "confirm_by_pairs",
    "detect_anomalies",
    "environment",
    "explain_anomaly",
    "find_level_changes",
    "find_run",
    "fingerprint_of",
    "forecast_next",
    "gate_context",
    "history",
    "import_outputs",
    "judge_recorded",
    "make_instrument",
    "make_run",
    "make_run_id",
    "measure_sensitivity",
    "now",
    "open_baselines",
    "open_project",
    "parquet_of",
    "policy",
    "present_setting",
    "read_project_history",
    "read_runs",
    "report_errors",
    "report_period",
    "reset_bisect",
    "run_and_read",
    "run_backtest",
    "run_bisect",
    "run_paired",
    "runs_to_export",
    "slice_plan",
    "train_anomalies",
    "watch_anomalies",
    "watch_noise",
    "who_and_where",
    "with_evidence",
    "with_recorded_samples",
    "write_bytes",
    "write_file",
    "write_report",
    "write_reports",
]
