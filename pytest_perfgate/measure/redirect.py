"""Lets a pytest process that collects one tree's benchmark files import the project's code from another tree."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from pytest_perfgate.measure.tree_finder import TreeFinder
from pytest_perfgate.measure.trees import Trees

DEFAULT_PYTHON_FILES = ("test_*.py", "*_test.py")
# Python processes that a benchmark starts find the rule here, and the code that obeys it on their path. No PERFGATE_
# name: those are settings.
_RULE_VARIABLE = "_PERFGATE_REDIRECT"
# Paths differ in length from side to side, and the size of the environment moves a process's stack, and with it the
# speed of the same code: the text is filled up to a multiple of this.
_RULE_LENGTH = 2048
_CHILD_START = Path(__file__).with_name("child_start")


class Redirect(Struct, frozen=True):
    """Which tree the code of one side comes from; travels as JSON.

    `home`: the top of the repository whose benchmark files pytest collects. `tree`: the top of the one whose code is
    measured; equal to `home` where a side measures its own code. `copies`: further trees of the same project, which
    an editable install may point to though nothing may come from them. `environment`: the virtual environment that
    was built from `tree`, or empty; what is installed in it is the side's own. `python_files`: pytest's patterns.
    `benchmark_code`: further globs, relative to `home`, of what comes from `home` beside pytest's own files and
    the folders named tests, test, benchmarks, benchmark, bench and benches. `installed`: the code is in no tree, but
    what the interpreter has installed (`tree` is then an empty folder); `packages`: the names of what was installed
    to be measured, empty for all of it.
    """

    home: str
    tree: str
    copies: tuple[str, ...] = ()
    environment: str = ""
    python_files: tuple[str, ...] = DEFAULT_PYTHON_FILES
    benchmark_code: tuple[str, ...] = ()
    installed: bool = False
    packages: tuple[str, ...] = ()

    def trees(self) -> Trees:
        """The paths, ready to be asked."""
        return Trees(
            self.home,
            self.tree,
            copies=self.copies,
            python_files=self.python_files,
            benchmark_code=self.benchmark_code,
            installed=self.installed,
        )


class SideFinder(TreeFinder):
    """The finder of this process, and the rule that it obeys."""

    def __init__(self, rule: Redirect) -> None:
        super().__init__(rule.trees())
        self.rule = rule


def install(rule: Redirect) -> None:
    """Let every import from now on follow `rule`, in this process and in the Python processes that it starts."""
    SideFinder(rule).install()
    text = msgspec.json.encode(rule).decode()
    os.environ[_RULE_VARIABLE] = text + " " * (-len(text) % _RULE_LENGTH)
    inherited = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(_CHILD_START), *([inherited] if inherited else [])])


def installed() -> tuple[Redirect, SideFinder] | None:
    """The rule of this process, with the files that were named on the command line, and its finder.

    None in a plain pytest.
    """
    finder = next((each for each in sys.meta_path if isinstance(each, SideFinder)), None)
    return None if finder is None else (finder.rule, finder)


def with_named_files(rule: Redirect, arguments: Sequence[str]) -> Redirect:
    """`rule` with the files that pytest is told to collect: those are benchmarks whatever they are called."""
    named = []
    for argument in arguments:
        path = argument.split("::")[0]
        if path.endswith(".py") and not path.startswith("-") and Path(path).is_file():
            place = rule.trees().place(path)
            named += [place.relative] if place is not None else []
    return msgspec.structs.replace(rule, benchmark_code=(*rule.benchmark_code, *named))
