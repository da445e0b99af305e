"""What a checkout of git's lacks though the user's own tree has it: submodules, and files kept by Git LFS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from pytest_perfgate.errors import BaseRevisionError
from pytest_perfgate.measure.commit import GitError, git
from pytest_perfgate.measure.revision import clean_environment

_SUBMODULE_MODE = "160000"
# https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"
_NAMES_SHOWN = 3


def fill_submodules(top: Path, checkout: Path, add_worktree: Callable[[Path, str, Path], None]) -> None:
    """Check out those submodules that the user's tree at `top` has, from the user's own clones of them.

    Raises BaseRevisionError where a clone lacks the commit.
    """
    for path, commit in submodules(checkout):
        clone = top / path
        if not (clone / ".git").exists():
            continue  # the user measures without it too
        try:
            git(clone, "cat-file", "-e", f"{commit}^{{commit}}", environ=clean_environment())
        except GitError as error:
            raise BaseRevisionError(
                f"The submodule '{path}' lacks the commit '{commit[:12]}' that the base uses. "
                f"Fetch it: 'git -C {path} fetch origin {commit}'."
            ) from error
        add_worktree(clone, commit, checkout / path)
        fill_submodules(clone, checkout / path, add_worktree)


def submodules(checkout: Path) -> Iterator[tuple[str, str]]:
    """Path and commit of each submodule that a checkout should have."""
    try:
        listed = git(checkout, "ls-files", "--stage", "-z", environ=clean_environment())
    except GitError:
        return
    for entry in listed.split("\0"):
        facts, _, path = entry.partition("\t")
        if facts.startswith(_SUBMODULE_MODE):
            yield path, facts.split()[1]


def check_lfs(top: Path, checkout: Path) -> None:
    """Raise BaseRevisionError where the checkout has pointers to files that the user's tree has itself."""
    listed = git(checkout, "ls-files", "-z", ":(attr:filter=lfs)", environ=clean_environment())
    missing = [
        path for path in listed.split("\0") if path and _is_pointer(checkout / path) and not _is_pointer(top / path)
    ]
    if missing:
        shown = ", ".join(f"'{path}'" for path in missing[:_NAMES_SHOWN])
        more = f" and {len(missing) - _NAMES_SHOWN} more" if len(missing) > _NAMES_SHOWN else ""
        revision = git(checkout, "rev-parse", "HEAD", environ=clean_environment()).strip()
        raise BaseRevisionError(
            f"The base has Git LFS pointers instead of {shown}{more}, which the working tree has. "
            f"Fetch them: 'git lfs fetch origin {revision[:12]}', with 'git lfs install' done before and "
            "GIT_LFS_SKIP_SMUDGE not set."
        )


def _is_pointer(path: Path) -> bool:
    """Also true where there is no file: then the user measures without it."""
    try:
        with path.open("rb") as file:
            return file.read(len(_LFS_POINTER)) == _LFS_POINTER
    except OSError:
        return True
