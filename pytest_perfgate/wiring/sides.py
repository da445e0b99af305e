"""The two sides of a paired run: which code, which benchmark files, which interpreter."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from pytest_perfgate.errors import SideBuildError
from pytest_perfgate.measure import commit as git_facts
from pytest_perfgate.measure import revision as revisions
from pytest_perfgate.measure.benchmark_code import changed_functions
from pytest_perfgate.measure.channel import ChannelClosedError, SilenceError
from pytest_perfgate.measure.leak_guard import LoadedModule
from pytest_perfgate.measure.pair import BenchmarkProcess, SideCommand
from pytest_perfgate.measure.process_tree import interpreter
from pytest_perfgate.measure.protocol import Collected
from pytest_perfgate.measure.redirect import Redirect
from pytest_perfgate.measure.side_environment import build
from pytest_perfgate.measure.worktree import checkout, remove_stale
from pytest_perfgate.model import BenchmarkId, Commit, GateReport, Outcome
from pytest_perfgate.wiring.project import Project
from pytest_perfgate.workflows.gate import could_not_judge
from pytest_perfgate.workflows.paired import Suites

CACHE = ".perfgate"
MERGE_BASE = "merge-base"
_COLLECTING_S = 120.0
_MOST_NAMED = 3


class PairedRequest(Struct, frozen=True):
    """What a face asks for.

    `arguments`: pytest's; `folder`: where it was called; `python_files`: patterns of test files; `durations`: seconds
    of one call of each benchmark, for the forecast; `unmeasured`: benchmark -> why it was skipped; `only`: the
    benchmarks to measure, None for all.
    """

    arguments: tuple[str, ...]
    folder: Path
    python_files: tuple[str, ...]
    seed: int
    started_at: datetime
    durations: dict[str, float] = {}
    whole_suite: bool = True
    paths: tuple[str, ...] = ()
    record: bool = False
    unmeasured: dict[BenchmarkId, str] = {}
    only: frozenset[BenchmarkId] | None = None


class Trees(Struct, frozen=True):
    """Where the code of each side is, with which interpreter it runs, and the environment built for it, if any."""

    base: Path
    candidate: Path
    base_python: tuple[str, ...]
    candidate_python: tuple[str, ...]
    base_environment: str = ""
    candidate_environment: str = ""

    @property
    def trees(self) -> tuple[Path, Path]:
        """Both."""
        return self.base, self.candidate

    def environment(self, tree: Path) -> str:
        """The environment that was built from `tree`."""
        return self.base_environment if tree == self.base else self.candidate_environment


class Sides:
    """Two commands, and what is known of the two revisions beside what was measured."""

    def __init__(self, project: Project, request: PairedRequest, root: Path, revision: str, trees: Trees) -> None:
        self._project, self._request, self._root, self._trees = project, request, root, trees
        self.revision = revision
        self.changed = revisions.changed_files(root, revision)
        self.same_commit = not self.changed
        self.warnings: tuple[str, ...] = ()
        self._folder = Path(tempfile.mkdtemp(prefix="perfgate-"))
        home = trees.base if project.config.benchmarks_from == "base" else trees.candidate
        self._home = home
        self.base = self._command("base", home, trees.base, trees.base_python)
        self.candidate = self._command("candidate", home, trees.candidate, trees.candidate_python)
        self._own_suite: BenchmarkProcess | None = None

    @property
    def base_commit(self) -> Commit | None:
        """The base's facts by git."""
        return git_facts.read_commit(self._trees.base, self._project.environ).commit

    @property
    def described(self) -> str:
        """What the candidate was measured against, in words."""
        asked = self._project.config.against
        subject = self.base_commit.subject if self.base_commit else ""
        name = self.revision[:12] if asked == MERGE_BASE else f"{asked} ({self.revision[:12]})"
        return f"{name} {subject}".strip()

    def _command(self, name: str, home: Path, tree: Path, python: tuple[str, ...]) -> SideCommand:
        rule = self._folder / f"{name}-of-{'base' if home == self._trees.base else 'candidate'}.json"
        settings = self._project.config
        redirect = Redirect(
            home=str(home),
            tree=str(tree),
            copies=tuple(str(copy) for copy in {self._root, *self._trees.trees} - {home, tree}),
            environment=self._trees.environment(tree),
            python_files=self._request.python_files,
            benchmark_code=settings.benchmark_code,
        )
        rule.write_bytes(msgspec.json.encode(redirect))
        return SideCommand(
            name=name,
            command=(*python, "-m", "pytest_perfgate.measure.side_process", str(rule)),
            arguments=tuple(self._moved(argument, home) for argument in self._request.arguments),
            folder=str(self._inside(self._request.folder, home)),
            environ={key: value for key, value in os.environ.items() if key != "PYTEST_CURRENT_TEST"},
        )

    def _inside(self, path: Path, home: Path) -> Path:
        """The same place below `home`."""
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
        moved = self._inside(place, home)
        # What is relative to a folder that moves along stays as it is.
        along = not Path(path).is_absolute() and self._inside(self._request.folder, home) != self._request.folder
        return argument if along or not place.exists() or moved == place else f"{moved}{separator}{name}"

    def start_own_suite(self) -> None:
        """Begin to collect the base's own benchmarks, beside whatever else is done."""
        if self._home == self._trees.base or self._own_suite is not None:
            return
        command = self._command("base", self._trees.base, self._trees.base, self._trees.base_python)
        self._own_suite = BenchmarkProcess(command, self._folder, 0)

    def suites(self) -> Suites:
        """What the base's own suite has, and which benchmarks were themselves rewritten."""
        if self._own_suite is None:
            return Suites()
        try:
            message = self._own_suite.receive(_COLLECTING_S)
        except (ChannelClosedError, SilenceError):
            self.warnings += ("the base's own benchmarks could not be collected, so what is gone can't be told",)
            return Suites()
        finally:
            self._own_suite.kill()
        collected = message.benchmarks if isinstance(message, Collected) else ()
        return Suites(frozenset(collected), self._rewritten(collected))

    def _rewritten(self, benchmarks: tuple[BenchmarkId, ...]) -> frozenset[BenchmarkId]:
        found: set[BenchmarkId] = set()
        by_file: dict[str, list[BenchmarkId]] = {}
        for name in benchmarks:
            by_file.setdefault(name.split("::")[0], []).append(name)
        below = self._inside(self._project.root, Path())
        for file, names in by_file.items():
            before, after = (_text(tree / below / file) for tree in (self._trees.base, self._trees.candidate))
            changed = changed_functions(before, after)
            found.update(name for name in names if name.split("::", 1)[-1].split("[")[0] in changed)
        return frozenset(found)

    def nothing_differs(self, modules: Mapping[str, tuple[LoadedModule, ...]]) -> GateReport | None:
        """The outcome where both sides loaded the same code; None where they did not."""
        base, candidate = (
            {module.path: module.sha256 for module in modules.get(name, ())} for name in ("base", "candidate")
        )
        if not base and not candidate:
            return could_not_judge(
                Outcome.SAME_CODE,
                "The benchmarks import nothing of the project, so both sides would run the same code. Is it installed "
                "elsewhere? Install it with 'pip install -e .', or use '--perfgate-setup'.",
            )
        if base != candidate:
            return None
        named = ", ".join(f"'{path}'" for path in self.changed[:_MOST_NAMED])
        more = f" and {len(self.changed) - _MOST_NAMED} more" if len(self.changed) > _MOST_NAMED else ""
        differ = f" What differs: {named}{more}." if self.changed else ""
        return could_not_judge(
            Outcome.NOTHING_DIFFERS,
            f"No file that the benchmarks import differs from {self.revision[:12]} ({len(base)} modules of the project "
            f"were loaded), so nothing was judged.{differ} '--perfgate-measure-unchanged' measures all the same.",
        )

    def close(self) -> None:
        """Leave nothing behind."""
        if self._own_suite is not None:
            self._own_suite.kill()
        shutil.rmtree(self._folder, ignore_errors=True)


@contextmanager
def open_sides(project: Project, request: PairedRequest, *, say: Callable[[str], None]) -> Iterator[Sides]:
    """Find the base, check it out below the cache folder, build environments where asked; gone afterwards."""
    root = revisions.repository_root(project.root)
    cache = root / CACHE
    revision = _revision(project, root)
    remove_stale(root, cache)
    with ExitStack() as stack:
        if project.config.setup:
            trees = _built(project, root, cache, revision, say)
        else:
            base = stack.enter_context(checkout(root, revision, cache))
            trees = Trees(base.path, root, interpreter(), interpreter())
        sides = Sides(project, request, root, revision, trees)
        stack.callback(sides.close)
        yield sides


def _revision(project: Project, root: Path) -> str:
    settings = project.config
    if settings.against == MERGE_BASE:
        return revisions.fork_point(root, project.environ, settings.target_branch)
    return revisions.resolve(root, settings.against)


def _built(project: Project, root: Path, cache: Path, revision: str, say: Callable[[str], None]) -> Trees:
    command = project.config.setup
    base, candidate = (
        build(command, commit, root, cache, python=interpreter()[0], progress=say)
        for commit in (revision, revisions.snapshot(root))
    )
    if base.tree is None or candidate.tree is None:
        raise SideBuildError(f"'{command:.200}' built no tree to measure.")
    return Trees(
        base.tree,
        candidate.tree,
        (base.python,),
        (candidate.python,),
        str(base.environment),
        str(candidate.environment),
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
