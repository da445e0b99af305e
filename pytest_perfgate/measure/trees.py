"""Which tree a file belongs to, and which it should come from: paths only, nothing is imported.

Python processes that a benchmark starts load this file by its path before anything else, so it needs only the standard
library, and little of that.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

_BENCHMARK_FOLDERS = frozenset({"tests", "test", "benchmarks", "benchmark", "bench", "benches"})
_INSTALLED_FOLDERS = frozenset({"site-packages", "dist-packages"})
# Written by build backends (setuptools-scm, hatch-vcs, …), ignored by git, and so in no checkout.
_VERSION_FILES = frozenset({"_version.py", "version.py", "__version__.py", "_version_info.py"})
# A pattern that matches all code does not say which of it is benchmark code.
_MATCH_ALL = frozenset({"*.py", "*"})


class Place(NamedTuple):
    """A file or folder of the project. `root`: its tree's top; `relative`: its path below that, with `/`."""

    root: str
    relative: str


class Trees:
    """The trees of one project; see `Redirect` for what each is."""

    def __init__(
        self,
        home: str,
        tree: str,
        *,
        copies: Sequence[str] = (),
        python_files: Sequence[str] = (),
        benchmark_code: Sequence[str] = (),
        installed: bool = False,
    ) -> None:
        self.installed = installed
        self.home, self.tree = os.path.abspath(home), os.path.abspath(tree)
        self.copies = tuple(os.path.abspath(copy) for copy in copies)
        self._patterns = tuple(pattern for pattern in python_files if pattern not in _MATCH_ALL)
        self._globs = tuple(glob.removeprefix("./").rstrip("/") for glob in benchmark_code)
        spellings = {_comparable(each): each for each in (*self.copies, self.tree, self.home)}
        spellings.update({_comparable(os.path.realpath(each)): each for each in spellings.values()})
        # The base's worktree lies inside the candidate's tree: the innermost wins.
        self._spellings = sorted(spellings.items(), key=lambda item: len(item[0]), reverse=True)
        self._prefixes = tuple(_comparable(os.path.realpath(each)) for each in {sys.prefix, sys.base_prefix})
        self._places: dict[str, Place | None] = {}

    def place(self, path: str) -> Place | None:
        """Where in which tree a path lies; None outside all, and below a virtual environment inside one."""
        absolute = os.path.abspath(path)
        if absolute not in self._places:
            # Files are linked into site-packages by some installers, and temporary folders are links on macOS.
            self._places[absolute] = self._lexical_place(absolute) or self._lexical_place(real_path(absolute))
        return self._places[absolute]

    def wanted(self, relative: str) -> str:
        """The top of the tree that such a file should come from."""
        return self.home if self.is_benchmark_code(relative) else self.tree

    def is_right(self, place: Place) -> bool:
        """Whether it comes from where it should."""
        return place.root == self.wanted(place.relative)

    def is_benchmark_code(self, relative: str) -> bool:
        """Whether it is what measures, not what is measured. A folder's path ends with `/`."""
        *folders, name = relative.split("/")
        if name == "conftest.py" or not _BENCHMARK_FOLDERS.isdisjoint(folders):
            return True
        return self._matches(relative.rstrip("/"), name)

    def is_version_file(self, relative: str) -> bool:
        """Whether it is a file that a build writes the version to, where the tree that should have it has none."""
        return relative.rpartition("/")[2] in _VERSION_FILES and not os.path.exists(os.path.join(self.tree, relative))

    def counterpart(self, path: str, root: str) -> str | None:
        """The same path below another tree's top; None for what lies in no tree."""
        place = self.place(path)
        return None if place is None else os.path.join(root, *place.relative.split("/"))

    def _lexical_place(self, absolute: str) -> Place | None:
        comparable = _comparable(absolute)
        for spelling, root in self._spellings:
            if comparable == spelling or comparable.startswith(spelling.rstrip(os.sep) + os.sep):
                relative = absolute[len(spelling) :].lstrip(os.sep).replace(os.sep, "/")
                return None if self._is_installed(spelling, relative, comparable) else Place(root, relative)
        return None

    def _is_installed(self, root: str, relative: str, comparable: str) -> bool:
        folders = relative.split("/")
        if not _INSTALLED_FOLDERS.isdisjoint(folders):
            return True
        inner = (prefix for prefix in self._prefixes if prefix.startswith(root + os.sep))
        if any(comparable.startswith(prefix + os.sep) for prefix in inner):
            return True
        above = (os.path.join(root, *folders[:count]) for count in range(1, len(folders)))
        return any(os.path.isfile(os.path.join(folder, "pyvenv.cfg")) for folder in above)

    def _matches(self, relative: str, name: str) -> bool:
        from fnmatch import fnmatchcase

        for pattern in self._patterns:
            is_path = "/" in pattern
            if fnmatchcase(f"/{relative}", f"*/{pattern}") if is_path else fnmatchcase(name, pattern):
                return True
        parts = relative.split("/")
        above = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
        return any(fnmatchcase(path, glob) for glob in self._globs for path in above)


def real_path(path: str) -> str:
    """The file behind the links; cheap for the many files of one folder, since each side asks for every module."""
    folder, name = os.path.split(path)
    file = os.path.join(_real_folder(folder), name)
    return os.path.realpath(file) if os.path.islink(file) else file


@cache
def _real_folder(folder: str) -> str:
    return os.path.realpath(folder)


def _comparable(path: str) -> str:
    return os.path.normcase(path)
