"""`perfgate github check` against a server that plays GitHub."""

from github_api.server import HEAD, TOKEN, Fault, Token
from markdown_page import ALLOWED_IN_MARKDOWN, GFM, Page
from msgspec.structs import replace
from report_cases import CASES, a_report, slower

from pytest_perfgate.model import Outcome, Place


def placed(count):
    rows = [slower(f"tests/test_x.py::test_{number}", 0.5 - number / 1_000) for number in range(count)]
    places = {row.benchmark: Place("tests/test_x.py", number + 1) for number, row in enumerate(rows)}
    return a_report(*rows, outcome=Outcome.REGRESSED, places=places)


def check(job, report, *arguments):
    return job.run("check", "--report", job.report(report), *arguments)


def test_a_check_run_stands_on_the_commit_that_people_pushed(job, github):
    assert check(job, placed(3)) == 0
    (run,) = github.check_runs.values()
    assert (run["head_sha"], run["status"], run["conclusion"]) == (HEAD, "completed", "failure")
    assert run["output"]["title"] == "FAIL: 3 benchmarks got worse"
    assert run["output"]["summary"].startswith("### 3 of 3 benchmarks are slower")
    assert run["annotations"][0]["path"] == "tests/test_x.py"
    assert run["annotations"][0]["annotation_level"] == "failure"
    assert run["details_url"].endswith("/runs/4711")


def test_annotations_come_in_batches_of_fifty_and_each_once(job, github):
    assert check(job, placed(120)) == 0
    assert [len(body["output"]["annotations"]) for body in github.bodies("POST") + github.bodies("PATCH")] == [
        50,
        50,
        20,
    ]
    (run,) = github.check_runs.values()
    assert [item["start_line"] for item in run["annotations"]] == list(range(1, 121))


def test_another_attempt_updates_it_and_doubles_nothing(job, github):
    check(job, placed(60))
    check(job, replace(placed(60), outcome=Outcome.PASSED, judgements=()))
    (run,) = github.check_runs.values()
    assert run["conclusion"] == "success"
    assert len(run["annotations"]) == 60


def test_a_gate_that_could_not_judge_is_no_success(job, github):
    check(job, CASES["could_not_judge"])
    (run,) = github.check_runs.values()
    assert run["conclusion"] == "failure"
    assert run["output"]["title"].startswith("COULD NOT JUDGE")


def test_suites_are_checks_of_their_own(job, github):
    for suite in ("api", "web", "api"):
        check(job, CASES["pass"], "--suite", suite)
    assert sorted(run["name"] for run in github.check_runs.values()) == ["perfgate (api)", "perfgate (web)"]


def test_a_lost_answer_makes_no_second_check(job, github):
    github.faults.append(Fault("POST", "lose"))
    assert check(job, placed(3)) == 0
    assert len(github.check_runs) == 1


def test_a_missing_permission_is_named(job, github):
    github.tokens[TOKEN] = Token(permissions={"checks": "read"})
    assert check(job, placed(3)) == 11
    assert "add 'checks: write'" in job.printed


def test_a_dry_run_shows_every_request(job, github):
    assert check(job, placed(120), "--dry-run") == 0
    assert github.sent() == []
    assert job.printed.count("POST /repos/acme/shop/check-runs\n") == 1
    assert job.printed.count("PATCH ") == 2


def test_a_hostile_report_is_text_in_it(job, github):
    assert check(job, CASES["hostile"]) == 0
    (run,) = github.check_runs.values()
    assert Page(GFM.render(run["output"]["summary"])).tags <= ALLOWED_IN_MARKDOWN
