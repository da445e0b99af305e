"""The nouns: frozen values, standard library and msgspec only."""

from pytest_perfgate.model.anomaly import Anomaly, AnomalyCheck, OddFeature
from pytest_perfgate.model.comparison import Comparison, ConfidenceInterval, Estimate
from pytest_perfgate.model.judgement import (
    Acceptance,
    ExitCode,
    GateReport,
    Judgement,
    Outcome,
    Place,
    RowKey,
    Severity,
    Verdict,
)
from pytest_perfgate.model.metric import BUILT_IN_METRICS, Direction, Metric, MetricKind
from pytest_perfgate.model.pair import Pair, Side
from pytest_perfgate.model.policy import Policy
from pytest_perfgate.model.row_past import RowPast
from pytest_perfgate.model.run import Benchmark, BenchmarkId, Commit, Environment, Run, Sample
from pytest_perfgate.model.series import Series, SeriesPoint

__all__ = [
    "BUILT_IN_METRICS",
    "Acceptance",
    "Anomaly",
    "AnomalyCheck",
    "Benchmark",
    "BenchmarkId",
    "Commit",
    "Comparison",
    "ConfidenceInterval",
    "Direction",
    "Environment",
    "Estimate",
    "ExitCode",
    "GateReport",
    "Judgement",
    "Metric",
    "MetricKind",
    "OddFeature",
    "Outcome",
    "Pair",
    "Place",
    "Policy",
    "RowKey",
    "RowPast",
    "Run",
    "Sample",
    "Series",
    "SeriesPoint",
    "Severity",
    "Side",
    "Verdict",
]
