"""Files on a branch of their own (`git-branch:NAME`), read and written by git's plumbing.

The user's work tree, index, stash and branches are never touched: trees are built in an index file of our own, and
the remote's branch is mirrored in `refs/perfgate/`. Without a remote the branch is a local one.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from pytest_perfgate.errors import LostRaceError, StoreError

_TIMEOUT_S = 120
_TRIES = 30
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")
_LOST_RACE = (
    "fetch first",
    "non-fast-forward",
    "cannot lock ref",
    "stale info",
    "remote rejected",
    "failed to push",
)
# 403 as a word: git's messages hold commit hashes, in which these digits may stand.
_FORBIDDEN = re.compile(r"permission|denied|protected branch|authentication|\b403\b", re.IGNORECASE)
_AUTHOR = {
    "GIT_AUTHOR_NAME": "perfgate",
    "GIT_AUTHOR_EMAIL": "perfgate@localhost",
    "GIT_COMMITTER_NAME": "perfgate",
    "GIT_COMMITTER_EMAIL": "perfgate@localhost",
}


class _GitFailedError(Exception):
    """git ended with an error; the text is its own, without credentials."""


class BranchFiles:
    """Files on a branch; names are relative, with `/`.

    `pause`: called with the number of the try after a lost race (sleeps a little in real life).
    """

    def __init__(self, root: Path, branch: str, *, remote: str = "origin", pause: Callable[[int], None]) -> None:
        self._root, self._branch, self._remote, self._pause = root, branch, remote, pause
        self.location = f"git-branch:{branch}"
        self._blobs: dict[str, str] | None = None
        if self._run_or_none("check-ref-format", "--branch", branch) is None:
            raise StoreError(f"'{branch}' is no name for a branch; use 'git-branch:NAME' such as git-branch:perfgate.")
        if self._run_or_none("rev-parse", "--git-dir") is None:
            raise StoreError(f"'{root}' is no git repository, so it has no branch '{branch}'; use a folder instead.")
        self._has_remote = remote in (self._run_or_none("remote") or b"").decode().split()
        self._mirror = f"refs/perfgate/{branch}" if self._has_remote else f"refs/heads/{branch}"

    def path_of(self, name: str) -> str:
        """Where a file is, for messages: as `git show` takes it."""
        return f"{self._branch}:{name}"

    def names(self, folder: str) -> list[str]:
        """Names in a folder, sorted."""
        prefix = f"{folder}/" if folder else ""
        inside = {name[len(prefix) :].split("/")[0] for name in self._files() if name.startswith(prefix)}
        return sorted(inside)

    def read(self, name: str) -> bytes:
        """The whole file."""
        blob = self._files().get(name)
        if blob is None:
            raise StoreError(f"'{self.path_of(name)}' is not there.")
        return self._git("cat-file", "blob", blob)

    def read_first_line(self, name: str) -> bytes:
        """The first line, without its end."""
        return self.read(name).split(b"\n", 1)[0]

    def write(self, name: str, content: bytes) -> None:
        """Append one file by a commit; a lost race is tried again on top of the winner's."""
        if name in self._files():
            raise StoreError(f"'{self.path_of(name)}' is there already; a recorded file is never overwritten.")
        blob = self._git("hash-object", "-w", "--stdin", stdin=content).decode().strip()
        self._commit([f"100644 {blob}\t{name}"], f"perfgate: add {name}")

    def delete(self, names: Iterable[str]) -> None:
        """Remove files by one commit."""
        present = [name for name in names if name in self._files()]
        if present:
            self._commit([f"0 {'0' * 40}\t{name}" for name in present], f"perfgate: remove {len(present)} files")

    def _files(self) -> dict[str, str]:
        if self._blobs is None:
            self._fetch()
            self._blobs = self._list_tree()
        return self._blobs

    def _list_tree(self) -> dict[str, str]:
        if self._tip() is None:
            return {}
        names: dict[str, str] = {}
        for entry in self._git("ls-tree", "-r", "-z", self._mirror).decode().split("\0"):
            if entry:
                facts, _, name = entry.partition("\t")
                names[name] = facts.split()[2]
        return names

    def _tip(self) -> str | None:
        found = self._run_or_none("rev-parse", "--verify", "-q", f"{self._mirror}^{{commit}}")
        return None if found is None else found.decode().strip()

    def _fetch(self) -> None:
        if not self._has_remote:
            return
        try:
            listed = self._run("ls-remote", "--heads", self._remote, f"refs/heads/{self._branch}")
            if listed.strip():
                self._run(
                    "fetch",
                    "--no-tags",
                    "--quiet",
                    self._remote,
                    f"+refs/heads/{self._branch}:{self._mirror}",
                )
            elif self._tip() is not None:
                self._run("update-ref", "-d", self._mirror)
        except _GitFailedError as error:
            raise StoreError(
                f"Could not fetch the branch '{self._branch}' of '{self._remote}': {error}. "
                "Check the network and that the token may read the repository."
            ) from error

    def _commit(self, entries: list[str], message: str) -> None:
        for attempt in range(_TRIES):
            if attempt:
                self._pause(attempt)
                self._fetch()
            tip = self._tip()
            commit = self._make_commit(tip, entries, message)
            if self._publish(commit, tip):
                self._blobs = self._list_tree()
                return
        raise LostRaceError(
            f"Other writers were faster {_TRIES} times on the branch '{self._branch}'; nothing was written. Try again."
        )

    def _make_commit(self, tip: str | None, entries: list[str], message: str) -> str:
        with tempfile.TemporaryDirectory(prefix="perfgate-") as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
            if tip is not None:
                self._git("read-tree", tip, environ=index)
            self._git(
                "update-index",
                "--add",
                "--index-info",
                stdin="\n".join(entries).encode() + b"\n",
                environ=index,
            )
            tree = self._git("write-tree", environ=index).decode().strip()
        parents = [] if tip is None else ["-p", tip]
        made = self._git("commit-tree", tree, *parents, "-m", message, environ=_AUTHOR)
        return made.decode().strip()

    def _publish(self, commit: str, tip: str | None) -> bool:
        """Make the commit the branch's tip; false when somebody else was faster."""
        try:
            if self._has_remote:
                self._run("push", "--quiet", self._remote, f"{commit}:refs/heads/{self._branch}")
            self._run("update-ref", self._mirror, commit, *([] if self._has_remote else [tip or "0" * 40]))
        except _GitFailedError as error:
            if any(sign in str(error) for sign in _LOST_RACE) and not _is_forbidden(str(error)):
                return False
            raise StoreError(
                f"Could not write the branch '{self._branch}': {error}. "
                "Check that the token may write the repository (contents: write)."
            ) from error
        return True

    def _git(self, *arguments: str, stdin: bytes = b"", environ: dict[str, str] | None = None) -> bytes:
        try:
            return self._run(*arguments, stdin=stdin, environ=environ)
        except _GitFailedError as error:
            raise StoreError(f"The branch '{self._branch}' can't be used: {error}") from error

    def _run_or_none(self, *arguments: str) -> bytes | None:
        try:
            return self._run(*arguments)
        except _GitFailedError:
            return None

    def _run(self, *arguments: str, stdin: bytes = b"", environ: dict[str, str] | None = None) -> bytes:
        settings = {**os.environ, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
        settings.update(environ or {})
        try:
            done = subprocess.run(
                ["git", *arguments],
                cwd=self._root,
                env=settings,
                input=stdin,
                capture_output=True,
                timeout=_TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise _GitFailedError(_CREDENTIALS.sub("", str(error))) from error
        if done.returncode:
            text = done.stderr.decode(errors="replace").strip() or f"git {arguments[0]} ended with {done.returncode}"
            raise _GitFailedError(_CREDENTIALS.sub("", text))
        return done.stdout


def _is_forbidden(text: str) -> bool:
    return _FORBIDDEN.search(text) is not None
