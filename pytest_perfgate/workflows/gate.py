"""Judge a run against the recorded baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from pytest_perfgate.analysis.acceptance import apply_acceptances, split_by_acceptance
from pytest_perfgate.analysis.judge import in_doubt, judge_all
from pytest_perfgate.model import GateReport, Judgement, Outcome, Severity, Verdict
from pytest_perfgate.model.metric import EXECUTION_TIME
from pytest_perfgate.workflows.reference import (
    History,
    Reference,
    Window,
    expected_benchmarks,
    select_reference,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from pytest_perfgate.model import Acceptance, BenchmarkId, Policy, Run, Sample
    from pytest_perfgate.ports import BaselineStore

LookAgain = "Callable[[Collection[BenchmarkId], int], tuple[Sample, ...]]"


def could_not_judge(outcome: Outcome, explanation: str, **facts: object) -> GateReport:
    """A report without rows: `outcome` says what kept the gate from judging, `explanation` what to do."""
    return GateReport(outcome=outcome, explanation=explanation, **facts)  # type: ignore[arg-type]
