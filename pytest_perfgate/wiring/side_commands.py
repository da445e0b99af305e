"""How pytest is started on one side: the import rule, the arguments, the folder, all moved to where the side is."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from pytest_perfgate.errors import BaseRevisionError
from pytest_perfgate.measure.pair import SideCommand
from pytest_perfgate.measure.pytest_facts import PytestFacts, ask_pytest
from pytest_perfgate.measure.redirect import DEFAULT_PYTHON_FILES, Redirect
from pytest_perfgate.wiring.origins import Origin
from pytest_perfgate.wiring.request import PairedRequest

Trees = tuple[Path, ...]


class SideCommands:
    """Makes the commands of the sides that run the benchmark files of one tree.

    `root`: the user's tree; `home`: the top of the tree whose benchmark files are run; `folder`: for the rules.
    """

    def __init__(
        self,
        request: PairedRequest,
        *,
        root: Path,
        home: Path,
        folder: Path,
        benchmark_code: tuple[str, ...],
    ) -> None:
        self._request, self._root, self._home = request, root, home
        self._folder, self._benchmark_code = folder, benchmark_code
        self._rules = 0
        self._facts: dict[tuple[str, ...], PytestFacts | None] = {}

    def make(self, name: str, origin: Origin, trees: Trees, *, home: Path | None = None) -> SideCommand:
        """The command of the side called `name`; `trees`: all that there are; `home`: another's benchmark files.

        Raises BaseRevisionError where that tree lacks the folder that the user is in.
        """
        home = home or self._home
        request = self._request
        folder = self.inside(request.folder, home)
        if not folder.is_dir():
            raise BaseRevisionError(
                f"The folder '{request.folder}' does not exist in the tree whose benchmark files are run; call it "
                "from a folder that does."
            )
        if request.python_files is not None:
            return self._command(name, origin, trees, home, request.arguments, request.python_files)
        facts = self._asked(name, origin, trees, home)
        if facts is None:
            return self._command(name, origin, trees, home, request.arguments, DEFAULT_PYTHON_FILES)
        # Without a configuration file in the tree, pytest takes the user's own tree around it for its root.
        own_root = () if Path(facts.root).is_relative_to(home) else (f"--rootdir={home}",)
        return self._command(name, origin, trees, home, (*facts.arguments, *own_root), facts.python_files)

    def _asked(self, name: str, origin: Origin, trees: Trees, home: Path) -> PytestFacts | None:
        """What the side's pytest makes of the arguments; sides with one interpreter answer alike."""
        if origin.python not in self._facts:
            plain = self._command(name, origin, trees, home, self._request.arguments, DEFAULT_PYTHON_FILES)
            self._facts[origin.python] = ask_pytest(plain, self._folder)
        return self._facts[origin.python]

    def _command(
        self,
        name: str,
        origin: Origin,
        trees: Trees,
        home: Path,
        arguments: tuple[str, ...],
        python_files: tuple[str, ...],
    ) -> SideCommand:
        tree = origin.tree or self._nothing()
        redirect = Redirect(
            home=str(home),
            tree=str(tree),
            copies=tuple(str(copy) for copy in dict.fromkeys((self._root, *trees)) if copy not in {home, tree}),
            environment=origin.environment,
            python_files=python_files,
            benchmark_code=self._benchmark_code,
            installed=origin.tree is None,
            packages=origin.packages,
        )
        # Names of one length: arguments move the stack, as the environment does.
        self._rules += 1
        rule = self._folder / f"{name[0]}{self._rules:03}.json"
        rule.write_bytes(msgspec.json.encode(redirect))
        return SideCommand(
            name=name,
            command=(*origin.python, "-m", "pytest_perfgate.measure.side_process", str(rule)),
            arguments=tuple(self._moved(argument, home) for argument in arguments),
            folder=str(self.inside(self._request.folder, home)),
            environ={key: value for key, value in os.environ.items() if key != "PYTEST_CURRENT_TEST"},
        )

    def _nothing(self) -> Path:
        """The tree of a side that has none."""
        folder = self._folder / "nothing"
        folder.mkdir(exist_ok=True)
        return folder

    def inside(self, path: Path, home: Path) -> Path:
        """The same place below `home`; a path outside of the user's tree stays as it is."""
        try:
            return home / path.resolve().relative_to(self._root.resolve())
        except ValueError:
            return path

    def _moved(self, argument: str, home: Path) -> str:
        """A path of the user's tree, as one below `home`."""
        path, separator, name = argument.partition("::")
        if home == self._root or argument.startswith("-"):
            return argument
        place = self._request.folder / path
        moved = self.inside(place, home)
        # What is relative to a folder that moves along stays as it is.
        along = not Path(path).is_absolute() and self.inside(self._request.folder, home) != self._request.folder
        return argument if along or not place.exists() or moved == place else f"{moved}{separator}{name}"
