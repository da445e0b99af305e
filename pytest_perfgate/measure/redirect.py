"""Lets a pytest process that collects one tree's benchmark files import the project's code from another tree."""

from __future__ import annotations

from msgspec import Struct

DEFAULT_PYTHON_FILES = ("test_*.py", "*_test.py")


class Redirect(Struct, frozen=True):
    """Which tree the code of one side comes from; travels as JSON.

    `home`: the top of the repository whose benchmark files pytest collects. `tree`: the top of the one whose code is
    measured; equal to `home` where a side measures its own code. `copies`: further trees of the same project, which
    an editable install may point to though nothing may come from them. `environment`: the virtual environment that
    was built from `tree`, or empty; what is installed in it is the side's own. `python_files`: pytest's patterns.
    `benchmark_code`: further globs, relative to `home`, of what comes from `home` beside pytest's own files.
    """

    home: str
    tree: str
    copies: tuple[str, ...] = ()
    environment: str = ""
    python_files: tuple[str, ...] = DEFAULT_PYTHON_FILES
    benchmark_code: tuple[str, ...] = ()


def install(rule: Redirect) -> None:
    """Let every import from now on follow `rule`, in this process and in the Python processes that it starts."""
    raise NotImplementedError


def installed() -> Redirect | None:
    """The rule of this process, with the files that were named on the command line; None in a plain pytest."""
    raise NotImplementedError
