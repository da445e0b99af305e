"""Revisions to compare with: by name, by the fork from the target branch, and the working tree as it stands.

Neither the user's index nor branches, stash or working tree are touched. What is read or made is kept from the `GIT_*`
variables that a git hook sets for its own repository and index.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from pytest_perfgate.errors import BaseRevisionError
from pytest_perfgate.measure.commit import (
    FETCHED_TARGETS,
    GitError,
    ci_target,
    git,
    is_shallow,
    merge_base,
    target_names,
)

# `git worktree remove` came with 2.17.
OLDEST_GIT = (2, 17)
_DEEPEN_BY = (50, 500, 5000)
_FETCH_TIMEOUT_S = 600.0
_IDENTITY = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "perfgate"), ("EMAIL", "perfgate@localhost"))
}
# What a hook or an alias tells git about its own repository (git rev-parse --local-env-vars).
_REPOSITORY_VARIABLES = frozenset(
    {
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_PREFIX",
        "GIT_COMMON_DIR",
        "GIT_OBJECT_DIRECTORY",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_INTERNAL_SUPER_PREFIX",
        "GIT_SHALLOW_FILE",
        "GIT_GRAFT_FILE",
        "GIT_NAMESPACE",
    }
)
# A temporary index must neither start a file watcher nor leave a shared index behind in the repository.
_PLAIN_INDEX = ("-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false", "-c", "core.splitIndex=false")


def clean_environment() -> dict[str, str]:
    """This process's environment without what binds git to another repository or index."""
    return {name: value for name, value in os.environ.items() if name not in _REPOSITORY_VARIABLES}


def repository_root(root: Path) -> Path:
    """The top folder of the repository that `root` lies in.

    Raises BaseRevisionError where git is missing or older than 2.17, or where there is no repository.
    """
    try:
        _check_version(git(root, "version"))
    except GitError as error:
        raise BaseRevisionError(
            f"git could not be started ({error}); a paired run needs it to check out the base. "
            f"Install git {_dotted(OLDEST_GIT)} or newer."
        ) from error
    try:
        return Path(git(root, "rev-parse", "--show-toplevel", environ=clean_environment()).rstrip("\n"))
    except GitError as error:
        raise BaseRevisionError(
            f"'{root}' is in no git repository that can be used, so there is no revision to compare with: {error}. "
            "Run it in a clone, or compare with an installed version ('--base pip:PACKAGE==VERSION')."
        ) from error


def require_git(root: Path, oldest: tuple[int, int], for_what: str) -> None:
    """Raise BaseRevisionError where git is older than `oldest`, which brought `for_what`."""
    _check_version(git(root, "version"), oldest, for_what)


def resolve(root: Path, revision: str) -> str:
    """The full id of the commit that `revision` names, by anything that git resolves.

    Raises BaseRevisionError, with the command that helps, where there is none.
    """
    repository_root(root)
    # A name that begins with a dash would be read as an option.
    if revision and not revision.startswith("-"):
        environ = clean_environment()
        try:
            found = git(root, "rev-parse", "--verify", "--quiet", revision, environ=environ).strip()
            return git(root, "rev-parse", "--verify", "--quiet", f"{found}^{{commit}}", environ=environ).strip()
        except GitError:
            pass
    raise BaseRevisionError(f"git knows no commit '{revision}' in '{root}'. {_remedy_for_missing(root)}")


def fork_point(root: Path, environ: Mapping[str, str], target_branch: str = "") -> str:
    """The commit at which HEAD left its target branch; on the target branch itself it is HEAD.

    The target is `target_branch`, else the pull request's base in CI, else the remote's default branch. A clone whose
    history is cut off is deepened until the fork is in it. Raises BaseRevisionError, with the command that helps.
    """
    repository_root(root)
    found = merge_base(root, environ, target_branch)
    if found is None and is_shallow(root):
        found = _deepen(root, environ, target_branch)
    if found is None:
        listed = ", ".join(f"'{name}'" for name in target_names(environ, target_branch))
        raise BaseRevisionError(
            f"Found no commit at which HEAD left its target branch (looked for {listed} in '{root}'). Name the "
            "branch with 'target_branch' in [tool.perfgate], or a revision with '--perfgate-against REV'. "
            + _remedy_for_missing(root)
        )
    return found


def snapshot(root: Path) -> str:
    """A commit of the working tree as it stands: tracked changes, and new files that are not ignored.

    Its id depends on HEAD and the content only. It is on no branch; git collects it as garbage some weeks later.
    """
    top = repository_root(root)
    environ = clean_environment()
    try:
        index = Path(git(top, "rev-parse", "--git-path", "index", environ=environ).rstrip("\n"))
        with tempfile.TemporaryDirectory(prefix="perfgate-") as folder:
            temporary = Path(folder, "index")
            # A copy knows which files are unchanged, so that only changed ones are read.
            if (top / index).exists():
                shutil.copyfile(top / index, temporary)
            with_index = {**environ, "GIT_INDEX_FILE": str(temporary)}
            git(top, *_PLAIN_INDEX, "add", "--all", "--", ".", environ=with_index, timeout_s=None)
            tree = git(top, *_PLAIN_INDEX, "write-tree", environ=with_index).strip()
        parents, date = _head(top, environ)
        dated = {**environ, **_IDENTITY, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        return git(
            top, "commit-tree", tree, *parents, "-m", "perfgate: the working tree as it stands", environ=dated
        ).strip()
    except (GitError, OSError) as error:
        raise BaseRevisionError(
            f"The working tree in '{top}' could not be noted as a commit: {error}. "
            "Check that its files can be read and that there is space on the disk."
        ) from error


def changed_files(root: Path, base: str) -> tuple[str, ...]:
    """Paths, from the repository's top, that differ between the commit `base` and the working tree, sorted.

    New files count unless git ignores them.
    """
    top = repository_root(root)
    environ = clean_environment()
    try:
        changed = git(top, "diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", base, "--", environ=environ)
        new = git(top, "ls-files", "--others", "--exclude-standard", "-z", environ=environ)
    except GitError as error:
        raise BaseRevisionError(f"git could not compare '{top}' with '{base}': {error}") from error
    return tuple(sorted({path for path in (changed + new).split("\0") if path}))


def changed_between(root: Path, base: str, candidate: str) -> tuple[str, ...]:
    """Paths, from the repository's top, that differ between two commits, sorted."""
    try:
        arguments = ("--name-only", "-z", "--no-renames", "--no-ext-diff", base, candidate, "--")
        printed = git(root, "diff", *arguments, environ=clean_environment())
    except GitError as error:
        raise BaseRevisionError(f"git could not compare '{base}' with '{candidate}': {error}") from error
    return tuple(sorted({path for path in printed.split("\0") if path}))


def _check_version(printed: str, oldest: tuple[int, int] = OLDEST_GIT, for_what: str = "git worktree") -> None:
    numbers = re.search(r"(\d+)\.(\d+)", printed)
    if numbers and (int(numbers[1]), int(numbers[2])) < oldest:
        raise BaseRevisionError(
            f"git is too old ('{printed.strip()}') for '{for_what}', which is needed here. "
            f"Install git {_dotted(oldest)} or newer."
        )


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _head(top: Path, environ: Mapping[str, str]) -> tuple[list[str], str]:
    """`commit-tree`'s parents, and the date of HEAD; a repository without a commit has neither."""
    try:
        revision, seconds = git(top, "log", "-1", "--format=%H %ct", environ=environ).split()
    except (GitError, ValueError):
        return [], "@0 +0000"
    return ["-p", revision], f"@{seconds} +0000"


def _deepen(root: Path, environ: Mapping[str, str], target_branch: str) -> str | None:
    """Fetch more and more of a shallow clone's history until the fork is in it."""
    own = clean_environment()
    try:
        target = target_branch or ci_target(environ) or _default_branch(root)
        refspec = f"+refs/heads/{target}:{FETCHED_TARGETS}/{target}"
        for step in (*(f"--deepen={count}" for count in _DEEPEN_BY), "--unshallow"):
            if not is_shallow(root):
                break
            # Without a map, git would move the user's own remote-tracking branch along.
            arguments = ("--quiet", "--no-tags", "--refmap=", step, "origin", refspec)
            git(root, "fetch", *arguments, environ=own, timeout_s=_FETCH_TIMEOUT_S)
            found = merge_base(root, environ, target)
            if found is not None:
                return found
    except GitError as error:
        raise BaseRevisionError(
            f"The clone in '{root}' is shallow and more of its history could not be fetched: {error}. {_SHALLOW_REMEDY}"
        ) from error
    return merge_base(root, environ, target)


def _default_branch(root: Path) -> str:
    printed = git(root, "ls-remote", "--symref", "origin", "HEAD", environ=clean_environment())
    found = re.search(r"^ref: refs/heads/(\S+)\tHEAD$", printed, re.MULTILINE)
    if found is None:
        raise GitError("the remote 'origin' names no default branch")
    return found[1]


_SHALLOW_REMEDY = (
    "The clone holds only a part of the history: run 'git fetch --unshallow origin' (or 'git fetch --deepen=100 "
    "origin'); in GitHub Actions give actions/checkout 'fetch-depth: 0', in GitLab set 'GIT_DEPTH: 0'."
)


def _remedy_for_missing(root: Path) -> str:
    try:
        if is_shallow(root):
            return _SHALLOW_REMEDY
    except GitError:
        pass
    return "Check the name with 'git log', or fetch it first ('git fetch origin')."
