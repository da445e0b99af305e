"""A revision checked out beside the user's own tree, by `git worktree`, and gone again afterwards.

The user's tree, index, stash, branches and hooks are not touched. What a killed process left is removed at the next
start; whose it was is written beside each worktree.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from pytest_perfgate.errors import BaseRevisionError, StoreError
from pytest_perfgate.measure.cache_folder import prepare_cache, written
from pytest_perfgate.measure.checkout_content import check_lfs, fill_submodules, submodules
from pytest_perfgate.measure.commit import GitError, git
from pytest_perfgate.measure.owner import read_owner, write_owner
from pytest_perfgate.measure.revision import clean_environment, repository_root, resolve

_FOLDER = "worktrees"
_OWNER = ".owner.json"
# A path at which there is no hook, on any platform: post-checkout would run the user's own program.
_NO_HOOKS = ("-c", "core.hooksPath=/dev/null")


class Checkout(Struct, frozen=True):
    """A checked-out revision. `path`: the top of the repository as it was then; `revision`: the full commit id."""

    path: Path
    revision: str


@contextlib.contextmanager
def checkout(root: Path, revision: str, cache: Path) -> Iterator[Checkout]:
    """`revision` checked out below the folder `cache`, for as long as the block runs; with the user's submodules.

    Raises BaseRevisionError where it does not exist or cannot be checked out, StoreError where `cache` cannot be
    written or the disk is full; nothing is left behind then.
    """
    with _place_of_its_own(root, revision, cache) as (top, there):
        add_worktree(top, there.revision, there.path)
        fill_submodules(top, there.path, add_worktree)
        check_lfs(top, there.path)
        yield there


@contextlib.contextmanager
def empty_worktree(root: Path, revision: str, cache: Path) -> Iterator[Checkout]:
    """A worktree without files, for git's own notes (such as `git bisect`'s); raises as `checkout`."""
    with _place_of_its_own(root, revision, cache) as (top, there):
        add_worktree(top, there.revision, there.path, "--no-checkout")
        yield there


@contextlib.contextmanager
def _place_of_its_own(root: Path, revision: str, cache: Path) -> Iterator[tuple[Path, Checkout]]:
    """The repository's top, and a path that is this process's; what is made there is removed afterwards."""
    top = repository_root(root)
    commit = resolve(root, revision)
    folder = prepare_cache(cache, _FOLDER)
    path = folder / f"{commit[:12]}-{os.getpid()}-{secrets.token_hex(4)}"
    owner = path.with_name(path.name + _OWNER)
    try:
        with written(cache):
            write_owner(owner)
        yield top, Checkout(path, commit)
    finally:
        remove_worktree(top, path)
        owner.unlink(missing_ok=True)


def remove_stale(root: Path, cache: Path) -> tuple[Path, ...]:
    """Remove the worktrees below `cache` whose processes are gone; their paths."""
    removed = []
    top = repository_root(root)
    for owner_path in sorted((cache.resolve() / _FOLDER).glob(f"*{_OWNER}")):
        owner = read_owner(owner_path)
        if owner is not None and owner.is_alive:
            continue
        path = owner_path.with_name(owner_path.name.removesuffix(_OWNER))
        remove_worktree(top, path)
        owner_path.unlink(missing_ok=True)
        removed.append(path)
    return tuple(removed)


def add_worktree(top: Path, commit: str, path: Path, *options: str) -> None:
    """Check `commit` out at `path`; after an error nothing is there. `options`: of `git worktree add`."""
    try:
        # --force: a folder that was deleted by hand is still known to git by this name.
        git(
            top,
            *_NO_HOOKS,
            "worktree",
            "add",
            "--quiet",
            "--force",
            "--detach",
            *options,
            str(path),
            commit,
            environ=clean_environment(),
            timeout_s=None,
        )
    except GitError as error:
        remove_worktree(top, path)
        if "No space left on device" in str(error):
            raise StoreError(
                f"The disk is full: '{commit[:12]}' could not be checked out at '{path}'. Free some space."
            ) from error
        raise BaseRevisionError(
            f"'{commit[:12]}' could not be checked out at '{path}': {error}. "
            "Check that 'git worktree add' works in this clone."
        ) from error


def remove_worktree(top: Path, path: Path) -> None:
    """Remove a worktree and git's notes of it; harmless where there is none. Others' worktrees are left alone."""
    notes = _notes(top, path)
    with contextlib.suppress(GitError):
        git(top, "worktree", "remove", "--force", "--force", str(path), environ=clean_environment(), timeout_s=None)
    # git refuses a worktree that is half made, or in which somebody holds a file open.
    shutil.rmtree(path, ignore_errors=True)
    for note in notes:
        shutil.rmtree(note, ignore_errors=True)


def _notes(top: Path, path: Path) -> list[Path]:
    """The folders in which the repository, and the clones of its submodules, note this worktree."""
    found = []
    with contextlib.suppress(GitError, OSError, ValueError):
        common = Path(git(top, "rev-parse", "--git-common-dir", environ=clean_environment()).rstrip("\n"))
        named = {
            note.parent: note.read_text(encoding="utf-8") for note in top.joinpath(common, "worktrees").glob("*/gitdir")
        }
        found = [note for note, worktree in named.items() if Path(worktree.strip()) == path / ".git"]
    if (path / ".git").exists():
        found += [inner for name, _ in submodules(path) for inner in _notes(top / name, path / name)]
    return found
