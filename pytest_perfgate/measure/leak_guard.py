"""The proof that a side measured its own tree: where each module of the project came from.

Asked inside the side's process, after the benchmarks were imported, and again after they ran.
"""

from __future__ import annotations

import functools
import hashlib
import os
import sys
from collections.abc import Iterator
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

from msgspec import Struct

from pytest_perfgate.measure.installed_project import InstalledProject
from pytest_perfgate.measure.redirect import Redirect, installed
from pytest_perfgate.measure.trees import Trees

_OWN_ENVIRONMENT = "give each side an environment of its own with '--perfgate-setup COMMAND'"
_REMEDY_EARLY = f"It was imported before the benchmarks, or by a path of its own: {_OWN_ENVIRONMENT}."
_REMEDY_INSTALLED = f"Install the project with 'pip install -e .', or {_OWN_ENVIRONMENT}."
_REMEDY_COMPILED = f"Compiled modules are in no checkout: {_OWN_ENVIRONMENT}, which builds them."
_REMEDY_BENCHMARKS = "Both sides must run the same benchmark code: import it by a name that only one tree has."


class LoadedModule(Struct, frozen=True):
    """A module of the project. `path`: its file, relative to its tree or to where it is installed, with `/`."""

    name: str
    path: str
    sha256: str


class Leak(Struct, frozen=True):
    """A module that came from where it must not. `path`, `expected`: absolute; `remedy`: a sentence."""

    module: str
    path: str
    expected: str
    remedy: str


def project_modules(rule: Redirect) -> tuple[LoadedModule, ...]:
    """The project's modules that are imported, without benchmark code, sorted by name.

    Empty means that the benchmarks import nothing of the project, or that all of it counts as benchmark code.
    """
    trees, installation = _known(rule)
    found = []
    for name, path in _imported():
        place = trees.place(path)
        if place is not None:
            relative = "" if trees.is_benchmark_code(place.relative) else place.relative
        else:
            relative = installation.relative(name, path) or ""
        if relative:
            found.append(LoadedModule(name, relative, _sha256(path)))
    return tuple(sorted(found, key=lambda module: module.name))


def leaks(rule: Redirect) -> tuple[Leak, ...]:
    """Modules of the project, and benchmark code, that did not come from where `rule` says, sorted by name.

    A compiled module counts too where only one of the trees has it, even if a benchmark went on without it: the
    other side would then run something else.
    """
    trees, installation = _known(rule)
    found = {}
    for name, path in _imported():
        place = trees.place(path)
        if place is None:
            if (expected := installation.expected(name, path)) is not None:
                found[name] = Leak(name, path, expected, _REMEDY_INSTALLED)
        elif not trees.is_right(place) and not trees.is_version_file(place.relative):
            remedy = _REMEDY_BENCHMARKS if trees.is_benchmark_code(place.relative) else _REMEDY_EARLY
            found[name] = Leak(name, path, _expected(rule, trees, place.relative), remedy)
        elif (compiled := _compiled_elsewhere(trees, path, place.relative)) is not None:
            found[name] = Leak(name, path, compiled, _REMEDY_COMPILED)
    for name, (path, expected) in _unbuilt().items():
        found[name] = Leak(name, path, expected, _REMEDY_COMPILED)
    return tuple(found[name] for name in sorted(found))


@functools.lru_cache(maxsize=1)
def _known(rule: Redirect) -> tuple[Trees, InstalledProject]:
    """Both questions are asked of every module, and remember where each lies."""
    return rule.trees(), InstalledProject(rule)


def _expected(rule: Redirect, trees: Trees, relative: str) -> str:
    wanted = trees.wanted(relative)
    return rule.environment if rule.installed and wanted == trees.tree else _join(wanted, relative)


def _imported() -> Iterator[tuple[str, str]]:
    """Name and file of every imported module that has one."""
    for name, module in list(sys.modules.items()):
        try:  # whatever a program puts into sys.modules; asking a lazy module for an attribute would load it
            attributes = object.__getattribute__(module, "__dict__")
        except AttributeError:
            continue
        path = attributes.get("__file__")
        if isinstance(path, str) and os.path.isfile(path):  # noqa: PTH113 - asked for a thousand modules
            yield name, path


def _unbuilt() -> dict[str, tuple[str, str]]:
    found = installed()
    return {} if found is None else found[1].unbuilt


def _compiled_elsewhere(trees: Trees, path: str, relative: str) -> str | None:
    """The compiled file that stands for this source in another tree, and not in the tree it belongs to."""
    if not path.endswith(".py") or trees.is_benchmark_code(relative):
        return None
    stem = relative.removesuffix(".py").removesuffix("/__init__")
    if _compiled(trees.tree, stem) is not None:
        return None
    others = [root for root in dict.fromkeys((trees.home, *trees.copies)) if root != trees.tree]
    return next((found for root in others if (found := _compiled(root, stem)) is not None), None)


def _compiled(root: str, stem: str) -> str | None:
    paths = (_join(root, stem + suffix) for suffix in EXTENSION_SUFFIXES)
    return next((path for path in paths if Path(path).is_file()), None)


def _join(root: str, relative: str) -> str:
    return str(Path(root, *relative.split("/")))


def _sha256(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
