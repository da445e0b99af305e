"""Record a run into the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_perfgate.errors import CannotJudgeError

if TYPE_CHECKING:
    from pytest_perfgate.model import Run
    from pytest_perfgate.ports import BaselineStore


def record(run: Run, store: BaselineStore) -> str:
    """Write `run` and return where it landed; a run that measured nothing or can't be trusted is refused."""
    if not run.samples:
        msg = "Nothing was measured, so there is nothing to record; does any test use the 'benchmark' fixture?"
        raise CannotJudgeError(msg)
    if run.untrusted:
        msg = f"Not recorded: the run was measured under {run.untrusted}, which changes what code costs."
        raise CannotJudgeError(msg)
    return store.save_run(run)


def why_it_will_not_count(run: Run) -> tuple[str, ...]:
    """A warning for whoever records what no gate will compare with."""
    if run.commit is None or not run.commit.dirty:
        return ()
    return ("The recorded code had uncommitted changes, so no gate will compare with this run; commit, then record.",)
