"""Runs with their machine, commit and past."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pytest_perfgate.errors import (
    CannotJudgeError,
)
from pytest_perfgate.measure import commit as git_facts
from pytest_perfgate.model import (
    Acceptance,
    Benchmark,
    BenchmarkId,
    Commit,
    Run,
    Sample,
)
from pytest_perfgate.ports import BaselineStore
from pytest_perfgate.wiring.project import Project, commit, environment, now, open_baselines
from pytest_perfgate.workflows.accept import acceptance_of_trailer
from pytest_perfgate.workflows.reference import History, Window


def make_run(  # noqa: PLR0913 - a run has these facts
    project: Project,
    *,
    started_at: datetime,
    samples: Sequence[Sample],
    benchmarks: Mapping[BenchmarkId, Benchmark],
    seed: int,
    whole_suite: bool,
    paths: Sequence[str],
    untrusted: str,
    warnings: Sequence[str],
) -> Run:
    """The run of what was measured, with its machine and commit."""
    facts = commit(project)
    missing = (facts.missing,) if facts.missing else ()
    return Run(
        id=make_run_id(started_at, facts.commit),
        started_at=started_at,
        environment=environment(project),
        samples=tuple(samples),
        benchmarks=dict(benchmarks),
        commit=facts.commit,
        suite=project.config.suite,
        seed=seed,
        whole_suite=whole_suite,
        paths=tuple(paths),
        acceptances=tuple(item.id for item in acceptances(project, open_baselines(project))),
        untrusted=untrusted,
        warnings=(*missing, *warnings),
    )


def make_run_id(started_at: datetime, at: Commit | None) -> str:
    """Time, commit and six random digits: sorts by time, and no two runs share it."""
    revision = at.revision[:12] if at else "no-commit"
    return f"{started_at:%Y%m%dT%H%M%SZ}-{revision}-{secrets.token_hex(3)}"


def acceptances(project: Project, store: BaselineStore) -> list[Acceptance]:
    """Accepted changes of the store and of the commits' trailers, oldest first."""
    found = store.load_acceptances()
    since = now() - timedelta(days=project.config.window_days)
    try:
        trailers = git_facts.accept_trailers(project.root, since)
    except git_facts.GitError:
        trailers = []
    found += [acceptance_of_trailer(t.revision, t.author, t.committed_at, t.text) for t in trailers]
    return found


def history(project: Project) -> History:
    """The candidate's accepted past by git; without git every recorded run counts."""
    try:
        base = git_facts.merge_base(project.root, project.environ, project.config.target_branch)
        # Without a branch to compare with, what HEAD contains is its past.
        return History(ancestors=git_facts.ancestors(project.root, base or "HEAD"), merge_base=base)
    except git_facts.GitError:
        return History()


def gate_context(project: Project, store: BaselineStore) -> dict[str, Any]:
    """The arguments of the gate that come from the machine: window, history, accepted changes, the time."""
    settings = project.config
    return {
        "window": Window(days=settings.window_days, runs=settings.window_runs),
        "history": history(project),
        "acceptances": acceptances(project, store),
        "now": now(),
    }


def fingerprint_of(project: Project, asked: str | None = None) -> str:
    """The environment that was asked for; else this machine's; else the only one that is recorded."""
    if asked is not None:
        return asked
    own = environment(project).fingerprint
    recorded = list(open_baselines(project).environments())
    return recorded[0] if own not in recorded and len(recorded) == 1 else own


def find_run(project: Project, run_id: str | None, asked: str | None = None) -> Run:
    """A recorded run by its id (or the beginning of one), else the newest of the environment."""
    store = open_baselines(project)
    environments = list(store.environments()) if run_id else [fingerprint_of(project, asked)]
    for fingerprint in environments:
        ids = [name for name in store.run_ids(fingerprint) if run_id is None or name.startswith(run_id)]
        if ids:
            return next(iter(store.load_runs(fingerprint, [ids[-1]], slices=True)))
    if run_id:
        raise CannotJudgeError(f"No run '{run_id:.80}' is in '{store.location}'; 'perfgate baseline list' shows them.")
    raise CannotJudgeError(
        f"No run of this environment is in '{store.location}'; record one with 'pytest --perfgate-record'."
    )


def who_and_where(project: Project) -> dict[str, str]:
    """Who accepts a change, at which commit."""
    at = commit(project).commit
    return {
        "accepted_by": git_facts.user_name(project.root) or project.environ.get("USER", ""),
        "revision": at.revision if at else "",
    }
