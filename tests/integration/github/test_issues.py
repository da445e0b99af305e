"""`perfgate github issues`: an issue's life against a server that plays GitHub, and two runs at once."""

import json
import re
import threading
from datetime import datetime, timedelta, timezone

import pytest
from github_api.server import REPOSITORY, TOKEN, WORKFLOW, Fault, Token
from markdown_page import ALLOWED_IN_MARKDOWN, GFM, Page
from msgspec.structs import replace
from report_cases import HOSTILE, a_report, compared, slower, unchanged

from pytest_perfgate.model import Commit, Outcome, Severity, Verdict
from pytest_perfgate.report.json_report import render_json

GOOD, BAD = "a" * 40, "b" * 40
CLOSED = datetime(2026, 3, 2, 10, tzinfo=timezone.utc)  # as the test server says
DAY = timedelta(days=1)
NAME = "tests/test_codec.py::test_loads[large]"


@pytest.fixture
def branch(job, monkeypatch):
    """A push to the default branch, on a day that the test says."""
    job.set(GITHUB_REF_NAME="main")
    job.event("push", repository={"full_name": REPOSITORY, "default_branch": "main"}, after=BAD)
    day = {"now": datetime(2026, 3, 1, 12, tzinfo=timezone.utc)}
    monkeypatch.setattr("pytest_perfgate.wiring.now", lambda: day["now"])
    monkeypatch.setattr("pytest_perfgate.wiring.issues.now", lambda: day["now"])
    job.day = day
    return job


def on_main(*rows, commit=BAD, at=CLOSED + DAY, good=GOOD, **facts):
    failing = any(row.fails for row in rows)
    report = a_report(*rows, *unchanged(3), outcome=Outcome.REGRESSED if failing else Outcome.PASSED, **facts)
    return replace(report, candidate_commit=Commit(commit, committed_at=at), reference_revision=good)


def issues(branch, report, *arguments):
    return branch.run("issues", "--report", branch.report(report), *arguments)


def came_back(name=NAME, change=0.001, **facts):
    return compared(name, change, verdict=Verdict.UNCHANGED, **facts)


def only(github):
    (issue,) = github.issues.values()
    return issue


def said(github, number=None):
    return [c["body"] for c in github.comments.values() if number is None or c["issue"] == number]


def test_a_regression_opens_one_issue_that_says_everything(branch, github):
    assert issues(branch, on_main(slower()), "--report-url", "https://x.example/report.html") == 0
    issue = only(github)
    assert issue["title"] == f"Performance: {NAME} +6.2 % since {BAD[:12]}"
    assert issue["labels"] == ["perfgate", "perfgate:low"]
    body = issue["body"]
    assert r"\+6\.2 % \[\+4\.8, \+7\.6\]" in body
    assert f"between <code>{GOOD[:12]}</code> and <code>{BAD[:12]}</code>" in body
    assert f"https://github.example/acme/shop/compare/{GOOD}...{BAD}" in body
    assert "https://x.example/report.html" in body
    assert f"pytest --perfgate --perfgate-against={GOOD[:12]} '{NAME}'" in body
    assert f"git bisect start {BAD[:12]} {GOOD[:12]}" in body
    assert github.labels == {}


def test_benchmarks_that_moved_at_one_commit_are_one_issue_not_one_each(branch, github):
    rows = [slower(f"t.py::{number}", 0.1 + number / 100, severity=Severity.MEDIUM) for number in range(4)]
    issues(branch, on_main(*rows))
    assert only(github)["title"].startswith("Performance: t.py::3 +13.0 % and 3 more")
    assert only(github)["body"].count("| <code>") == 4


def test_the_next_run_says_nothing_new_and_opens_no_second(branch, github):
    issues(branch, on_main(slower()))
    before = github.sent()
    assert issues(branch, on_main(slower(change=0.065), commit="c" * 40)) == 0
    assert github.sent() == before
    assert "already say so" in branch.printed


def test_it_is_found_again_whatever_a_person_does_to_title_and_labels(branch, github):
    issues(branch, on_main(slower()))
    only(github).update(title="Loads is slow, see #12", labels=["ours"])
    only(github)["body"] = "A note of mine.\r\n" + only(github)["body"].replace("\n", "\r\n")
    issues(branch, on_main(slower(change=0.3, severity=Severity.HIGH)))
    assert only(github)["title"] == "Loads is slow, see #12"
    assert only(github)["labels"] == ["ours"]
    assert r"\+30\.0 %" in only(github)["body"]


def test_it_is_found_behind_many_others(branch, github):
    for number in range(230):
        github.add_issue(f"other {number}", "text")
    issues(branch, on_main(slower()))
    issues(branch, on_main(slower()))
    assert len(github.issues) == 231


def test_a_change_of_size_updates_the_text_and_is_told_once_a_day(branch, github):
    issues(branch, on_main(slower()))
    branch.day["now"] += DAY
    issues(branch, on_main(slower(change=0.10), commit="c" * 40))
    assert [text.splitlines()[0][:19] for text in said(github)] == [r"Now \+10\.0 % \[\+8"]
    issues(branch, on_main(slower(change=0.20), commit="d" * 40))
    assert len(said(github)) == 1
    assert r"\+20\.0 %" in only(github)["body"]
    branch.day["now"] += DAY
    issues(branch, on_main(slower(change=0.30), commit="e" * 40))
    assert len(said(github)) == 2
    # The range stays that of the day when it was found.
    assert f"and <code>{BAD[:12]}</code>" in only(github)["body"]


def test_it_is_closed_with_the_commit_at_which_the_level_came_back(branch, github):
    issues(branch, on_main(slower()))
    issues(branch, on_main(came_back(), commit="c" * 40))
    assert (only(github)["state"], only(github)["state_reason"]) == ("closed", "completed")
    assert said(github) == [f"The level came back at {'c' * 12}.\n"]
    before = github.sent()
    issues(branch, on_main(came_back(), commit="d" * 40))
    assert github.sent() == before


def test_a_baseline_that_has_learned_the_slow_level_does_not_close_it(branch, github):
    """ "Unchanged" is said of a slow level, too, once enough slow runs were recorded."""
    issues(branch, on_main(slower(change=0.5, severity=Severity.CRITICAL)))
    row = came_back(change=0.0)
    high = replace(row.comparison.candidate, value=row.comparison.candidate.value * 1.5)
    issues(branch, on_main(replace(row, comparison=replace(row.comparison, candidate=high, baseline=high))))
    assert only(github)["state"] == "open"


@pytest.mark.parametrize("verdict", [Verdict.INCONCLUSIVE, Verdict.MISSING])
def test_what_is_not_known_closes_nothing(branch, github, verdict):
    issues(branch, on_main(slower()))
    issues(branch, on_main(replace(came_back(), verdict=verdict)))
    issues(branch, on_main())
    assert only(github)["state"] == "open"


def test_one_of_two_that_came_back_is_noted_and_the_issue_stays(branch, github):
    issues(branch, on_main(slower(), slower("t.py::b", 0.2, severity=Severity.MEDIUM)))
    branch.day["now"] += DAY
    issues(branch, on_main(slower(change=0.3, severity=Severity.HIGH), came_back("t.py::b")))
    assert only(github)["state"] == "open"
    assert "test&#95;loads" in only(github)["body"]
    assert "</code>: came back" in only(github)["body"]


def test_an_accepted_change_closes_it_with_the_reason(branch, github):
    issues(branch, on_main(slower()))
    issues(branch, on_main(slower(accepted="it checks its input now, says @someone")))
    assert only(github)["state"] == "closed"
    (text,) = said(github)
    assert text.startswith("Accepted: it checks its input now")
    assert "@someone" not in text


def test_when_it_returns_the_issue_is_reopened(branch, github):
    issues(branch, on_main(slower()))
    issues(branch, on_main(came_back(), at=CLOSED - DAY))
    issues(branch, on_main(slower(), commit="e" * 40, good="d" * 40, at=CLOSED + DAY))
    assert only(github)["state"] == "open"
    assert said(github)[-1].startswith("It is back. Now ")
    assert f"between <code>{'d' * 12}</code> and <code>{'e' * 12}</code>" in only(github)["body"]


def test_a_run_that_was_under_way_when_a_person_closed_it_does_not_reopen_it(branch, github):
    issues(branch, on_main(slower()))
    only(github).update(state="closed", state_reason="completed", closed_at="2026-03-02T10:00:00Z", closed_by="someone")
    before = github.sent()
    assert issues(branch, on_main(slower(), at=CLOSED - timedelta(hours=1))) == 0
    assert github.sent() == before


@pytest.mark.parametrize(
    "decision",
    [
        {"state": "closed", "state_reason": "not_planned", "closed_at": "2026-03-02T10:00:00Z", "closed_by": "someone"},
        {"labels": ["perfgate", "perfgate:ignore"]},
        {
            "state": "closed",
            "state_reason": "completed",
            "labels": ["perfgate:ignore"],
            "closed_at": "2026-03-02T10:00:00Z",
        },
    ],
)
def test_a_person_s_decision_is_never_fought(branch, github, decision):
    issues(branch, on_main(slower()))
    only(github).update(decision)
    before = github.sent()
    for report in (
        on_main(slower(change=0.4, severity=Severity.HIGH), at=CLOSED + 5 * DAY),
        on_main(came_back(), at=CLOSED + 6 * DAY),
        on_main(slower(), at=CLOSED + 7 * DAY),
    ):
        assert issues(branch, report) == 0
    assert github.sent() == before


def test_but_another_jump_from_the_level_that_was_left_standing_is_news(branch, github):
    issues(branch, on_main(slower(change=0.5, severity=Severity.CRITICAL)))
    only(github).update(state="closed", state_reason="not_planned", closed_at="2026-03-02T10:00:00Z")
    row = slower(change=0.3, severity=Severity.HIGH)
    high = replace(row.comparison.baseline, value=row.comparison.baseline.value * 1.5)
    issues(branch, on_main(replace(row, comparison=replace(row.comparison, baseline=high)), commit="c" * 40))
    assert len(github.issues) == 2


def test_a_second_cause_is_a_second_issue_although_the_gate_names_both(branch, github):
    issues(branch, on_main(slower()))
    issues(branch, on_main(slower(), slower("t.py::later", 0.2, severity=Severity.MEDIUM), commit="c" * 40))
    titles = [issue["title"] for issue in github.issues.values()]
    assert titles == [
        f"Performance: {NAME} +6.2 % since {BAD[:12]}",
        f"Performance: t.py::later +20.0 % since {'c' * 12}",
    ]
    before = github.sent()
    issues(branch, on_main(slower(), slower("t.py::later", 0.2, severity=Severity.MEDIUM), commit="d" * 40))
    assert github.sent() == before


def test_issues_of_somebody_else_with_our_marker_are_not_touched(branch, github):
    issues(branch, on_main(slower()))
    body = only(github)["body"]
    github.issues.clear()
    github.add_issue("forged", body, login="someone")
    issues(branch, on_main(slower()))
    assert [issue["login"] for issue in github.issues.values()] == ["someone", WORKFLOW]


def test_an_issue_whose_marker_a_person_has_cut_out_is_theirs(branch, github):
    issues(branch, on_main(slower()))
    only(github)["body"] = "mine now"
    issues(branch, on_main(slower()))
    assert next(iter(github.issues.values()))["body"] == "mine now"
    assert len(github.issues) == 2


def test_suites_do_not_meddle_with_each_other(branch, github):
    for suite in ("api", "web"):
        issues(branch, on_main(slower()), "--suite", suite)
    issues(branch, on_main(came_back()), "--suite", "api")
    assert [issue["state"] for issue in github.issues.values()] == ["closed", "open"]
    assert [issue["title"][:19] for issue in github.issues.values()] == ["Performance of api:", "Performance of web:"]


def test_in_one_run_at_most_so_many_are_opened_and_one_lists_the_rest(branch, github):
    reports = []
    for number in range(8):
        row = slower(f"t.py::{number}", 0.1 + number / 100, severity=Severity.MEDIUM)
        reports += ["--report", f"s{number}={branch.report(on_main(row), f'{number}.json')}"]
    assert branch.run("issues", *reports, "--most-new", "3") == 0
    titles = [issue["title"] for issue in github.issues.values()]
    assert [title.split("::")[1][:1] for title in titles] == ["7", "6", "5", "4"]
    assert "and 4 more" in titles[-1]
    assert all(f"t.py&#58;&#58;{number}" in list(github.issues.values())[-1]["body"] for number in range(5))
    before = github.sent()
    assert branch.run("issues", *reports, "--most-new", "3") == 0
    assert github.sent() == before


def test_a_whole_suite_that_got_slower_is_one_issue_and_stays_one(branch, github):
    rows = [slower(f"t.py::test_{number}", 0.2 + number / 10_000, severity=Severity.MEDIUM) for number in range(1_000)]
    for _ in range(3):
        assert issues(branch, on_main(*rows)) == 0
    assert len(github.issues) == 1
    assert len(only(github)["body"].encode()) < 65_536
    assert "and 900 more rows" in only(github)["body"]


def test_doubles_of_an_earlier_race_become_one(branch, github):
    issues(branch, on_main(slower()))
    github.add_issue("double", only(github)["body"])
    issues(branch, on_main(slower()))
    assert [issue["state"] for issue in github.issues.values()] == ["open", "closed"]
    before = github.sent()
    issues(branch, on_main(slower()))
    assert github.sent() == before


def test_two_runs_at_once_open_one_issue(branch, github, tmp_path):
    """Really at once: two clients, two threads, each stopped where the other may overtake it."""
    from pytest_perfgate.analysis.landed import landed
    from pytest_perfgate.github.client import Client, Patience
    from pytest_perfgate.github.issue_plan import IssueSettings
    from pytest_perfgate.github.request import Repository
    from pytest_perfgate.wiring.issues import keep_issues

    count = 8
    start = threading.Barrier(count)
    first_list = threading.Barrier(count)
    waited = set()

    def meet(method, path):
        """Nobody goes on before all have seen that there is no issue yet."""
        if method == "GET" and path.endswith("/issues") and threading.get_ident() not in waited:
            waited.add(threading.get_ident())
            if len(waited) <= count:
                first_list.wait(30)

    github.before = meet
    state = landed(on_main(slower()), "")
    failures = []

    def run():
        freed = threading.Event()
        patience = Patience(1_000, lambda _seconds: freed.wait(0.01), lambda: 0.0, lambda _text: None)
        client = Client(github.url, TOKEN, patience)
        start.wait(30)
        try:
            settings = IssueSettings(Repository(REPOSITORY), branch.day["now"].date())
            keep_issues(client, [state], settings, WORKFLOW, dry_run=False)
        except Exception as error:  # noqa: BLE001 - told below
            failures.append(str(error))

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(github.issues) == 1
    assert github.labels == {}
    # Whoever has no patience left says so, and has changed nothing.
    assert all("Another run holds the lock" in text for text in failures)


def test_a_lock_that_a_dead_run_has_left_is_taken_after_ten_minutes(branch, github):
    since = branch.day["now"] - timedelta(minutes=11)
    github.labels["perfgate:lock"] = {"name": "perfgate:lock", "description": f"held since {since.isoformat()}"}
    assert issues(branch, on_main(slower())) == 0
    assert len(github.issues) == 1
    assert github.labels == {}


@pytest.mark.parametrize("description", ["held since 2026-03-01T11:55:00+00:00", "a person's label", ""])
def test_a_lock_that_is_held_is_waited_for_and_then_told(branch, github, description):
    github.labels["perfgate:lock"] = {"name": "perfgate:lock", "description": description}
    assert issues(branch, on_main(slower())) == 11
    assert github.issues == {}
    assert "perfgate:lock" in branch.printed
    assert len(branch.slept) > 2


def test_the_lock_is_let_go_of_when_something_fails(branch, github):
    github.faults.append(Fault("POST /repos/acme/shop/issues", status=422, message="Validation Failed"))
    assert issues(branch, on_main(slower())) == 11
    assert github.labels == {}


def test_a_lost_answer_opens_no_second_issue(branch, github):
    github.faults.append(Fault("POST /repos/acme/shop/issues", "lose"))
    assert issues(branch, on_main(slower())) == 0
    assert len(github.issues) == 1


def test_a_list_that_lags_behind_opens_no_second_issue(branch, github, monkeypatch):
    from github_api import server

    real = server._OPERATIONS["get /issues"]
    monkeypatch.setitem(
        server._OPERATIONS, "get /issues", (*real[:2], lambda s, found, token, q, b: s._page(found, q, []))
    )
    assert issues(branch, on_main(slower())) == 0
    assert len(github.issues) == 1


def test_switched_off_issues_are_told(branch, github):
    github.issues_disabled = True
    assert issues(branch, on_main(slower())) == 11
    assert "switched off" in branch.printed


def test_a_missing_permission_is_named(branch, github):
    github.tokens[TOKEN] = Token(permissions={"issues": "read"})
    assert issues(branch, on_main(slower())) == 11
    assert "add 'issues: write'" in branch.printed


def test_a_dry_run_prints_the_exact_requests(branch, github):
    assert issues(branch, on_main(slower()), "--dry-run") == 0
    assert github.sent() == []
    line, _, body = branch.printed.partition("\n")
    assert line == "POST /repos/acme/shop/issues"
    planned = json.loads(body)
    issues(branch, on_main(slower()))
    assert planned in github.bodies("POST")


def test_commits_of_the_range_are_named_only_when_asked_for_and_notify_nobody(branch, github):
    github.commits = [("c" * 40, "octo", "Check the input\n\nbody"), ("d" * 40, "hubot", "cc @everyone <b> #1")]
    issues(branch, on_main(slower()), "--commits")
    body = only(github)["body"]
    assert "Check the input, by <code>octo</code>" in body
    assert not re.search(r"@\w|<b>|#\d", re.sub(r"&#\d+;", "", body.split("<!--")[0]))
    assert not any("/compare/" in path for _, path, _, _ in github.requests[:2])


@pytest.mark.parametrize("event", ["pull_request", "workflow_run"])
def test_a_pull_request_is_no_default_branch(job, github, event):
    if event == "workflow_run":
        job.event(event, workflow_run={"id": 1, "event": "push", "head_sha": BAD})
    assert issues(job, on_main(slower())) == 0
    assert github.requests == []
    assert "default branch" in job.printed


def test_nor_is_another_branch(branch, github):
    branch.set(GITHUB_REF_NAME="feature")
    assert issues(branch, on_main(slower())) == 0
    assert "this job is one of 'feature'" in branch.printed
    assert issues(branch, on_main(slower()), "--branch", "feature") == 0
    assert len(github.issues) == 1


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_name_is_text_in_title_body_and_command(branch, github, name):
    assert issues(branch, on_main(slower(name, reason=name), good=GOOD)) == 0
    issue = only(github)
    assert issue["title"].replace("\u200b", "").isprintable()
    assert not re.search(r"@\w", issue["title"])
    page = Page(GFM.render(issue["body"].split("<!--")[0]))
    assert page.tags <= ALLOWED_IN_MARKDOWN | {"a", "em"}


def test_a_range_that_is_none_offers_no_command(branch, github):
    issues(branch, on_main(slower(), good="$(touch x)", commit="; rm -rf /"))
    assert "git bisect" not in only(github)["body"]
    assert "rm -rf" not in only(github)["body"].replace("\\", "")


def test_reports_that_could_not_judge_change_nothing(branch, github):
    issues(branch, on_main(slower()))
    before = github.sent()
    (branch.folder / "x.json").write_text(render_json(a_report(outcome=Outcome.NO_BASELINE)))
    assert branch.run("issues", "--report", branch.folder / "x.json") == 0
    assert github.sent() == before
