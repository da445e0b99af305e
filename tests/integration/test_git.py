"""Real git: commits, the reference by ancestry, the branch store under eight writers."""

import multiprocessing
import subprocess
from datetime import datetime, timedelta, timezone

import pytest
from builders import ENVIRONMENT, START, make_run
from msgspec.structs import replace

from pytest_perfgate.errors import LostRaceError, StoreError
from pytest_perfgate.measure import commit as facts
from pytest_perfgate.model import Commit
from pytest_perfgate.storage import open_store
from pytest_perfgate.storage.git_baselines import FileBaselines
from pytest_perfgate.storage.git_branch import BranchFiles
from pytest_perfgate.workflows.reference import History, Window, select_reference


@pytest.fixture
def repo(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "tester")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "tester@example.invalid")
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "-c", "init.defaultBranch=main", "init", "-q")
    git(folder, "commit", "-q", "--allow-empty", "-m", "first | subject <b>")
    return folder


def git(folder, *arguments):
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def add_commit(folder, message="x"):
    git(folder, "commit", "-q", "--allow-empty", "-m", message)
    return git(folder, "rev-parse", "HEAD")


def test_a_commits_facts(repo):
    first = git(repo, "rev-parse", "HEAD")
    second = add_commit(repo, "second")
    commit = facts.read_commit(repo, {}).commit
    assert (commit.revision, commit.parents, commit.branch, commit.dirty) == (second, (first,), "main", False)
    assert commit.subject == "second"


def test_changes_make_it_dirty_but_not_those_of_the_baseline_folder(repo):
    for path in (repo / "base lines" / "x", repo / "code.py"):
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    git(repo, "add", ".")
    add_commit(repo, "both")
    (repo / "base lines" / "x").write_text("changed")
    assert facts.read_commit(repo, {}, exclude=["base lines"]).commit.dirty is False
    (repo / "code.py").write_text("changed")
    assert facts.read_commit(repo, {}, exclude=["base lines"]).commit.dirty is True


def test_a_file_that_git_does_not_know_makes_nothing_dirty(repo):
    (repo / "report.html").write_text("")
    assert facts.read_commit(repo, {}).commit.dirty is False


def test_a_folder_without_git_says_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    found = facts.read_commit(tmp_path, {})
    assert found.commit is None
    assert "not a git repository" in found.missing


def test_an_empty_repository_has_no_commit(tmp_path):
    git(tmp_path, "init", "-q")
    assert facts.read_commit(tmp_path, {}).commit is None


def test_a_machine_without_git_says_so(repo, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert "git" in facts.read_commit(repo, {}).missing


def test_a_detached_head_takes_its_branch_from_ci(repo):
    git(repo, "checkout", "-q", "--detach")
    assert facts.read_commit(repo, {}).commit.branch == ""
    assert facts.read_commit(repo, {"GITHUB_HEAD_REF": "feature"}).commit.branch == "feature"


def test_the_runs_page_is_kept(repo):
    environ = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_SERVER_URL": "https://example.invalid",
        "GITHUB_REPOSITORY": "a/b",
        "GITHUB_RUN_ID": "7",
    }
    assert facts.read_commit(repo, environ).commit.ci_url == "https://example.invalid/a/b/actions/runs/7"


def test_the_merge_base_is_where_the_branch_left_main(repo):
    base = git(repo, "rev-parse", "HEAD")
    git(repo, "checkout", "-q", "-b", "feature")
    add_commit(repo)
    assert facts.merge_base(repo, {}) == base
    assert facts.merge_base(repo, {"GITHUB_BASE_REF": "main"}) == base
    assert facts.merge_base(repo, {}, "no-such-branch") is None
    assert base in facts.ancestors(repo, "HEAD")


def test_trailers_accept_with_their_reason(repo):
    revision = add_commit(repo, "Check the input\n\nPerfgate-Accept: tests/*::test_loads it checks now\n")
    (trailer,) = facts.accept_trailers(repo, datetime.now(timezone.utc) - timedelta(days=1))
    assert trailer.revision == revision
    assert trailer.text == "tests/*::test_loads it checks now"


def choose(headers, ancestors, **options):
    arguments = {"suite": "", "window": Window(), "now": START + timedelta(days=20), **options}
    return select_reference(
        headers, history=History(frozenset(ancestors) if ancestors is not None else None), **arguments
    )


def header(number, revision, **facts_):
    return replace(make_run(number, {}), commit=Commit(revision, **facts_.pop("commit", {})), **facts_)


def test_only_the_merge_bases_own_past_is_the_reference():
    headers = [header(1, "a"), header(2, "b"), header(3, "other branch"), header(4, "a", commit={"dirty": True})]
    chosen = choose(headers, {"a", "b"})
    assert [run.commit.revision for run in chosen.headers] == ["a", "b"]
    assert chosen.left_out == {"not part of the merge base": 1, "uncommitted changes": 1}


def test_the_window_is_bounded_by_days_and_by_runs():
    headers = [header(number * 24, "a") for number in range(40)]
    assert len(choose(headers, {"a"}, now=START + timedelta(days=40)).headers) == 30
    newest = choose(headers, {"a"}, now=START + timedelta(days=40), window=Window(runs=5)).headers
    assert [run.id for run in newest] == [run.id for run in headers[-5:]]


def test_the_candidate_itself_other_suites_and_untrusted_runs_are_left_out():
    headers = [header(1, "a"), header(2, "a", suite="io"), header(3, "a", untrusted="a profiler")]
    assert choose(headers, {"a"}, candidate_id=headers[0].id).headers == ()


def test_without_git_every_run_counts():
    assert len(choose([header(1, "a"), header(2, "b")], None).headers) == 2


def _write(arguments):
    folder, number = arguments
    store = open_store("git-branch:perfgate", folder)
    for turn in range(2):
        store.save_run(make_run(number * 10 + turn, {"a": 1e-3}))


@pytest.fixture
def remote(repo, tmp_path):
    git(tmp_path, "init", "-q", "--bare", "remote.git")
    git(repo, "remote", "add", "origin", str(tmp_path / "remote.git"))
    git(repo, "push", "-q", "origin", "main")
    return tmp_path / "remote.git"


def test_eight_writers_at_once_lose_nothing(repo, remote, tmp_path):
    clones = [tmp_path / f"clone {number}" for number in range(8)]
    for number, clone in enumerate(clones):
        depth = ["--depth", "1"] if number % 2 else []
        git(tmp_path, "clone", "-q", *depth, remote.as_uri(), str(clone))
    with multiprocessing.get_context("spawn").Pool(8) as pool:
        pool.map(_write, list(zip(clones, range(8), strict=True)))
    store = open_store("git-branch:perfgate", repo)
    assert len(store.run_ids(ENVIRONMENT.fingerprint)) == 16
    assert store.verify() == []


def test_the_users_tree_index_and_branches_are_not_touched(repo, remote):
    (repo / "staged").write_text("x")
    git(repo, "add", "staged")
    before = [
        git(repo, "status", "--porcelain"),
        git(repo, "branch"),
        git(repo, "rev-parse", "HEAD"),
        git(repo, "stash", "list"),
    ]
    store = open_store("git-branch:perfgate", repo)
    store.save_run(make_run(1, {"a": 1e-3}))
    after = [
        git(repo, "status", "--porcelain"),
        git(repo, "branch"),
        git(repo, "rev-parse", "HEAD"),
        git(repo, "stash", "list"),
    ]
    assert before == after


def test_a_remote_that_is_gone_is_an_error_without_its_password(repo):
    git(repo, "remote", "add", "origin", "https://user:secret@localhost:1/none.git")
    with pytest.raises(StoreError, match="Could not fetch") as caught:
        list(open_store("git-branch:perfgate", repo).environments())
    assert "secret" not in str(caught.value)


def test_a_race_that_is_always_lost_ends_in_a_clear_error(repo, remote, tmp_path):
    hook = remote / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'cannot lock ref' >&2\nexit 1\n")
    hook.chmod(0o755)
    pauses = []
    store = FileBaselines(BranchFiles(repo, "perfgate", pause=pauses.append))
    with pytest.raises(LostRaceError, match="nothing was written"):
        store.save_run(make_run(1, {"a": 1e-3}))
    assert len(pauses) == 29


def test_no_repository_and_bad_names_are_refused(tmp_path, repo, monkeypatch):
    with pytest.raises(StoreError, match="no name for a branch"):
        open_store("git-branch:a..b", repo)
    with pytest.raises(StoreError, match="no git repository"):
        open_store("git-branch:perfgate", tmp_path)


def test_a_hash_with_403_in_it_is_a_lost_race_and_a_403_is_not(repo, remote):
    from pytest_perfgate.storage.git_branch import _is_forbidden

    assert not _is_forbidden("! [rejected] 2ad57c2beae5ebc16f18c600b5dd5eae2367c403 -> perfgate (fetch first)")
    assert _is_forbidden("remote: Permission to a/b.git denied. The requested URL returned error: 403")
