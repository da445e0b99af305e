"""Benchmark.js: the lines that it prints, or its suite as JSON.

Seen: 2.1 as it writes both. A line is `NAME x 1,234 ops/sec ±0.5% (90 runs sampled)`, with a comma between thousands in
every locale; the number is 1 / mean, rounded. As JSON (`JSON.stringify(suite)`, or a list of `{ name, hz, stats }`)
`stats.sample` holds the seconds of an operation, one per cycle.
"""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers.importer import Importer, Settings
from pytest_perfgate.importers.result import Imported
from pytest_perfgate.importers.samples import LOCATION_PART, summary_sample
from pytest_perfgate.importers.source import Source
from pytest_perfgate.importers.uniform import Timed, refuse_repeated, uniform_samples
from pytest_perfgate.model import Sample
from pytest_perfgate.model.metric import THROUGHPUT_ELEMENTS

_LINE = re.compile(r"^(?P<name>.+) x (?P<hz>\S+) ops/sec \S+ \(\d+ runs? sampled\)\s*$", re.MULTILINE)
_MOST = 2**53  # operations per cycle: whole numbers beyond are damage
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})*(?:\.\d+)?|\d+(?:\.\d+)?")


class _Stats(Struct):
    mean: float = 0.0
    sample: list[float] = []


class _Benchmark(Struct):
    name: str
    stats: _Stats
    count: float = 1


def parse_benchmark_js(source: Source, _settings: Settings) -> tuple[Imported, ...]:
    """One Imported, of one process."""
    samples, how, failed = _from_lines(source), "mean", list[str]()
    if not samples and source.is_json():
        samples, how, failed = _from_json(source)
    return (
        Imported(
            tool="Benchmark.js",
            samples=tuple(samples),
            started_at=source.modified_at(),
            environment={LOCATION_PART: how},
            warnings=tuple(failed),
        ),
    )


def _from_json(source: Source) -> tuple[list[Sample], str, list[str]]:
    found = [source.typed(_Benchmark, content=one) for one in _entries(source.json())]
    timed = [
        Timed(one.name, one.stats.sample, {"mean": one.stats.mean}, iterations=round(min(one.count, _MOST)))
        for one in found
        if one.stats.sample
    ]
    failed = [f"'{one.name:.200}' has no sample (it threw?) and is left out" for one in found if not one.stats.sample]
    samples, how = uniform_samples(timed)
    return samples, how, failed


def _entries(content: Any) -> list[Any]:  # noqa: ANN401 - any JSON value
    """A suite is an array-like object: its benchmarks are the keys 0, 1, 2, ..."""
    if isinstance(content, dict):
        return [content[key] for key in content if key.isdecimal()]
    return content if isinstance(content, list) else []


def _from_lines(source: Source) -> list[Sample]:
    """What was measured is a rate, and stays one."""
    text = source.text()
    samples: list[Sample] = []
    for match in _LINE.finditer(text):
        if _NUMBER.fullmatch(match["hz"]) is None:
            place = f"line {text.count(chr(10), 0, match.start()) + 1}"
            raise ForeignFileError(source.name, f"'{match['hz']:.40}' is no number such as '1,234.5'", place=place)
        sample, _ = summary_sample(match["name"], THROUGHPUT_ELEMENTS, {"mean": float(match["hz"].replace(",", ""))})
        samples.append(sample)
    refuse_repeated([sample.benchmark for sample in samples])
    return samples


def _recognises(source: Source) -> bool:
    if source.is_folder:
        return False
    if _LINE.search(source.text()):  # first, since a name may begin with a bracket
        return True
    entries = _entries(source.json()) if source.is_json() else []
    return bool(entries) and all(
        isinstance(one, dict) and isinstance(one.get("stats"), dict) and {"rme", "sample"} <= one["stats"].keys()
        for one in entries
    )


IMPORTER = Importer(
    name="benchmarkjs",
    title="Benchmark.js, text or JSON",
    versions="2.1",
    reads="`stats.sample` of the JSON; of the text the lines with `ops/sec`",
    replicates="each file is one process; the text has one rounded number of each benchmark, not its values",
    unit="seconds per operation (JSON), operations per second (text)",
    lost="margins of error, `times`, `cycles`",
    recognises=_recognises,
    parse=parse_benchmark_js,
)
