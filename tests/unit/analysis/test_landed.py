from msgspec.structs import replace
from report_cases import compared

from pytest_perfgate.analysis.landed import landed
from pytest_perfgate.model import GateReport, Outcome, Verdict


def test_a_budget_and_a_change_of_one_benchmark_are_two_rows():
    slower = compared("test_it", 0.2)
    kept = replace(slower, verdict=Verdict.UNCHANGED, comparison=replace(slower.comparison, method="budget"))
    slower = replace(slower, verdict=Verdict.REGRESSED)
    for rows in ((slower, kept), (kept, slower)):
        state = landed(GateReport(outcome=Outcome.REGRESSED, judgements=rows), "")
        (found,) = state.changes[0].rows
        assert not found.of_budget
        assert state.rows[found.key("")].verdict is Verdict.REGRESSED
        assert sorted(row.verdict.value for row in state.rows.values()) == ["regressed", "unchanged"]
