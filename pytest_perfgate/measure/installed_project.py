"""The project's modules among what is installed: `pip install .` copies them, and then no tree is measured."""

from __future__ import annotations

import functools
import importlib.metadata
import os
import re
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from urllib.parse import urlsplit
from urllib.request import url2pathname

import msgspec

from pytest_perfgate.measure.redirect import Redirect
from pytest_perfgate.measure.trees import real_path


class InstalledProject:
    """Tells installed modules of the project from those of other packages.

    By what the installer noted (`direct_url.json`: which folder a distribution was installed from), and by a file of
    that name in one of the trees. Where a side is what is installed: by the packages that were asked for, else all.
    """

    def __init__(self, rule: Redirect) -> None:
        self._rule = rule
        self._trees = rule.trees()
        self._environment = os.path.realpath(rule.environment) + os.sep if rule.environment else ""
        self._bases = [os.path.join(root, folder) for root in (rule.tree, rule.home) for folder in ("src", "")]
        self._has_folder = functools.lru_cache(maxsize=None)(os.path.isdir)

    def relative(self, name: str, path: str) -> str | None:
        """The path of an installed module of the project below the folder that it is installed in, else None."""
        if not self._belongs(name, path):
            return None
        folders = [entry for entry in sys.path if entry and path.startswith(entry.rstrip(os.sep) + os.sep)]
        return os.path.relpath(path, max(folders, key=len)).replace(os.sep, "/") if folders else path

    def expected(self, name: str, path: str) -> str | None:
        """Where an installed module of the project should have come from; None for what may be installed."""
        if self._rule.installed or not self._belongs(name, path):
            return None
        if self._environment and real_path(path).startswith(self._environment):
            return None
        twin = self._twin(name, path)
        return twin if twin is not None else self._rule.tree

    def _belongs(self, name: str, path: str) -> bool:
        if name.partition(".")[0] in sys.stdlib_module_names:
            return False
        if self._rule.installed and not self._rule.packages:
            return real_path(path).startswith(self._environment)
        return real_path(path) in self._copied_files or self._twin(name, path) is not None

    def _twin(self, name: str, path: str) -> str | None:
        """The file in a tree that an installed module is a copy of, going by its name."""
        folders, file = name.split("."), os.path.basename(path)
        if file != "__init__.py":
            folders.pop()
        for base in self._bases:
            # Few of a thousand installed modules have a namesake here: ask for the folder once, not for each file.
            if folders and not self._has_folder(os.path.join(base, folders[0])):
                continue
            twin = os.path.join(base, *folders, file)
            place = self._trees.place(twin)
            if place is not None and not self._trees.is_benchmark_code(place.relative) and os.path.isfile(twin):
                return twin
        return None

    @functools.cached_property
    def _copied_files(self) -> frozenset[str]:
        """Real paths of the files that were installed from one of the trees, or of the packages that were asked for.

        An editable install copies only what it compiled; the rest it points to.
        """
        found: set[str] = set()
        asked = {_canonical(package) for package in self._rule.packages}
        for distribution in importlib.metadata.distributions():
            folder, is_editable = installed_from(distribution)
            # Reading the name means to parse a file, so only where names were given.
            is_asked_for = bool(asked) and _canonical(distribution.metadata["Name"] or "") in asked
            if not is_asked_for and (not folder or self._trees.place(folder) is None):
                continue
            for file in distribution.files or ():
                if not is_editable or file.name.endswith(tuple(EXTENSION_SUFFIXES)):
                    found.add(os.path.realpath(str(distribution.locate_file(file))))
        return frozenset(found)


def _canonical(name: str) -> str:
    """Names of one distribution look alike then: https://packaging.python.org/en/latest/specifications/name-normalization/."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed_from(distribution: importlib.metadata.Distribution) -> tuple[str, bool]:
    """The local folder that a distribution was installed from (or an empty text), and whether editable.

    The file's format: https://packaging.python.org/en/latest/specifications/direct-url/
    """
    try:
        noted = msgspec.json.decode(distribution.read_text("direct_url.json") or "{}")
        is_editable = bool(noted.get("dir_info", {}).get("editable"))
        url = urlsplit(noted.get("url", ""))
    except (OSError, ValueError, AttributeError, msgspec.MsgspecError):
        return "", False
    if url.scheme != "file" or "dir_info" not in noted:
        return "", False
    return url2pathname(url.path), is_editable
