"""`perfgate github comment` against a server that plays GitHub."""

import json

import pytest
from github_api.server import HEAD, TOKEN, Fault, Token
from report_cases import CASES

from pytest_perfgate.report.comment import Section
from pytest_perfgate.report.merged import render_merged

REPORT = CASES["regression"]


def comment(job, report=REPORT, *arguments):
    return job.run("comment", "--report", job.report(report), *arguments)


def bodies(github):
    return [facts["body"] for facts in github.comments.values()]


def test_the_first_run_posts_one_comment_with_the_verdict_in_its_first_line(job, github):
    assert comment(job) == 0
    assert github.sent() == ["POST /repos/acme/shop/issues/7/comments"]
    (body,) = bodies(github)
    assert body.startswith("### 3 of 11 benchmarks got worse")
    assert "https://github.example/acme/shop/actions/runs/4711" in body
    assert HEAD[:12] in body
    assert "perfgate accept" in body


def test_a_second_run_updates_it_and_the_same_again_changes_nothing(job, github):
    comment(job)
    comment(job, CASES["pass"])
    assert [body.splitlines()[0] for body in bodies(github)] == ["### PASS\\: no benchmark got slower"]
    before = github.sent()
    assert comment(job, CASES["pass"]) == 0
    assert github.sent() == before
    assert "already says so" in job.printed


def test_a_comment_costs_five_requests(job, github):
    comment(job)
    assert len(github.requests) == 5
    for number in range(150):
        github.add_comment(f"chat {number}", login="someone")
    comment(job, CASES["pass"])
    assert len(github.requests) == 5 + 7


def test_it_is_found_behind_hundreds_of_other_comments(job, github):
    for number in range(250):
        github.add_comment(f"chat {number}", login="someone")
    comment(job)
    comment(job, CASES["pass"])
    assert len(github.comments) == 251


def test_each_suite_has_a_comment_of_its_own(job, github):
    comment(job, REPORT, "--suite", "api")
    comment(job, REPORT, "--suite", "web")
    comment(job, CASES["pass"], "--suite", "web")
    assert [body.splitlines()[0][:20] for body in bodies(github)] == ["### api: 3 of 11 ben", "### web: PASS\\: no b"]


def test_several_suites_stand_in_one_comment_the_worst_first(job, github):
    good, bad = job.report(CASES["pass"], "good.json"), job.report(REPORT, "bad.json")
    assert job.run("comment", "--report", f"py3.10={good}", "--report", f"py3.13={bad}") == 0
    (body,) = bodies(github)
    headings = [line for line in body.splitlines() if line.startswith("#")]
    assert headings[0] == "### FAIL: 1 of 2 suites got worse"
    assert [line[:12] for line in headings[1:]] == ["#### py3\\.13", "#### py3\\.10"]


def test_a_marker_in_the_comment_of_somebody_else_is_not_followed(job, github):
    comment(job)
    (body,) = bodies(github)
    github.comments.clear()
    theirs = github.add_comment(body, login="someone")
    assert comment(job, CASES["pass"]) == 0
    assert github.comments[theirs]["body"] == body
    assert len(github.comments) == 2


def test_a_personal_token_finds_its_own_comments(job, github):
    github.tokens[TOKEN] = Token(login="octo", is_app=False)
    comment(job)
    comment(job, CASES["pass"])
    assert [facts["login"] for facts in github.comments.values()] == ["octo"]


def test_an_app_says_who_it_is(job, github):
    github.tokens[TOKEN] = Token(login="acme-perf[bot]")
    comment(job, REPORT, "--author", "acme-perf[bot]")
    comment(job, CASES["pass"], "--author", "acme-perf[bot]")
    assert len(github.comments) == 1


@pytest.mark.parametrize(
    ("when", "case", "posts"),
    [
        ("always", "pass", 1),
        ("change", "pass", 0),
        ("change", "accepted", 1),
        ("change", "could_not_judge", 1),
        ("regression", "could_not_judge", 0),
        ("regression", "regression", 1),
    ],
)
def test_when_decides_whether_a_comment_is_opened(job, github, when, case, posts):
    assert comment(job, CASES[case], "--when", when) == 0
    assert len(github.comments) == posts


def test_when_there_is_nothing_to_say_any_more_the_comment_is_folded(job, github):
    comment(job)
    comment(job, CASES["pass"], "--when", "change")
    (body,) = bodies(github)
    assert body.startswith("<details><summary>PASS: no benchmark got slower</summary>")
    comment(job, REPORT, "--when", "change")
    assert bodies(github)[0].startswith("### 3 of 11")


def test_or_deleted(job, github):
    comment(job)
    comment(job, CASES["pass"], "--when", "change", "--when-quiet", "delete")
    assert github.comments == {}


def test_duplicates_of_an_earlier_race_become_one(job, github):
    comment(job)
    (body,) = bodies(github)
    first = next(iter(github.comments))
    github.add_comment(body)
    github.add_comment("unrelated")
    comment(job, CASES["pass"])
    assert min(github.comments) == first
    assert len(github.comments) == 2


def test_two_runs_that_post_at_the_same_time_leave_one_comment(job, github):
    """The other run posts between our reading and our writing."""

    def race(method, path):
        if method == "POST":
            github.before = None
            comment(job, CASES["pass"])

    github.before = race
    assert comment(job) == 0
    assert len(github.comments) == 1


def test_a_dry_run_prints_the_exact_requests_and_sends_none(job, github):
    assert comment(job, REPORT, "--dry-run") == 0
    assert github.sent() == []
    line, _, body = job.printed.partition("\n")
    assert line == "POST /repos/acme/shop/issues/7/comments"
    planned = json.loads(body)
    comment(job)
    assert github.bodies("POST") == [planned]


def test_a_pull_request_that_has_moved_on_is_left_to_its_own_run(job, github):
    github.pulls[7]["head_sha"] = "e" * 40
    assert comment(job) == 0
    assert github.comments == {}
    assert "#7 has moved on to eeeeeeeeeeee" in job.printed


def test_a_pull_request_whose_repository_was_deleted_is_commented(job, github):
    github.pulls[7]["head_repo"] = ""
    assert comment(job) == 0
    assert len(github.comments) == 1


@pytest.mark.parametrize("event", ["push", "schedule", "workflow_dispatch", "merge_group"])
def test_without_a_pull_request_there_is_nothing_to_comment_on(job, github, event):
    job.event(event)
    assert comment(job) == 0
    assert github.sent() == []
    assert "is not about a pull request" in job.printed


def test_a_pull_request_can_be_named(job, github):
    job.event("workflow_dispatch")
    github.pulls[8] = {"head_sha": "c" * 40, "head_repo": "acme/shop", "head_ref": "x", "state": "open"}
    assert comment(job, REPORT, "--pull-request", "8") == 0
    assert next(iter(github.comments.values()))["issue"] == 8


def test_a_fork_s_own_token_can_t_comment_which_is_no_failure(job, github):
    github.tokens[TOKEN] = Token(permissions={"pull-requests": "read"})
    assert comment(job) == 11
    job.event(
        "pull_request",
        pull_request={
            "number": 7,
            "head": {"sha": HEAD, "ref": "faster", "repo": {"full_name": "someone/shop"}},
            "base": {"sha": "b" * 40, "ref": "main", "repo": {"full_name": "acme/shop"}},
        },
    )
    assert comment(job) == 0
    assert "#7 comes from a fork" in job.printed


def test_the_token_appears_nowhere(job, github):
    comment(job)
    assert TOKEN not in job.everything()
    github.faults.append(Fault("/comments", status=500, message=f"trouble with {TOKEN}", times=9))
    assert comment(job, CASES["pass"]) == 11
    assert TOKEN not in job.everything()
    job.set(GITHUB_TOKEN=f"{TOKEN}x")
    assert comment(job) == 11
    assert TOKEN not in job.everything()


def test_merged_reports_are_a_section_each(job, github, tmp_path):
    merged = tmp_path / "merged.json"
    sections = [Section("3.10", REPORT), Section("3.13", CASES["pass"])]
    merged.write_text(render_merged(sections), encoding="utf-8")
    assert job.run("comment", "--report", str(merged)) == 0
    (body,) = bodies(github)
    assert body.startswith("### FAIL: 1 of 2 suites got worse")
    assert "3\\.10" in body or "3.10" in body
