"""Where recorded runs are kept: a folder that git tracks, a branch of its own, or memory."""

from __future__ import annotations

import random
import time
from pathlib import Path

from pytest_perfgate.storage.folder import FolderFiles
from pytest_perfgate.storage.git_baselines import FileBaselines
from pytest_perfgate.storage.git_branch import BranchFiles

BRANCH_PREFIX = "git-branch:"


def open_store(location: str, root: Path, *, ignore_damaged: bool = False) -> FileBaselines:
    """The store that `baseline` names: a folder (relative to `root`), or `git-branch:NAME`."""
    if location.startswith(BRANCH_PREFIX):
        branch = BranchFiles(root, location.removeprefix(BRANCH_PREFIX), pause=_pause)
        return FileBaselines(branch, ignore_damaged=ignore_damaged)
    return FileBaselines(FolderFiles(root / location), ignore_damaged=ignore_damaged)


def _pause(attempt: int) -> None:
    """Wait longer after each lost race, and never in step with another writer."""
    time.sleep(random.uniform(0.0, min(2.0, 0.05 * 2**attempt)))  # noqa: S311 - jitter is no secret
