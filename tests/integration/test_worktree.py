"""Real git: a base checked out beside the user's tree, never touching that, and gone afterwards whatever happens."""

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_perfgate.errors import BaseRevisionError, StoreError
from pytest_perfgate.measure import owner, revision, worktree

POSIX = pytest.mark.skipif(os.name == "nt", reason="uses POSIX signals or shell scripts")


def git(folder, *arguments):
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def commit(folder, name="file.py", text="x = 1\n", message="change"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def new_repo(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "file")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "tester")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "tester@example.invalid")

    def make(name):
        folder = tmp_path / name
        folder.mkdir()
        git(folder, "-c", "init.defaultBranch=main", "init", "-q")
        return folder

    return make


@pytest.fixture
def repo(new_repo):
    folder = new_repo("repo")
    commit(folder, message="first")
    return folder


def state(folder):
    """All of the user's that must not change."""
    index = folder / ".git" / "index"
    return {
        "index": hashlib.sha256(index.read_bytes()).hexdigest(),
        "refs": git(folder, "for-each-ref"),
        "head": (folder / ".git" / "HEAD").read_text(),
        "stash": git(folder, "stash", "list"),
        "status": git(folder, "--no-optional-locks", "status", "--porcelain", "--ignored"),
        "worktrees": git(folder, "worktree", "list"),
    }


def test_the_base_is_there_meanwhile_and_gone_afterwards(repo, tmp_path):
    first = commit(repo, text="x = 1\ny = 2\n")
    commit(repo, text="x = 3\n")
    (repo / "staged.py").write_text("staged")
    git(repo, "add", "staged.py")
    (repo / "file.py").write_text("x = 4\n")
    before = state(repo)
    with worktree.checkout(repo, "HEAD~1", tmp_path / "cache") as base:
        assert base.revision == first
        assert (base.path / "file.py").read_text() == "x = 1\ny = 2\n"
        assert (repo / "file.py").read_text() == "x = 4\n"
        assert git(base.path, "rev-parse", "HEAD") == first
    assert not base.path.exists()
    assert state(repo) == before
    assert list((tmp_path / "cache" / "worktrees").iterdir()) == []


def test_the_cache_inside_the_tree_is_unseen_by_git_and_by_backups(repo):
    with worktree.checkout(repo, "HEAD", repo / ".perfgate"):
        assert git(repo, "status", "--porcelain") == ""
        tag = (repo / ".perfgate" / "CACHEDIR.TAG").read_text()
        assert tag.startswith("Signature: 8a477f597d28d172789f06886806bc55")


def test_a_failure_in_the_block_leaves_nothing(repo, tmp_path):
    before = state(repo)
    with pytest.raises(ZeroDivisionError), worktree.checkout(repo, "HEAD", tmp_path / "cache"):
        1 / 0  # noqa: B018
    assert state(repo) == before
    assert list((tmp_path / "cache" / "worktrees").iterdir()) == []


@POSIX
def test_the_users_hooks_do_not_run(repo, tmp_path):
    hook = repo / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/hook-ran\n")
    hook.chmod(0o755)
    with worktree.checkout(repo, "HEAD", tmp_path / "cache"):
        pass
    assert not (tmp_path / "hook-ran").exists()


def test_inside_a_git_hook_the_hooks_own_index_and_repository_are_left_alone(repo, tmp_path, monkeypatch):
    commit(repo, "second.py")
    (repo / "new.py").write_text("new")
    before = state(repo)
    monkeypatch.setenv("GIT_DIR", str(repo / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(repo / ".git" / "index"))
    with worktree.checkout(repo, "HEAD~1", tmp_path / "cache") as base:
        assert not (base.path / "second.py").exists()
    revision.snapshot(repo)
    assert revision.changed_files(repo, "HEAD~1") == ("new.py", "second.py")
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert state(repo) == before


HOLD = """
import sys
from pathlib import Path
from pytest_perfgate.measure import worktree
with worktree.checkout(Path(sys.argv[1]), "HEAD", Path(sys.argv[2])) as base:
    print(base.path, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def hold(repo, tmp_path):
    """Starts another process that has a checkout; its Popen and the path."""
    started = []

    def start():
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(repo), str(tmp_path / "cache")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        started.append(process)
        return process, Path(process.stdout.readline().strip())

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_uses_is_not(repo, tmp_path, hold):
    before = state(repo)
    (killed, left), (living, used) = hold(), hold()
    killed.kill()
    killed.wait()
    assert left.exists()
    assert worktree.remove_stale(repo, tmp_path / "cache") == (left,)
    assert (left.exists(), used.exists()) == (False, True)
    living.communicate()
    assert not used.exists()
    assert state(repo) == before
    assert list((tmp_path / "cache" / "worktrees").iterdir()) == []


@POSIX
def test_ctrl_c_leaves_nothing(repo, tmp_path, hold):
    before = state(repo)
    process, path = hold()
    process.send_signal(signal.SIGINT)
    process.wait()
    assert not path.exists()
    assert state(repo) == before


def test_a_later_process_with_the_same_number_is_not_the_owner(repo, tmp_path):
    mine = owner.this_process()
    assert mine.is_alive
    assert not owner.Owner(mine.pid, mine.started - 1000, mine.machine).is_alive
    assert owner.Owner(mine.pid, mine.started, "elsewhere").is_alive
    assert not owner.Owner(mine.pid, 0.0, "elsewhere").is_alive


def test_a_worktree_that_was_deleted_by_hand_is_forgotten(repo, tmp_path, hold):
    before = state(repo)
    process, path = hold()
    process.kill()
    process.wait()
    (path / ".git").unlink()
    worktree.remove_stale(repo, tmp_path / "cache")
    assert not path.exists()
    assert state(repo) == before


@POSIX
@pytest.mark.parametrize(
    ("says", "error", "match"),
    [("No space left on device", StoreError, "disk is full"), ("broken", BaseRevisionError, "broken")],
)
def test_a_checkout_that_fails_half_way_leaves_nothing(repo, tmp_path, says, error, match):
    # A filter that fails stands for the disk: git has written files before it gets there.
    (repo / ".gitattributes").write_text("zzz.bin filter=failing\n")
    commit(repo, "zzz.bin")
    git(repo, "config", "filter.failing.smudge", f"echo '{says}' >&2; exit 1")
    git(repo, "config", "filter.failing.clean", "cat")
    git(repo, "config", "filter.failing.required", "true")
    before = state(repo)
    with pytest.raises(error, match=match), worktree.checkout(repo, "HEAD", tmp_path / "cache"):
        pass
    assert state(repo) == before
    assert list((tmp_path / "cache" / "worktrees").iterdir()) == []


def test_a_cache_that_cannot_be_written_is_named(repo, tmp_path):
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(StoreError, match="cache"), worktree.checkout(repo, "HEAD", tmp_path / "cache"):
        pass


@pytest.mark.parametrize("name", ["HEAD", "main", "v1", "HEAD^{/first}", ":/first"])
def test_a_revision_is_anything_that_git_resolves_to_a_commit(repo, name):
    git(repo, "tag", "-a", "v1", "-m", "annotated")
    assert revision.resolve(repo, name) == git(repo, "rev-parse", "HEAD")


@pytest.mark.parametrize("name", ["no-such-branch", "", "--all", "HEAD:file.py", "HEAD..main"])
def test_a_revision_that_does_not_exist_is_named(repo, name):
    with pytest.raises(BaseRevisionError, match=f"knows no commit '{name}'.*git fetch"):
        revision.resolve(repo, name)


def test_no_repository_no_git_and_an_old_git_are_told_apart(repo, tmp_path, monkeypatch):
    with pytest.raises(BaseRevisionError, match="in no git repository"):
        revision.resolve(tmp_path, "HEAD")
    with pytest.raises(BaseRevisionError, match=r"too old.*2\.17"):
        revision._check_version("git version 2.16.5.windows.1")
    revision._check_version("git version 2.17.0")
    revision._check_version("git version 3.0")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(BaseRevisionError, match="Install git"):
        revision.resolve(repo, "HEAD")


def test_a_snapshot_is_the_working_tree_as_it_stands(repo):
    (repo / ".gitignore").write_text("ignored\n")
    commit(repo, "gone.py")
    git(repo, "rm", "-q", "gone.py")
    (repo / "file.py").write_text("changed")
    (repo / "folder").mkdir()
    (repo / "folder" / "ünïcode new.py").write_text("new")
    (repo / "ignored").write_text("ignored")
    before = state(repo)
    taken = revision.snapshot(repo / "folder")
    assert state(repo) == before
    assert git(repo, "-c", "core.quotePath=false", "ls-tree", "-r", "--name-only", taken).split("\n") == [
        ".gitignore",
        "file.py",
        "folder/ünïcode new.py",
    ]
    assert git(repo, "show", f"{taken}:file.py") == "changed"
    assert git(repo, "rev-parse", f"{taken}^") == git(repo, "rev-parse", "HEAD")
    assert revision.snapshot(repo) == taken
    (repo / "file.py").write_text("changed again")
    assert revision.snapshot(repo) != taken


def test_a_snapshot_in_a_repository_without_a_commit(new_repo):
    folder = new_repo("empty")
    (folder / "file.py").write_text("x")
    assert git(folder, "ls-tree", "--name-only", revision.snapshot(folder)) == "file.py"


def test_changed_files_are_those_that_differ_from_the_base_new_ones_included(repo):
    base = git(repo, "rev-parse", "HEAD")
    assert revision.changed_files(repo, base) == ()
    commit(repo, "committed.py")
    (repo / "folder").mkdir()
    (repo / "folder" / "new\nline.py").write_text("x")
    (repo / "file.py").unlink()
    os.utime(repo / "committed.py", (0, 0))
    assert revision.changed_files(repo / "folder", base) == ("committed.py", "file.py", "folder/new\nline.py")


@pytest.fixture
def origin(repo):
    """A remote: main has 60 commits, the branch `feature` left it at the tenth and has 60 of its own."""
    for number in range(9):
        commit(repo, text=f"x = {number}")
    fork = git(repo, "rev-parse", "HEAD")
    git(repo, "branch", "feature")
    lines = []
    for branch, mark in (("main", 1), ("feature", 2)):
        lines += [
            f"commit refs/heads/{branch}\ncommitter t <t@example.invalid> {1_800_000_000 + number} +0000\ndata 1\nx\n"
            + (f"from {fork}\n" if number == 0 else "")
            + f"M 100644 inline {branch}.py\ndata <<END\nx = {number * mark}\nEND\n"
            for number in range(60)
        ]
    subprocess.run(["git", "fast-import", "--quiet"], cwd=repo, input="\n".join(lines), text=True, check=True)
    git(repo, "reset", "-q", "--hard")
    return repo.as_uri(), fork


def test_the_fork_point_is_where_head_left_its_target(repo, origin, tmp_path):
    url, fork = origin
    git(tmp_path, "clone", "-q", url, "clone")
    clone = tmp_path / "clone"
    git(clone, "checkout", "-q", "feature")
    assert revision.fork_point(clone, {}) == fork
    assert revision.fork_point(clone, {"GITHUB_BASE_REF": "main"}) == fork
    assert revision.fork_point(clone, {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"}) == fork
    assert revision.fork_point(clone, {}, "feature") == git(clone, "rev-parse", "HEAD")
    with pytest.raises(BaseRevisionError, match=r"'no-such'.*target_branch.*git fetch"):
        revision.fork_point(clone, {}, "no-such")


def test_on_the_target_branch_itself_the_fork_point_is_head(repo):
    assert revision.fork_point(repo, {}) == git(repo, "rev-parse", "HEAD")


@pytest.mark.parametrize("environ", [{}, {"GITHUB_BASE_REF": "main"}])
def test_a_shallow_clone_is_deepened_until_the_fork_is_in_it(origin, tmp_path, environ):
    url, fork = origin
    git(tmp_path, "clone", "-q", "--depth", "1", "--branch", "feature", url, "clone")
    clone = tmp_path / "clone"
    branches = git(clone, "for-each-ref", "refs/heads", "refs/remotes")
    assert revision.fork_point(clone, environ) == fork
    assert git(clone, "for-each-ref", "refs/heads", "refs/remotes") == branches


def test_a_pull_requests_merge_commit_checked_out_alone(origin, repo, tmp_path, new_repo):
    # As actions/checkout does: one commit, no branch.
    url, _fork = origin
    git(repo, "checkout", "-q", "--detach", "main")
    git(repo, "merge", "-q", "-m", "Merge feature into main", "feature")
    merge, target = git(repo, "rev-parse", "HEAD"), git(repo, "rev-parse", "main")
    git(repo, "update-ref", "refs/pull/1/merge", merge)
    clone = new_repo("clone")
    git(clone, "remote", "add", "origin", url)
    git(clone, "fetch", "-q", "--depth=1", "origin", f"+{merge}:refs/remotes/pull/1/merge")
    git(clone, "checkout", "-q", "--detach", merge)
    branches = git(clone, "for-each-ref", "refs/heads", "refs/remotes")
    assert revision.fork_point(clone, {"GITHUB_BASE_REF": "main"}) == target
    assert git(clone, "for-each-ref", "refs/heads", "refs/remotes") == branches
    # Only as much was fetched as was needed.
    assert git(clone, "rev-parse", "--is-shallow-repository") == "true"


def test_a_shallow_clone_that_cannot_be_deepened_says_what_helps(origin, repo, tmp_path):
    url, fork = origin
    git(tmp_path, "clone", "-q", "--depth", "1", "--branch", "feature", url, "clone")
    clone = tmp_path / "clone"
    git(clone, "remote", "set-url", "origin", "https://user:secret@localhost:1/none.git")
    with pytest.raises(BaseRevisionError, match=r"git fetch --unshallow.*fetch-depth: 0") as caught:
        revision.fork_point(clone, {"GITHUB_BASE_REF": "main"})
    assert "secret" not in str(caught.value)
    with pytest.raises(BaseRevisionError, match="git fetch --unshallow"):
        revision.resolve(clone, fork)


@pytest.fixture
def with_submodule(repo, new_repo):
    """The library's first commit is in the base, its second in HEAD; there is a submodule in the submodule."""
    inner, library = new_repo("inner"), new_repo("library")
    commit(inner, "inner.py", "inner")
    git(library, "submodule", "--quiet", "add", str(inner), "inner")
    commit(library, "library.py", "old")
    git(repo, "submodule", "--quiet", "add", str(library), "library")
    git(repo, "submodule", "--quiet", "update", "--init", "--recursive")
    commit(repo, message="with library")
    commit(repo / "library", "library.py", "new")
    commit(repo, message="new library")
    return repo


def test_submodules_are_taken_from_the_users_own_clones(with_submodule, tmp_path):
    repo = with_submodule
    listed = [git(folder, "worktree", "list") for folder in (repo, repo / "library", repo / "library" / "inner")]
    with worktree.checkout(repo, "HEAD~1", tmp_path / "cache") as base:
        assert (base.path / "library" / "library.py").read_text() == "old"
        assert (base.path / "library" / "inner" / "inner.py").read_text() == "inner"
    assert not base.path.exists()
    assert listed == [
        git(folder, "worktree", "list") for folder in (repo, repo / "library", repo / "library" / "inner")
    ]


def test_a_submodule_whose_clone_lacks_the_bases_commit_is_named(with_submodule, tmp_path):
    repo = with_submodule
    git(repo, "update-index", "--cacheinfo", f"160000,{'1' * 40},library")
    git(repo, "commit", "-q", "-m", "nowhere")
    before = state(repo)
    with (
        pytest.raises(BaseRevisionError, match=r"submodule 'library' lacks.*git -C library fetch"),
        worktree.checkout(repo, "HEAD", tmp_path / "cache"),
    ):
        pass
    assert state(repo) == before


def test_a_submodule_that_the_user_has_not_checked_out_is_not_missed(with_submodule, tmp_path):
    git(with_submodule, "submodule", "--quiet", "deinit", "--force", "library")
    with worktree.checkout(with_submodule, "HEAD", tmp_path / "cache") as base:
        assert list((base.path / "library").iterdir()) == []


def test_lfs_pointers_instead_of_files_are_named(repo, tmp_path):
    (repo / ".gitattributes").write_text("*.bin filter=lfs\n")
    commit(repo, "data.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n")
    with worktree.checkout(repo, "HEAD", tmp_path / "cache"):
        pass  # pointers on both sides: nothing that only one side lacks
    (repo / "data.bin").write_text("the file itself")
    before = state(repo)
    with (
        pytest.raises(BaseRevisionError, match=r"pointers instead of 'data.bin'.*git lfs fetch"),
        worktree.checkout(repo, "HEAD", tmp_path / "cache"),
    ):
        pass
    assert state(repo) == before
