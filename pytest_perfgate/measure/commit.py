"""What git knows: the commit that is measured, and its accepted past."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path

from msgspec import Struct

from pytest_perfgate.model import Commit

_TIMEOUT_S = 60
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")
_FIELD = "\x1f"
# Where a target branch is fetched to: the user's own remote-tracking branches stay as they are.
FETCHED_TARGETS = "refs/perfgate/target"
_USUAL_TARGETS = ("origin/HEAD", "origin/main", "origin/master", "main", "master")


class GitError(Exception):
    """git is missing, refused, or knows nothing of the folder; the text is git's own."""


def git(
    root: Path, *arguments: str, environ: Mapping[str, str] | None = None, timeout_s: float | None = _TIMEOUT_S
) -> str:
    """Run git in `root` and return what it printed; never asks, never takes a lock that it need not take.

    `environ`: the environment instead of this process's own.
    """
    environ = {
        **(os.environ if environ is None else environ),
        "LC_ALL": "C",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
    }
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=root,
            env=environ,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=timeout_s,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GitError(_CREDENTIALS.sub("", str(error))) from error
    if done.returncode:
        text = done.stderr.strip() or f"git {arguments[0]} ended with {done.returncode}"
        raise GitError(_CREDENTIALS.sub("", text))
    return done.stdout


class CommitFacts(Struct, frozen=True):
    """The commit, or None with the reason why there is none."""

    commit: Commit | None
    missing: str = ""


def read_commit(
    root: Path, environ: Mapping[str, str], *, exclude: Sequence[str] = (), revision: str = ""
) -> CommitFacts:
    """The commit that is checked out in `root`, or `revision`; `exclude`: paths whose changes do not make it dirty.

    Files that git does not track do not either (as in `git describe --dirty`): reports, caches and virtual
    environments lie about in many clones, and new code is of use only where tracked code was changed to call it.
    """
    layout = _FIELD.join(("%H", "%P", "%cI", "%s"))
    try:
        asked = ["--end-of-options", revision] if revision else []
        fields = git(root, "log", "-1", f"--format={layout}", *asked).rstrip("\n").split(_FIELD, 3)
        found, parents, when, subject = fields
        tracked = ("status", "--porcelain", "--untracked-files=no")
        status = git(root, *tracked, "--", ".", *(f":(exclude,top){path}" for path in exclude))
    except (GitError, ValueError) as error:
        return CommitFacts(None, f"no commit is recorded: {_first_line(str(error))}")
    commit = Commit(
        revision=found,
        parents=tuple(parents.split()),
        branch=_branch(root, environ),
        dirty=bool(status.strip()) and not revision,
        committed_at=datetime.fromisoformat(when.replace("Z", "+00:00")).astimezone(timezone.utc),
        subject=subject[:200],
        ci_url=_ci_url(environ),
    )
    return CommitFacts(commit)


def merge_base(root: Path, environ: Mapping[str, str], target_branch: str = "") -> str | None:
    """Where HEAD left its target branch; None where no target branch can be found.

    The target: as configured, else the pull request's base in CI, else the remote's default branch, else `main`
    or `master`. On the target branch itself it is HEAD.
    """
    for name in target_names(environ, target_branch):
        try:
            return git(root, "merge-base", "HEAD", name).strip()
        except GitError:
            continue
    return None


def target_names(environ: Mapping[str, str], target_branch: str = "") -> tuple[str, ...]:
    """The names under which git may know the target branch, the likeliest first."""
    named = target_branch or ci_target(environ)
    return (f"origin/{named}", named, f"{FETCHED_TARGETS}/{named}") if named else _USUAL_TARGETS


def ci_target(environ: Mapping[str, str]) -> str:
    """The branch that CI's pull request goes to, or an empty text."""
    return environ.get("GITHUB_BASE_REF") or environ.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME") or ""


def ancestors(root: Path, revision: str) -> frozenset[str]:
    """`revision` and every commit that it contains."""
    return frozenset(git(root, "rev-list", revision).split())


def is_shallow(root: Path) -> bool:
    """Whether the clone's history is cut off."""
    return git(root, "rev-parse", "--is-shallow-repository").strip() == "true"


class Trailer(Struct, frozen=True):
    """A `Perfgate-Accept` trailer of a commit message."""

    revision: str
    author: str
    committed_at: datetime
    text: str


def accept_trailers(root: Path, since: datetime) -> list[Trailer]:
    """The trailers of HEAD's commits since a time, oldest first."""
    layout = _FIELD.join(("%x1e%H", "%an", "%cI", "%(trailers:key=Perfgate-Accept,valueonly,unfold)"))
    printed = git(root, "log", f"--since={since.isoformat()}", f"--format={layout}")
    found = []
    for record in printed.split("\x1e"):
        fields = record.strip("\n").split(_FIELD, 3)
        if len(fields) == 4 and fields[3].strip():  # noqa: PLR2004 - four fields in the format
            when = datetime.fromisoformat(fields[2].replace("Z", "+00:00"))
            found += [Trailer(fields[0], fields[1], when, line) for line in fields[3].splitlines() if line.strip()]
    return found[::-1]


def user_name(root: Path) -> str:
    """Who git says is working here, or an empty text."""
    try:
        return git(root, "config", "user.name").strip()
    except GitError:
        return ""


def _branch(root: Path, environ: Mapping[str, str]) -> str:
    try:
        return git(root, "symbolic-ref", "--short", "-q", "HEAD").strip()
    except GitError:  # detached, as CI checks out
        return environ.get("GITHUB_HEAD_REF") or environ.get("GITHUB_REF_NAME") or environ.get("CI_COMMIT_REF_NAME", "")


def _ci_url(environ: Mapping[str, str]) -> str:
    if environ.get("GITHUB_ACTIONS") == "true":
        parts = [environ.get(name, "") for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")]
        return "{}/{}/actions/runs/{}".format(*parts) if all(parts) else ""
    return environ.get("CI_JOB_URL") or environ.get("BUILD_URL", "")


def _first_line(text: str) -> str:
    return text.splitlines()[0] if text else "git said nothing"
