"""The proof that a side measured its own tree: where each module of the project came from."""

from __future__ import annotations

from msgspec import Struct

from pytest_perfgate.measure.redirect import Redirect


class LoadedModule(Struct, frozen=True):
    """A module of the project. `path`: its file, relative to its tree, with `/`; `sha256`: of the file."""

    name: str
    path: str
    sha256: str


class Leak(Struct, frozen=True):
    """A module that came from where it must not. `path`, `expected`: absolute; `remedy`: what to do, a sentence."""

    module: str
    path: str
    expected: str
    remedy: str


def project_modules(rule: Redirect) -> tuple[LoadedModule, ...]:
    """The project's modules that are imported, without benchmark code, sorted by name."""
    raise NotImplementedError


def leaks(rule: Redirect) -> tuple[Leak, ...]:
    """The project's modules, and benchmark code, that did not come from where `rule` says, sorted by name."""
    raise NotImplementedError
