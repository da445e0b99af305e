"""`perfgate github summary`: what a job shows without any token."""

from msgspec.structs import replace
from report_cases import CASES, a_report, slower, unchanged

from pytest_perfgate.model import Outcome

LIMIT = 1024 * 1024


def test_summary_annotations_and_outputs_are_written_without_a_token(job, github, monkeypatch):
    monkeypatch.delenv("GITHUB_TOKEN")
    assert job.run("summary", "--report", job.report(CASES["regression"])) == 0
    assert github.requests == []
    assert (job.folder / "summary").read_text(encoding="utf-8").startswith("### 3 of 11 benchmarks got worse")
    assert "exit-code<<end-" in (job.folder / "output").read_text()
    assert job.printed.count("::error ") == 3


def test_what_other_tools_have_written_stays(job):
    (job.folder / "summary").write_text("before\n")
    (job.folder / "output").write_text("x=1\n")
    job.run("summary", "--report", job.report(CASES["pass"]))
    assert (job.folder / "summary").read_text(encoding="utf-8").startswith("before\n### PASS")
    assert (job.folder / "output").read_text().startswith("x=1\noutcome<<")


def test_it_stays_below_githubs_limit_whatever_stands_there_already(job):
    (job.folder / "summary").write_text("x" * (LIMIT - 100_000))
    rows = [slower(f"tests/test_{number}.py::test_{'x' * 80}") for number in range(2_000)]
    job.run("summary", "--report", job.report(a_report(*rows, *unchanged(2_000), outcome=Outcome.REGRESSED)))
    size = (job.folder / "summary").stat().st_size
    assert LIMIT - 5_000 < size < LIMIT


def test_outside_of_a_job_it_says_so(job, monkeypatch):
    monkeypatch.delenv("GITHUB_STEP_SUMMARY")
    monkeypatch.delenv("GITHUB_OUTPUT")
    assert job.run("summary", "--report", job.report(CASES["pass"])) == 0
    assert "GITHUB_STEP_SUMMARY is not set" in job.printed


def test_a_summary_that_can_t_be_written_is_an_infrastructure_error(job):
    job.set(GITHUB_STEP_SUMMARY=job.folder / "missing" / "summary")
    assert job.run("summary", "--report", job.report(CASES["pass"])) == 11


def test_annotations_can_be_left_out(job):
    report = replace(CASES["regression"], warnings=())
    job.run("summary", "--report", job.report(report), "--no-annotate")
    assert "::error" not in job.printed
