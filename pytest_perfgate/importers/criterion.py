"""Criterion.rs: the folder that `cargo bench` fills, and what cargo-criterion writes.

Seen: a tree by 0.3.6 as it really is; 0.2, 0.3.2 and 0.4 to 0.8 after their sources (`src/analysis/mod.rs`,
`src/report.rs`, `src/lib.rs`). Criterion runs each benchmark once per `cargo bench`: its 100 samples are values of one
process, and several runs, into several folders or imported after each, are the replicates.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers import cargo_criterion, criterion_tree
from pytest_perfgate.importers.criterion_measured import samples_of, unique_names
from pytest_perfgate.importers.importer import Importer, Setting, Settings
from pytest_perfgate.importers.result import Imported
from pytest_perfgate.importers.samples import LOCATION_PART
from pytest_perfgate.importers.source import Source
from pytest_perfgate.model import Benchmark, BenchmarkId, Sample

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # the same module under its older name

_SETTINGS = (
    Setting("crate", "", "Put before every id; by default the package of the nearest Cargo.toml."),
    Setting("baseline", criterion_tree.NEW, "Read what '--save-baseline NAME' has kept instead of the newest results."),
    Setting("include_stale", False, "Also take results that the newest run did not write."),
    Setting("gap", 60, "Seconds between two results, beside their measuring, after which the earlier is stale."),
    Setting("units", (), "GLOB=UNIT: the unit of custom measurements, which Criterion does not store."),
    Setting("higher_is_better", (), "GLOB: custom measurements that are better when higher."),
)


def parse_criterion(source: Source, settings: Settings) -> tuple[Imported, ...]:
    """One Imported: a folder or a stream holds one run of each benchmark."""
    results = _read(source, settings)
    crate = settings["crate"] or _crate(source)
    samples: list[Sample] = []
    benchmarks: dict[BenchmarkId, Benchmark] = {}
    warnings = list(results.warnings)
    names = unique_names([(one.id, folder) for folder, one in results.measured.items()])
    for one, (unique, warning) in zip(results.measured.values(), names, strict=True):
        name = BenchmarkId(f"{crate}::{unique}" if crate else unique)
        found, problems = samples_of(one, name, settings)
        samples += found
        benchmarks[name] = Benchmark(id=name, group=one.group, extra_info=one.facts)
        warnings += [text for text in (warning, *problems) if text and text not in warnings]
    times = [one.finished_at for one in results.measured.values() if one.finished_at is not None]
    return (
        Imported(
            tool="Criterion.rs",
            tool_version=_version(source),
            samples=tuple(samples),
            benchmarks=benchmarks,
            started_at=min(times, default=None),
            environment={LOCATION_PART: _location(results.measured.values())},
            warnings=tuple(warnings),
        ),
    )


def _read(source: Source, settings: Settings) -> criterion_tree.Results:
    if not source.is_folder:
        if not cargo_criterion.is_stream(source):
            raise ForeignFileError(source.name, "it has no 'benchmark-complete' message of cargo-criterion")
        return cargo_criterion.read_stream(source)
    if not criterion_tree.is_tree(source) and cargo_criterion.is_data(source):
        return cargo_criterion.read_data(source)
    return criterion_tree.read_tree(source, settings)


def _location(measured: Any) -> str:  # noqa: ANN401 - a view of Measured
    return "median" if any(one.median is not None for one in measured) else ""


def _crate(source: Source) -> str:
    """The package of the nearest Cargo.toml; empty for a workspace without one."""
    package = _toml(source, "Cargo.toml").get("package")
    name = package.get("name") if isinstance(package, dict) else None
    return name if isinstance(name, str) else ""


def _version(source: Source) -> str:
    """Criterion's version by Cargo.lock: results of two versions are not comparable."""
    packages = _toml(source, "Cargo.lock").get("package")
    versions = [
        str(package.get("version"))
        for package in (packages if isinstance(packages, list) else [])
        if isinstance(package, dict) and package.get("name") == "criterion"
    ]
    return ", ".join(sorted(versions))


def _toml(source: Source, name: str) -> dict[str, Any]:
    text = source.nearest(name)
    try:
        return tomllib.loads(text) if text else {}
    except tomllib.TOMLDecodeError as error:
        raise ForeignFileError(name, f"not valid TOML: {error}") from error


def _recognises(source: Source) -> bool:
    if source.is_folder:
        return criterion_tree.is_tree(source) or cargo_criterion.is_data(source)
    return cargo_criterion.is_stream(source)


def _usual_places(environ: Mapping[str, str]) -> Sequence[str]:
    """As Criterion itself looks for its folder, without asking cargo."""
    target = environ.get("CARGO_TARGET_DIR")
    places = [environ.get("CRITERION_HOME"), f"{target}/criterion" if target else None, "target/criterion"]
    return [place for place in places if place]


IMPORTER = Importer(
    name="criterion",
    title="Criterion.rs, cargo-criterion",
    versions="0.3.6 as it is, 0.2 to 0.8 by their sources; cargo-criterion 1.0, 1.1",
    reads="`target/criterion`: `sample.json` (or `raw.csv`, or `estimates.json`), `benchmark.json`, `tukey.json`; "
    "`cargo criterion --message-format=json`; `target/criterion/data`",
    replicates="each folder is one process; its samples are the values",
    unit="nanoseconds over iterations, as seconds; bytes, bits and elements per second; a custom unit as it is",
    lost="`base/` and `change/`, confidence intervals, older measurements in `data/`",
    recognises=_recognises,
    parse=parse_criterion,
    settings=_SETTINGS,
    usual_places=_usual_places,
)
