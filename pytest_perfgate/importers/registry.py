"""Every format that can be imported: ours in one list, other people's by entry point."""

from __future__ import annotations

import difflib
import importlib
import importlib.metadata
from collections.abc import Iterable, Iterator, Sequence

from pytest_perfgate.errors import CannotJudgeError, ConfigError, ForeignFileError
from pytest_perfgate.importers.importer import Importer
from pytest_perfgate.importers.source import Source

ENTRY_POINTS = "pytest_perfgate.importers"
AUTO = "auto"
# Modules of this package; each has an `IMPORTER`. The table in docs/formats.md has their order.
BUILT_IN = (
    "criterion",
    "pytest_benchmark",
    "pyperf",
    "asv",
    "hyperfine",
    "google_benchmark",
    "go_test",
    "jmh",
    "benchmarkdotnet",
    "catch2",
    "nanobench",
    "gungraun",
    "libtest",
    "vitest",
    "tinybench",
    "benchmark_js",
    "codspeed",
    "locust",
    "k6",
    "bmf",
    "github_action",
    "csv_file",
)


def built_in() -> tuple[Importer, ...]:
    """The importers of this package."""
    modules = (importlib.import_module(f"{__package__}.{name}") for name in BUILT_IN)
    return tuple(module.IMPORTER for module in modules)


class Registry:
    """All importers by name; `problems`: why an installed one can't be used, for a warning."""

    def __init__(self, importers: Iterable[Importer], problems: Iterable[str] = ()) -> None:
        self.importers = {importer.name: importer for importer in importers}
        self.problems = tuple(problems)

    def named(self, name: str) -> Importer:
        """The importer `name`; ConfigError with the nearest names."""
        if name in self.importers:
            return self.importers[name]
        close = difflib.get_close_matches(name, self.importers, n=1)
        hint = f" Did you mean '{close[0]}'?" if close else f" There are: {AUTO}, {', '.join(self.importers)}."
        raise ConfigError([f"There is no format '{name:.80}'.{hint}{self._broken()}"])

    def _broken(self) -> str:
        return "".join(f" {problem}" for problem in self.problems)

    def recognise(self, source: Source) -> Importer:
        """The one importer that knows what `source` holds; CannotJudgeError for none, or for more than one.

        What looks like damaged JSON to one may be a line of text to another: an error counts only if nobody knows it.
        """
        found: list[Importer] = []
        damage: list[ForeignFileError] = []
        for importer in self.importers.values():
            try:
                found += [importer] if importer.recognises(source) else []
            except ForeignFileError as error:
                damage.append(error)
        if len(found) == 1:
            return found[0]
        if found:
            names = " and ".join(f"'{importer.name}'" for importer in found)
            raise CannotJudgeError(
                f"'{source.name}' can be read as {names}; say which: 'perfgate import {found[0].name} {source.name}'."
            )
        if damage:
            raise damage[0]
        if source.is_folder and not source.files:
            raise ForeignFileError(source.name, "the folder is empty")
        if source.is_json():
            source.json()  # says where it is damaged, if that is why nobody knows it
        raise CannotJudgeError(
            f"'{source.name}' is in no format that is known; name the format, one of: {', '.join(self.importers)}."
            f"{self._broken()}"
        )


def all_importers() -> Registry:
    """Ours and the installed ones; an installed one that is broken is a problem, not the end."""
    problems: list[str] = []
    ours = built_in()
    return Registry([*ours, *_installed([importer.name for importer in ours], problems)], problems)


def _installed(taken: Sequence[str], problems: list[str]) -> Iterator[Importer]:
    names = {*taken, AUTO}
    for entry in importlib.metadata.entry_points(group=ENTRY_POINTS):
        problem = f"The installed importer '{entry.name}' ({entry.value}) can't be used: "
        try:
            importer = entry.load()
        except Exception as error:  # noqa: BLE001 - whatever a foreign module does when it is imported
            problems.append(f"{problem}{type(error).__name__}: {error}.")
            continue
        if not isinstance(importer, Importer):
            problems.append(f"{problem}it is no pytest_perfgate.importers.Importer.")
        elif importer.name in names:
            problems.append(f"{problem}the name '{importer.name}' is taken.")
        else:
            names.add(importer.name)
            yield importer
