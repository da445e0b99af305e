"""Catch2's XML reporter (`-r xml`), with the `BENCHMARK`s of its test cases.

Seen: 2.13.10 as it wrote it; 3.1 to 3.7 as others document it: the root is `Catch2TestRun` and names the version. A
result stands in its test case and sections. It has the mean with its interval, in nanoseconds, and no values. A
benchmark that throws has `failed` in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers.importer import Importer, Settings
from pytest_perfgate.importers.result import Imported
from pytest_perfgate.importers.samples import LOCATION_PART, summary_sample
from pytest_perfgate.importers.source import Source
from pytest_perfgate.importers.uniform import refuse_repeated
from pytest_perfgate.model import Benchmark, BenchmarkId
from pytest_perfgate.model.metric import EXECUTION_TIME

_ROOTS = {"Catch", "Catch2TestRun"}
_NAMED = {"TestCase", "Section"}
_DEEPEST = 200


def parse_catch2(source: Source, _settings: Settings) -> tuple[Imported, ...]:
    """One Imported, of one process; each benchmark is known by its mean."""
    root = _root(source)
    found = list(_results(root, source))
    failed = [name for name, result in found if result.find("failed") is not None]
    means = {name: _mean(name, result) for name, result in found if result.find("failed") is None}
    refuse_repeated([name for name, _ in found])
    if failed and not means:
        raise ValueError(f"every benchmark failed, such as '{failed[0]:.200}'")
    return (
        Imported(
            tool="catch2",
            tool_version=root.get("catch2-version", ""),
            samples=tuple(summary_sample(name, EXECUTION_TIME, {"mean": mean})[0] for name, mean in means.items()),
            benchmarks={
                BenchmarkId(name): Benchmark(BenchmarkId(name), group=name.partition("/")[0][:200]) for name in means
            },
            started_at=source.modified_at(),
            environment={LOCATION_PART: "mean"},
            warnings=tuple(f"'{name:.200}' failed and is left out" for name in failed),
        ),
    )


def _root(source: Source) -> ET.Element:
    text = source.text()
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ForeignFileError(source.name, "it declares entities, which Catch2 never does")
    try:
        root = ET.fromstring(text)  # noqa: S314 - no entities, and the size is limited
    except (ET.ParseError, ValueError, RecursionError) as error:
        line, column = getattr(error, "position", (0, 0))
        place = f"line {line}, column {column}" if line else ""
        raise ForeignFileError(source.name, f"no complete XML: {str(error).partition(':')[0]}", place=place) from error
    if root.tag not in _ROOTS:
        raise ForeignFileError(source.name, f"its root is '{root.tag:.80}', not one of Catch2's")
    return root


def _results(root: ET.Element, source: Source) -> Iterator[tuple[str, ET.Element]]:
    """Every benchmark with its path: test case, sections, its own name."""
    waiting: list[tuple[ET.Element, tuple[str, ...]]] = [(root, ())]
    while waiting:
        element, path = waiting.pop()
        if len(path) > _DEEPEST:
            raise ForeignFileError(source.name, "its sections are nested too deep")
        for child in reversed(element):
            below = (*path, child.get("name", "")) if child.tag in _NAMED else path
            waiting.append((child, below))
        if element.tag == "BenchmarkResults":
            yield "/".join((*path, element.get("name", ""))), element


def _mean(name: str, result: ET.Element) -> float:
    mean = result.find("mean")
    text = mean.get("value", "") if mean is not None else ""
    try:
        return float(text) * 1e-9
    except ValueError:
        raise ValueError(f"'{name:.200}' has the mean '{text:.40}', which is no number") from None


def _recognises(source: Source) -> bool:
    if source.is_folder:
        return False
    text = source.text()
    return ("<Catch2TestRun" in text or "<Catch " in text) and "<BenchmarkResults" in text


IMPORTER = Importer(
    name="catch2",
    title="Catch2 XML",
    versions="2.13.10; 3.1 to 3.7 as others document it",
    reads="`mean` of each `BenchmarkResults`, named by test case, sections and its own name",
    replicates="each file is one process; it has no values",
    unit="nanoseconds, as seconds",
    lost="interval, standard deviation, outliers; the tests",
    recognises=_recognises,
    parse=parse_catch2,
)
