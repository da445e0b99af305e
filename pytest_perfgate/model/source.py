"""Where the code of one side of a paired run comes from."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from pytest_perfgate.errors import ConfigError

_PIP, _VENV = "pip:", "venv:"
# A comma also stands inside of `shop[fast,cli]` and `shop>=1,<2`; after one that parts two packages a name follows.
_BETWEEN_PACKAGES = re.compile(r",(?=\s*[A-Za-z0-9])(?![^\[]*\])")
_PACKAGE_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(?:[=<>!~;@].*)?")


class Revision(Struct, frozen=True, tag=True):
    """A commit, by anything that git resolves."""

    name: str

    def __str__(self) -> str:
        return self.name


class WorkingTree(Struct, frozen=True, tag=True):
    """The user's files as they stand."""

    def __str__(self) -> str:
        return "the working tree"


class Released(Struct, frozen=True, tag=True):
    """What pip installs by these requirements (`shop==1.0`), and nothing of the repository."""

    packages: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The packages' names; empty where one does not say it (a path, a URL)."""
        found = [_PACKAGE_NAME.fullmatch(package) for package in self.packages]
        return tuple(match[1] for match in found if match) if all(found) else ()

    def __str__(self) -> str:
        return ", ".join(self.packages)


class Installed(Struct, frozen=True, tag=True):
    """What is installed in a virtual environment that the user has made."""

    folder: str

    def __str__(self) -> str:
        return f"the environment '{self.folder}'"


Source = Revision | WorkingTree | Released | Installed


def parse_source(texts: Sequence[str], option: str) -> Source:
    """`.`, `pip:package==1.0` (one text or several, commas within), `venv:DIR`, else a revision.

    Raises ConfigError, which names the `option` that the texts were given with.
    """
    if len(texts) > 1 and not all(text.startswith(_PIP) for text in texts):
        raise ConfigError(
            [f"{option} is one source; only 'pip:' may be repeated, not {' and '.join(map(repr, texts))}"]
        )
    first = texts[0] if texts else ""
    if first.startswith(_PIP):
        packages = [one.strip() for text in texts for one in _BETWEEN_PACKAGES.split(text.removeprefix(_PIP))]
        if not all(packages):
            raise ConfigError([f"{option} {first!r:.80} names no package; write it as in 'pip:package==1.0'"])
        return Released(tuple(packages))
    if first.startswith(_VENV):
        if first == _VENV:
            raise ConfigError([f"{option} {first!r} names no folder; write it as in 'venv:.venv-old'"])
        return Installed(first.removeprefix(_VENV))
    if not first:
        raise ConfigError([f"{option} is empty; it is a revision, '.', 'pip:package==1.0' or 'venv:DIR'"])
    return WorkingTree() if first == "." else Revision(first)
