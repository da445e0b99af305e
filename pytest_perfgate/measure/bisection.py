"""`git bisect` in a worktree of its own, without files: says which commit is next, touches nothing of the user's."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from pytest_perfgate.errors import BaseRevisionError
from pytest_perfgate.measure.commit import GitError, git
from pytest_perfgate.measure.revision import clean_environment, require_git
from pytest_perfgate.measure.worktree import empty_worktree
from pytest_perfgate.model.bisect import LineCommit

# `git bisect start --first-parent` came with 2.29.
_OLDEST_GIT = (2, 29)
_FIELD = "\x1f"
_LAYOUT = _FIELD.join(("%H", "%cI", "%an", "%s"))
_LONGEST_TEXT = 200


class Bisection:
    """Asks git. All that is known is told anew each time, so that nothing hangs on what was told before.

    `terms`: git's words for a commit with the change, and for one before it.
    """

    def __init__(self, worktree: Path, good: str, bad: str, terms: tuple[str, str]) -> None:
        self._worktree, self._good, self._bad, self._terms = worktree, good, bad, terms

    def next(self, *, changed: str | None, before: Sequence[str], skipped: Sequence[str]) -> str:
        """The commit that git would test next; `changed`: the earliest with the change, None for bad itself.

        Raises BaseRevisionError where git can't say.
        """
        new, old = self._terms
        try:
            self._git("reset")
            options = (f"--term-new={new}", f"--term-old={old}", "--first-parent", "--no-checkout")
            self._git("start", *options, self._bad, self._good)
            for term, commits in ((old, before), ("skip", skipped), (new, [changed] if changed else [])):
                if commits:
                    self._git(term, *commits)
            return git(self._worktree, "rev-parse", "--verify", "BISECT_HEAD", environ=clean_environment()).strip()
        except GitError as error:
            raise BaseRevisionError(f"'git bisect' could not go on in '{self._worktree}': {error}") from error

    def _git(self, *arguments: str) -> None:
        git(self._worktree, "bisect", *arguments, environ=clean_environment())


@contextlib.contextmanager
def open_bisection(root: Path, good: str, bad: str, cache: Path, terms: tuple[str, str]) -> Iterator[Bisection]:
    """A bisection for as long as the block runs; raises BaseRevisionError and StoreError."""
    require_git(root, _OLDEST_GIT, "git bisect --first-parent")
    with empty_worktree(root, bad, cache) as there:
        yield Bisection(there.path, good, bad, terms)


def line_between(root: Path, good: str, bad: str) -> tuple[LineCommit, ...]:
    """Good, then the commits up to bad along first parents, oldest first.

    Raises BaseRevisionError where bad does not contain good.
    """
    environ = clean_environment()
    try:
        git(root, "merge-base", "--is-ancestor", good, bad, environ=environ)
    except GitError as error:
        raise BaseRevisionError(
            f"Bad ({bad[:12]}) does not contain good ({good[:12]}), so no line of commits leads from one to the "
            f"other. Take their fork point for good: 'git merge-base {good[:12]} {bad[:12]}'; in a shallow clone fetch "
            "the history first: 'git fetch --unshallow'."
        ) from error
    try:
        printed = git(root, "log", "-1", f"--format={_LAYOUT}", good, environ=environ)
        options = ("--first-parent", "--reverse", f"--format={_LAYOUT}")
        printed += git(root, "log", *options, f"{good}..{bad}", environ=environ)
    except GitError as error:
        raise BaseRevisionError(f"git could not list the commits from '{good}' to '{bad}': {error}") from error
    return tuple(_commit(line) for line in printed.split("\n") if line)


def _commit(line: str) -> LineCommit:
    revision, when, author, subject = line.split(_FIELD, 3)
    return LineCommit(revision, subject[:_LONGEST_TEXT], author[:_LONGEST_TEXT], when)
