"""From the source of a side, as the user named it, to the code on the disk and the interpreter that runs it."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate import __version__
from pytest_perfgate.errors import BaseRevisionError, SideBuildError
from pytest_perfgate.measure import revision as revisions
from pytest_perfgate.measure.process_tree import interpreter
from pytest_perfgate.measure.side_environment import BuiltSide, build, existing, venv_with
from pytest_perfgate.measure.worktree import checkout, remove_stale
from pytest_perfgate.model.source import Installed, Released, Revision, Source, WorkingTree
from pytest_perfgate.wiring.project import Project

CACHE = ".perfgate"


class Origin(Struct, frozen=True):
    """One side, ready to be run.

    `tree`: the top of its sources, None where it is what is installed in `environment`, the virtual environment that
    was made for it (empty: this interpreter's own). `revision`: the full id of the commit that was checked out.
    """

    source: Source
    python: tuple[str, ...]
    pytest: str
    tree: Path | None = None
    environment: str = ""
    revision: str = ""

    @property
    def packages(self) -> tuple[str, ...]:
        """The names of the packages that are measured; empty where that is not known."""
        return self.source.names if isinstance(self.source, Released) else ()


class Workplace(Struct, frozen=True):
    """Where sides are made. `root`: the top of the user's repository, or of the project; `setup`: builds a tree."""

    root: Path
    cache: Path
    setup: str
    say: Callable[[str], None]


def open_origin(source: Source, place: Workplace, stack: ExitStack) -> Origin:
    """Check out, build or find; what was made for this run alone is gone when `stack` is closed.

    Raises BaseRevisionError, SideBuildError and StoreError.
    """
    if isinstance(source, Released):
        python = interpreter()[0]
        return _of_environment(
            source, venv_with(source.packages, place.root, place.cache, python=python, progress=place.say)
        )
    if isinstance(source, Installed):
        return _of_environment(source, existing(Path(source.folder)))
    if place.setup:
        commit = revisions.snapshot(place.root) if isinstance(source, WorkingTree) else _commit(source, place)
        built = build(place.setup, commit, place.root, place.cache, python=interpreter()[0], progress=place.say)
        return _of_build(source, built, commit, place.setup)
    pytest = importlib.metadata.version("pytest")
    if isinstance(source, WorkingTree):
        return Origin(source, interpreter(), pytest, tree=place.root)
    there = stack.enter_context(checkout(place.root, source.name, place.cache))
    return Origin(source, interpreter(), pytest, tree=there.path, revision=there.revision)


def find_workplace(project: Project, *sources: Source, say: Callable[[str], None]) -> Workplace:
    """The top of the repository, freed of what killed runs left there.

    Without a repository it is the project's own folder, unless a source is a revision: then BaseRevisionError.
    """
    try:
        root = revisions.repository_root(project.root)
    except BaseRevisionError:
        if any(isinstance(source, Revision) for source in sources):
            raise
        return Workplace(project.root, project.root / CACHE, project.config.setup, say)
    remove_stale(root, root / CACHE)
    return Workplace(root, root / CACHE, project.config.setup, say)


def _commit(source: Revision, place: Workplace) -> str:
    return revisions.resolve(place.root, source.name)


def _of_build(source: Source, built: BuiltSide, commit: str, setup: str) -> Origin:
    if built.tree is None:
        raise SideBuildError(f"'{setup:.200}' built no tree to measure.")
    return replace(_of_environment(source, built), tree=built.tree, revision=commit)


def _of_environment(source: Source, built: BuiltSide) -> Origin:
    if built.perfgate != __version__:
        raise SideBuildError(
            f"'{built.environment}' has pytest-perfgate {built.perfgate}, this is {__version__}; both sides must "
            f"measure alike. Install it there: '{built.python} -m pip install pytest-perfgate=={__version__}'."
        )
    return Origin(source, (built.python,), built.pytest, environment=str(built.environment))
