"""A project's settings, store, instrument and place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path

from msgspec import Struct

from pytest_perfgate.config import Config, find_pyproject, load_config, policy_from
from pytest_perfgate.errors import (
    ConfigError,
)
from pytest_perfgate.measure import commit as git_facts
from pytest_perfgate.measure.canary import default_canaries
from pytest_perfgate.measure.clock import SystemClock
from pytest_perfgate.measure.environment import read_environment
from pytest_perfgate.measure.slices import Instrument, SlicePlan
from pytest_perfgate.model import (
    Environment,
    Policy,
)
from pytest_perfgate.ports import BaselineStore


class Project(Struct, frozen=True):
    """A folder with its configuration; `environ`: the process's environment variables."""

    root: Path
    config: Config
    environ: Mapping[str, str]


def open_project(start: Path, environ: Mapping[str, str], overrides: Mapping[str, object]) -> Project:
    """The project that `start` belongs to: where its pyproject.toml is, else `start` itself."""
    pyproject = find_pyproject(start)
    text = None
    if pyproject is not None:
        try:
            text = pyproject.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError([f"'{pyproject}' can't be read: {error}"]) from error
    root = pyproject.parent if pyproject is not None else start
    return Project(root, load_config(text, environ, overrides), environ)


def policy(project: Project) -> Policy:
    """The project's thresholds."""
    return policy_from(project.config)


def open_baselines(project: Project) -> BaselineStore:
    """The project's store."""
    from pytest_perfgate.storage import open_store

    return open_store(project.config.baseline, project.root, ignore_damaged=project.config.ignore_damaged)


def make_instrument(*, canaries: bool = True) -> Instrument:
    """The real clock, and the canaries where they are wanted: they load numpy."""
    return Instrument(SystemClock(), default_canaries() if canaries else ())


def slice_plan(config: Config) -> SlicePlan:
    """A process's share of the time per benchmark."""
    return SlicePlan(budget_s=config.max_time / config.processes)


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(timezone.utc)


def environment(project: Project) -> Environment:
    """This machine and software."""
    settings = project.config
    return read_environment(
        project.environ, key_dependencies=settings.key_dependencies, label=settings.environment_label
    )


def commit(project: Project, *, revision: str = "", outputs: Sequence[Path] = ()) -> git_facts.CommitFacts:
    """What is checked out, or `revision`; changes in the baseline folder and in `outputs` do not make it dirty."""
    from pytest_perfgate.storage import BRANCH_PREFIX

    store = project.config.baseline
    own = [*outputs, *([] if store.startswith(BRANCH_PREFIX) else [project.root / store])]
    paths = [_relative_to_repository(project.root, path) for path in own]
    return git_facts.read_commit(
        project.root, project.environ, exclude=[path for path in paths if path], revision=revision
    )


def _relative_to_repository(root: Path, path: Path) -> str:
    try:
        top = Path(git_facts.git(root, "rev-parse", "--show-toplevel").strip()).resolve()
        return path.resolve().relative_to(top).as_posix()
    except (git_facts.GitError, ValueError):
        return ""
