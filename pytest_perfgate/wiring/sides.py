"""The two sides of a paired run: which code, which benchmark files, which interpreter."""

from __future__ import annotations

import functools
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from msgspec.structs import replace

from pytest_perfgate.measure import commit as git_facts
from pytest_perfgate.measure import revision as revisions
from pytest_perfgate.measure.benchmark_code import changed_functions
from pytest_perfgate.measure.channel import ChannelClosedError, SilenceError
from pytest_perfgate.measure.leak_guard import LoadedModule
from pytest_perfgate.measure.pair import BenchmarkProcess
from pytest_perfgate.measure.protocol import Collected
from pytest_perfgate.model import BenchmarkId, Commit, GateReport, Outcome, Run
from pytest_perfgate.model.source import Revision, Source, WorkingTree
from pytest_perfgate.wiring.origins import Origin, find_workplace, open_origin
from pytest_perfgate.wiring.project import Project
from pytest_perfgate.wiring.request import PairedRequest
from pytest_perfgate.wiring.side_commands import SideCommands
from pytest_perfgate.workflows.gate import could_not_judge
from pytest_perfgate.workflows.paired import Suites

MERGE_BASE = "merge-base"
_COLLECTING_S = 120.0
_MOST_NAMED = 3


class Sides:
    """Two commands, and what is known of the two codes beside what was measured."""

    def __init__(
        self, project: Project, request: PairedRequest, root: Path, origins: tuple[Origin, Origin], folder: Path
    ) -> None:
        self._project, self._root, self._folder = project, root, folder
        self._base, self._candidate = base, candidate = origins
        settings = project.config
        self._trees = tuple(origin.tree for origin in origins if origin.tree is not None)
        self._home = (base.tree if settings.benchmarks_from == "base" else candidate.tree) or root
        self.warnings = _versions_differ(base, candidate)
        self._commands = SideCommands(
            request, root=root, home=self._home, folder=folder, benchmark_code=settings.benchmark_code
        )
        self.base = self._commands.make("base", base, self._trees)
        self.candidate = self._commands.make("candidate", candidate, self._trees)
        self._own_suite: BenchmarkProcess | None = None

    @functools.cached_property
    def changed(self) -> tuple[str, ...]:
        """Paths that differ between the two trees; empty where one side is no tree."""
        base, candidate = self._base, self._candidate
        if base.tree is None or candidate.tree is None:
            return ()
        if base.revision and candidate.revision:
            return revisions.changed_between(self._root, base.revision, candidate.revision)
        one = base.revision or candidate.revision
        return revisions.changed_files(self._root, one) if one else ()

    @property
    def same_code(self) -> str:
        """Why the two sides are one and the same before anything is measured, else an empty text."""
        base, candidate = self._base, self._candidate
        if base.source == candidate.source:
            return f"Both sides are {candidate.source}"
        if base.tree is None or candidate.tree is None or self.changed:
            return ""
        if isinstance(candidate.source, WorkingTree):
            return (
                f"'{base.source}' is {base.revision[:12]}, the very commit that is checked out, and no file was changed"
            )
        return f"'{base.source}' and '{candidate.source}' differ in no file"

    @property
    def base_commit(self) -> Commit | None:
        """The base's facts by git."""
        return self._commit(self._base)

    def with_candidate_commit(self, run: Run) -> Run:
        """The run of the candidate's samples under the candidate's commit, where that is not what is checked out."""
        if isinstance(self._candidate.source, WorkingTree):
            return run
        return replace(run, commit=self._commit(self._candidate))

    def _commit(self, origin: Origin) -> Commit | None:
        return git_facts.read_commit(origin.tree, self._project.environ).commit if origin.tree else None

    @property
    def described(self) -> str:
        """What the candidate was measured against, in words."""
        source, revision = self._base.source, self._base.revision[:12]
        if not isinstance(source, Revision):
            return str(source)
        subject = self.base_commit.subject if self.base_commit else ""
        name = revision if source.name.startswith(revision) else f"{source.name} ({revision})"
        return f"{name} {subject}".strip()

    def start_own_suite(self) -> None:
        """Begin to collect the base's own benchmarks, beside whatever else is done."""
        tree = self._base.tree
        if tree is None or self._home == tree or self._own_suite is not None:
            return
        command = self._commands.make("base", self._base, self._trees, home=tree)
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
        before_root, after_root = (
            self._commands.inside(self._project.root, tree or self._root)
            for tree in (self._base.tree, self._candidate.tree)
        )
        for file, names in by_file.items():
            before, after = (_text(folder / file) for folder in (before_root, after_root))
            changed = changed_functions(before, after)
            found.update(name for name in names if name.split("::", 1)[-1].split("[")[0] in changed)
        return frozenset(found)

    def nothing_differs(self, modules: Mapping[str, tuple[LoadedModule, ...]]) -> GateReport | None:
        """The outcome where both sides loaded the same code; None where they did not."""
        base, candidate = (
            {module.name: module.sha256 for module in modules.get(name, ())} for name in ("base", "candidate")
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
        against = self._base.revision[:12] or self._base.source
        return could_not_judge(
            Outcome.NOTHING_DIFFERS,
            f"No file that the benchmarks import differs from {against} ({len(base)} modules of the project were "
            f"loaded), so nothing was judged.{differ} '--perfgate-measure-unchanged' measures all the same.",
        )

    def close(self) -> None:
        """Leave nothing behind."""
        if self._own_suite is not None:
            self._own_suite.kill()


@contextmanager
def open_sides(project: Project, request: PairedRequest, *, say: Callable[[str], None]) -> Iterator[Sides]:
    """Find both sides, check them out below the cache folder, build environments where asked; gone afterwards."""
    asked = request.base or Revision(project.config.against)
    place = find_workplace(project, asked, request.candidate, say=say)
    base, candidate = (_resolved(source, project, place.root) for source in (asked, request.candidate))
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="perfgate-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        origins = (open_origin(base, place, stack), open_origin(candidate, place, stack))
        sides = Sides(project, request, place.root, origins, folder)
        stack.callback(sides.close)
        yield sides


def _resolved(source: Source, project: Project, root: Path) -> Source:
    if source != Revision(MERGE_BASE):
        return source
    return Revision(revisions.fork_point(root, project.environ, project.config.target_branch))


def _versions_differ(base: Origin, candidate: Origin) -> tuple[str, ...]:
    if base.pytest == candidate.pytest:
        return ()
    return (f"the base ran under pytest {base.pytest}, the candidate under pytest {candidate.pytest}",)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
