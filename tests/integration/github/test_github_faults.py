"""What GitHub and the network do to us: refusals, limits, outages; each with the word that helps."""

import pytest
import requests
from github_api.job import Job
from github_api.server import TOKEN, FakeGitHub, Fault, Token
from report_cases import CASES

from pytest_perfgate.github import client as client_module

REPORT = CASES["regression"]
COMMENTS = "/issues/7/comments"


def comment(job, *arguments):
    return job.run("comment", "--report", job.report(REPORT), *arguments)


def test_without_a_token_it_says_how_to_pass_one(job, monkeypatch):
    monkeypatch.delenv("GITHUB_TOKEN")
    assert comment(job) == 2
    assert "GITHUB_TOKEN: ${{ github.token }}" in job.printed


def test_without_the_extra_it_says_how_to_install_it(job, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pytest_perfgate.github.client", None)
    assert comment(job) == 11
    assert "Install 'pytest-perfgate[github]'" in job.printed


def test_an_unknown_token(job):
    job.set(GITHUB_TOKEN="ghs_wrong")
    assert comment(job) == 11
    assert "does not know the token" in job.printed
    assert "GITHUB_TOKEN: ${{ github.token }}" in job.printed


@pytest.mark.parametrize(
    ("permissions", "line"),
    [({}, "pull-requests: read"), ({"pull-requests": "read"}, "pull-requests: write")],
)
def test_a_missing_permission_is_named_with_the_line_to_add(job, github, permissions, line):
    github.tokens[TOKEN] = Token(permissions=permissions)
    assert comment(job) == 11
    assert f"add '{line}' under 'permissions:'" in job.printed
    assert "--from-artifact" in job.printed


def test_a_repository_that_is_not_there(job):
    job.set(GITHUB_REPOSITORY="acme/other")
    assert comment(job) == 11
    assert "404" in job.printed
    assert "check the repository's name" in job.printed


@pytest.mark.parametrize("name", ["acme", "acme/..", "acme/shop/x", "acme/sh op", "/shop", "acme/shop?x=1"])
def test_a_repository_that_is_no_name_is_refused_before_anything_is_sent(job, github, name):
    assert comment(job, "--repository", name) == 2
    assert github.requests == []
    assert "OWNER/NAME" in job.printed


def test_a_locked_conversation(job, github):
    github.locked.add(7)
    assert comment(job) == 11
    assert "unlock it" in job.printed


def test_a_renamed_repository(job, github):
    github.moved_to = "https://api.github.com/repositories/1"
    assert comment(job) == 11
    assert "another name or owner" in job.printed


@pytest.mark.parametrize("kind", ["lose", "truncate"])
def test_an_answer_that_got_lost_is_no_second_comment(job, github, kind):
    github.faults.append(Fault(f"POST /repos/acme/shop{COMMENTS}", kind))
    assert comment(job) == 0
    assert len(github.comments) == 1
    assert github.sent() == [f"POST /repos/acme/shop{COMMENTS}"]
    assert len(job.slept) == 1


def test_a_request_that_got_lost_is_sent_again(job, github):
    github.faults.append(Fault(f"POST /repos/acme/shop{COMMENTS}", "drop"))
    assert comment(job) == 0
    assert len(github.comments) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_an_outage_is_waited_out_longer_each_time(job, github, status):
    github.faults.append(Fault("GET", status=status, times=3))
    assert comment(job) == 0
    assert len(job.slept) == 3
    assert job.slept == sorted(job.slept)
    assert 1 <= job.slept[0] <= 1.25
    assert "Trying again in" in job.printed


def test_an_outage_that_stays_ends_with_11_and_another_word_than_a_regression(job, github):
    github.faults.append(Fault("GET", times=99))
    assert comment(job) == 11
    assert "Tried 5 times" in job.printed
    assert "GitHub is unwell" in job.printed


def test_it_can_be_a_warning_instead(job, github):
    github.faults.append(Fault("GET", times=99))
    assert comment(job, "--on-publish-failure", "warn") == 0
    assert "::warning title=perfgate could not publish::" in job.printed


@pytest.mark.parametrize(
    ("status", "headers", "waits"),
    [
        (429, {"Retry-After": "30"}, 30),
        (403, {"Retry-After": "30"}, 30),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1700000040"}, 41),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1600000000"}, 1),
        (429, {}, 60),
        (429, {"Retry-After": "soon"}, 60),
    ],
)
def test_a_rate_limit_is_waited_for_as_asked(job, github, monkeypatch, status, headers, waits):
    monkeypatch.setattr("pytest_perfgate.wiring.github.time.time", lambda: 1_700_000_000.0)
    github.faults.append(
        Fault("POST", status=status, message="You have exceeded a secondary rate limit", headers=headers)
    )
    assert comment(job) == 0
    assert len(github.comments) == 1
    assert waits <= job.slept[0] <= waits * 1.25


def test_a_wait_beyond_the_patience_is_not_begun(job, github):
    github.faults.append(Fault("POST", status=429, headers={"Retry-After": "3600"}))
    assert comment(job, "--patience", "100") == 11
    assert job.slept == []
    assert "means to wait 3600 s; 100 s are left" in job.printed


def test_all_waits_together_stay_within_the_patience(job, github):
    github.faults.append(Fault("GET", status=429, headers={"Retry-After": "40"}, times=9))
    assert comment(job, "--patience", "100") == 11
    assert job.slept == [40, 40]


def test_an_answer_that_never_comes(job, github, monkeypatch):
    monkeypatch.setattr(client_module, "_TIMEOUT_S", 1)
    github.faults.append(Fault("GET", "hang"))
    assert comment(job) == 0
    assert "no answer within" in job.printed


def test_a_host_that_is_not_there(job):
    job.set(GITHUB_API_URL="http://127.0.0.1:1")
    assert comment(job) == 11
    assert "the connection failed" in job.printed


def test_a_comment_that_somebody_deletes_in_the_meantime_is_written_anew(job, github):
    comment(job)

    def deleted(method, _path):
        if method == "PATCH":
            github.before = None
            github.comments.clear()

    github.before = deleted
    assert job.run("comment", "--report", job.report(CASES["pass"])) == 0
    assert len(github.comments) == 1


def test_an_answer_of_another_shape_is_no_traceback(job, github):
    github.faults.append(Fault("GET /repos/acme/shop/pulls/7", status=200, message="hello"))
    assert comment(job) == 11
    assert "unexpected" in job.printed


@pytest.mark.parametrize("content", ["{", "[]", '{"pull_request": {"number": "7"}}', "\xff"])
def test_a_damaged_event_file_is_named(job, content):
    (job.folder / "event.json").write_bytes(content.encode("latin-1"))
    assert comment(job) == 2
    assert "GITHUB_EVENT_PATH" in job.printed


def test_a_report_that_is_none_is_named(job):
    (job.folder / "x.json").write_text("{}")
    assert job.run("comment", "--report", job.folder / "x.json") == 10
    assert job.run("comment", "--report", job.folder / "missing.json") == 11
    assert "missing.json" in job.printed
    assert job.run("comment") == 2


def test_github_enterprise_has_its_api_below_a_path(tmp_path, monkeypatch):
    with FakeGitHub(prefix="/api/v3") as github:
        job = Job(github, tmp_path, monkeypatch)
        assert comment(job) == 0
        assert len(github.comments) == 1
        assert github.violations == []


def test_nobody_s_netrc_or_proxy_is_asked_for_a_token(job, github, monkeypatch):
    """requests would take credentials for this host from ~/.netrc."""
    netrc = job.folder / ".netrc"
    netrc.write_text("machine 127.0.0.1 login x password y\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert requests.utils.get_netrc_auth(github.url) == ("x", "y")
    assert comment(job) == 0


def test_an_answer_that_has_not_changed_is_not_sent_again_to_who_knows_it(github):
    """Our client asks anew each time, since a job runs once; the server has ETags as GitHub has them."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    address = f"{github.url}/repos/acme/shop/pulls/7"
    first = requests.get(address, headers=headers, timeout=10)
    known = {**headers, "If-None-Match": first.headers["ETag"]}
    assert requests.get(address, headers=known, timeout=10).status_code == 304
    github.pulls[7]["state"] = "closed"
    assert requests.get(address, headers=known, timeout=10).json()["state"] == "closed"
