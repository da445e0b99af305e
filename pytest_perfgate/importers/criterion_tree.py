"""Criterion's own output folder, `target/criterion`: which results are in it, and which of them count.

    GROUP/FUNCTION/VALUE/new/     sample.json, tukey.json, estimates.json, raw.csv, and last benchmark.json
                        /base/    a copy of new/, made at the end of every plain `cargo bench`
                        /NAME/    the same for `--save-baseline NAME`, which leaves base/ alone
                        /change/  fractions by which new/ differs from base/
                        /report/  pages and pictures

Comparing new/ with base/ therefore says "no change" after every plain run, whatever changed: neither base/ nor
change/ is ever read, unless base/ is asked for by name. Folder names are cut at 64 bytes and freed of what file systems
do not take, so identity comes from the files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise

from msgspec import Struct

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers.criterion_files import read_measured
from pytest_perfgate.importers.criterion_measured import Measured
from pytest_perfgate.importers.importer import Settings
from pytest_perfgate.importers.source import Source

NEW = "new"
_OWN_FOLDERS = {"change", "report"}
_SAMPLE, _BENCHMARK, _ESTIMATES, _RAW = "sample.json", "benchmark.json", "estimates.json", "raw.csv"
# benchmark.json is written after sample.json. Where it is older by more than copying could explain, it is that of the
# run before: the newest one was interrupted in between.
_INTERRUPTED = timedelta(seconds=5)
_SHOWN = 3


class Results(Struct, frozen=True):
    """What counts of a tree, by folder, and what was left out and why."""

    measured: dict[str, Measured]
    warnings: tuple[str, ...]


def is_tree(source: Source) -> bool:
    """Whether a folder is Criterion's: some folder in it has the files that only Criterion writes together."""
    return any(
        f"{path.removesuffix(_ESTIMATES)}{name}" in source.files
        for path in source.files
        if path.endswith(f"/{_ESTIMATES}")
        for name in (_SAMPLE, _BENCHMARK, "tukey.json")
    )


def read_tree(source: Source, settings: Settings) -> Results:
    """The results that count; ForeignFileError where there are none."""
    baseline = settings["baseline"]
    folders = sorted(_folders(source, baseline))
    if not folders:
        raise ForeignFileError(source.name, _nothing(source, baseline))
    whole, partial = _without_partial(source, folders, baseline)
    measured = {folder: read_measured(source, f"{folder}/{baseline}") for folder in whole}
    measured, stale = _without_stale(measured, settings) if baseline == NEW else (measured, [])
    warnings = [
        *_warning(partial, "only partly written (an interrupted run, or a cache that kept folders without files)"),
        *_warning(stale, "of an older run than the newest (removed, or not selected); --include-stale takes them in"),
        *_warning(_cut(measured), "kept in a folder whose name was cut, which another one may have overwritten"),
    ]
    return Results(measured, tuple(warnings))


def _folders(source: Source, baseline: str) -> set[str]:
    """Folders of benchmarks that have something under the name `baseline`."""
    endings = tuple(f"/{baseline}/{name}" for name in (_SAMPLE, _BENCHMARK, _ESTIMATES, _RAW))
    return {path.rsplit("/", 2)[0] for path in source.files if path.endswith(endings)}


def _nothing(source: Source, baseline: str) -> str:
    names = {path.split("/")[-2] for path in source.files if path.endswith(f"/{_ESTIMATES}")}
    there = ", ".join(f"'{name}'" for name in sorted(names - _OWN_FOLDERS)) or "none"
    return f"no benchmark in it has results named '{baseline}'; '--set baseline=NAME' takes others, here: {there}"


def _without_partial(source: Source, folders: Sequence[str], baseline: str) -> tuple[list[str], list[str]]:
    """Folders that hold a whole result, and the others."""
    # The first versions knew no benchmark.json: raw.csv and the folder's name tell what it is.
    has_ids = any(f"{folder}/{baseline}/{_BENCHMARK}" in source.files for folder in folders)
    whole = [folder for folder in folders if _is_whole(source, f"{folder}/{baseline}", has_ids=has_ids)]
    with_samples = [folder for folder in whole if _has_values(source, f"{folder}/{baseline}")]
    # A tree without any samples (some tools keep only estimates) is read by its medians; never both in one.
    kept = with_samples or whole
    return kept, [folder for folder in folders if folder not in set(kept)]


def _is_whole(source: Source, place: str, *, has_ids: bool) -> bool:
    if not has_ids:
        return f"{place}/{_ESTIMATES}" in source.files
    files = source.files
    if f"{place}/{_BENCHMARK}" not in files:
        return False
    if not (_has_values(source, place) or f"{place}/{_ESTIMATES}" in files):
        return False
    written, named = source.modified_at(f"{place}/{_SAMPLE}"), source.modified_at(f"{place}/{_BENCHMARK}")
    return written is None or named is None or written - named <= _INTERRUPTED


def _has_values(source: Source, place: str) -> bool:
    return f"{place}/{_SAMPLE}" in source.files or f"{place}/{_RAW}" in source.files


def _without_stale(measured: dict[str, Measured], settings: Settings) -> tuple[dict[str, Measured], list[str]]:
    """Results of the newest run, and the folders of older ones.

    One run writes one result after the other. Going back from the newest, a pause that is longer than the later
    result took to measure, twice, and `gap` seconds is the beginning of the newest run.
    """
    if settings["include_stale"]:
        return measured, []
    dated = [(one.finished_at, folder) for folder, one in measured.items() if one.finished_at is not None]
    dated.sort(reverse=True)
    for (later, folder), (earlier, _) in pairwise(dated):
        pause = (later - earlier).total_seconds()
        if pause > settings["gap"] + 2 * measured[folder].duration_s:
            stale = [name for time, name in dated if time <= earlier]
            return {name: one for name, one in measured.items() if name not in set(stale)}, stale
    return measured, []


def _cut(measured: dict[str, Measured]) -> list[str]:
    """Folders whose name is shorter than the id that it is made of: replaced letters keep its length."""
    return [folder for folder, one in measured.items() if len(one.id.encode()) > len(folder.encode())]


def _warning(folders: Sequence[str], why: str) -> Iterator[str]:
    if folders:
        named = ", ".join(f"'{folder:.120}'" for folder in folders[:_SHOWN])
        more = f" and {len(folders) - _SHOWN} more" if len(folders) > _SHOWN else ""
        are = "is" if len(folders) == 1 else "are"
        yield f"{len(folders)} result{'s' * (len(folders) > 1)} {are} {why}: {named}{more}"
