"""`git bisect` in a worktree of its own: real git, no measuring."""

import subprocess

import pytest

from pytest_perfgate.errors import BaseRevisionError
from pytest_perfgate.measure import bisection
from pytest_perfgate.measure.bisection import line_between, open_bisection

TERMS = ("slower", "before")


class Repository:
    def __init__(self, path):
        self.path, self.cache = path, path / ".perfgate"
        path.mkdir()
        self.git("-c", "init.defaultBranch=main", "init", "-q")
        (path / ".gitignore").write_text(".perfgate/\n")

    def git(self, *arguments):
        done = subprocess.run(["git", *arguments], cwd=self.path, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, subject):
        (self.path / "file.txt").write_text(subject)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", subject)
        return self.git("rev-parse", "HEAD")

    @property
    def state(self):
        """All that a search must not touch."""
        return [
            self.git(*command)
            for command in (
                ("status", "--porcelain"),
                ("for-each-ref",),
                ("stash", "list"),
                ("rev-parse", "HEAD"),
                ("symbolic-ref", "HEAD"),
                ("worktree", "list"),
            )
        ]


@pytest.fixture
def repository(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Jane")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "jane@example.invalid")
    return Repository(tmp_path / "repository")


@pytest.fixture
def line(repository):
    return [repository.commit(f"c{number}") for number in range(17)]


def test_the_line_begins_with_good_and_ends_with_bad(repository, line):
    found = line_between(repository.path, line[2], line[9])
    assert [commit.revision for commit in found] == line[2:10]
    assert found[0].subject == "c2"
    assert found[-1].author == "Jane"
    assert found[-1].committed_at[:2] == "20"


def test_only_first_parents_are_on_the_line(repository):
    good = repository.commit("good")
    repository.git("checkout", "-q", "-b", "feature")
    repository.commit("in the branch")
    repository.git("checkout", "-q", "main")
    repository.git("merge", "-q", "--no-ff", "-m", "the merge", "feature")
    bad = repository.commit("bad")
    assert [commit.subject for commit in line_between(repository.path, good, bad)] == ["good", "the merge", "bad"]


def test_a_bad_commit_that_does_not_contain_good_is_refused_with_what_to_do(repository, line):
    with pytest.raises(BaseRevisionError, match="git merge-base"):
        line_between(repository.path, line[9], line[2])


def test_git_names_the_middle_then_the_middle_of_what_is_left(repository, line):
    with open_bisection(repository.path, line[0], line[16], repository.cache, TERMS) as search:
        assert search.next(changed=None, before=[], skipped=[]) == line[8]
        assert search.next(changed=line[8], before=[], skipped=[]) == line[4]
        assert search.next(changed=line[8], before=[line[4]], skipped=[]) == line[6]
        # A step may be taken back.
        assert search.next(changed=None, before=[line[8], line[4]], skipped=[]) == line[12]


def test_a_skipped_commit_is_not_asked_for_again(repository, line):
    with open_bisection(repository.path, line[0], line[16], repository.cache, TERMS) as search:
        found = search.next(changed=line[8], before=[line[4]], skipped=[line[6], line[7]])
        assert found == line[5]


def test_nothing_of_the_user_is_touched_not_even_a_bisect_of_their_own(repository, line):
    repository.git("bisect", "start", "--no-checkout", line[16], line[0])
    (repository.path / "file.txt").write_text("not committed")
    before, log = repository.state, repository.git("bisect", "log")
    with open_bisection(repository.path, line[2], line[9], repository.cache, TERMS) as search:
        search.next(changed=line[8], before=[line[4]], skipped=[line[6]])
        during = repository.state
    assert during[:-1] == before[:-1]  # the worktree itself is listed
    assert repository.state == before
    assert repository.git("bisect", "log") == log


def test_a_git_that_is_too_old_says_which_one_is_needed(repository, line, monkeypatch):
    monkeypatch.setattr(bisection, "_OLDEST_GIT", (99, 1))
    with (
        pytest.raises(BaseRevisionError, match=r"Install git 99\.1 or newer"),
        open_bisection(repository.path, line[0], line[16], repository.cache, TERMS),
    ):
        pass
