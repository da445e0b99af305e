"""`cargo bench` with the test harness of Rust itself: its text, or its JSON lines.

Seen: rustc 1.95 as it writes both; older ones write no decimals. A line is
`test NAME ... bench:  1,234.56 ns/iter (+/- 56.78) = 12 MB/s`: the median of the samples, and their range, largest less
smallest. Criterion's `--output-format bencher` prints the same lines. MB/s is made of that median, cut to a whole
number of nanoseconds, and cut again; as JSON it is called `mib_per_second` and is the same number of 10^6 bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers.importer import Importer, Settings
from pytest_perfgate.importers.result import Imported
from pytest_perfgate.importers.samples import LOCATION_PART, summary_sample
from pytest_perfgate.importers.source import Source
from pytest_perfgate.importers.uniform import refuse_repeated
from pytest_perfgate.model import Benchmark, BenchmarkId
from pytest_perfgate.model.metric import EXECUTION_TIME

_LINE = re.compile(r"^test (?P<name>\S.*?)\s+\.\.\. bench:\s+(?P<ns>\S+) ns/iter \(\+/- (?P<range>\S+)\)(?P<rest>.*)$")
# On standard error, which says in which of several programs the next lines ran.
_PROGRAM = re.compile(r"^\s+Running (?:unittests )?(?P<source>\S+) \(\S+\)$")
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})*(?:\.\d+)?|\d+(?:\.\d+)?")
_MARK = '"bench"'


class _Message(Struct):
    type: str
    name: str = ""
    median: float = 0.0
    mib_per_second: float | None = None


class _Measured(Struct):
    name: str
    program: str
    ns: float
    rate: str


def parse_libtest(source: Source, _settings: Settings) -> tuple[Imported, ...]:
    """One Imported: a program runs each of its benchmarks once, one after the other."""
    found = list(_from_lines(source)) or list(_from_json(source))
    names = _unique_names(found)
    refuse_repeated(names)
    return (
        Imported(
            tool="libtest",
            samples=tuple(
                summary_sample(name, EXECUTION_TIME, {"median": one.ns * 1e-9})[0]
                for name, one in zip(names, found, strict=True)
            ),
            benchmarks={
                BenchmarkId(name): Benchmark(
                    BenchmarkId(name), file=one.program, extra_info={"rate": one.rate} if one.rate else {}
                )
                for name, one in zip(names, found, strict=True)
            },
            started_at=source.modified_at(),
            environment={LOCATION_PART: "median"},
        ),
    )


def _from_lines(source: Source) -> Iterator[_Measured]:
    program = ""
    for number, line in enumerate(source.text().split("\n"), start=1):
        running = _PROGRAM.match(line)
        program = running["source"][:200] if running else program
        match = _LINE.match(line)
        if match is None:
            continue
        if _NUMBER.fullmatch(match["ns"]) is None:
            problem = f"'{match['ns']:.40}' is no number such as '1,234.56'"
            raise ForeignFileError(source.name, problem, place=f"line {number}")
        rate = match["rest"].removeprefix(" = ").strip()
        yield _Measured(match["name"], program, float(match["ns"].replace(",", "")), rate[:40])


def _from_json(source: Source) -> Iterator[_Measured]:
    for _, content in source.json_lines(_MARK):
        message = source.typed(_Message, content=content)
        if message.type == "bench":
            rate = "" if message.mib_per_second is None else f"{message.mib_per_second:g} MB/s"
            yield _Measured(message.name, "", message.median, rate)


def _unique_names(found: Sequence[_Measured]) -> list[str]:
    """The name, and the program behind it where two have a benchmark of that name."""
    counts: dict[str, int] = {}
    for one in found:
        counts[one.name] = counts.get(one.name, 0) + 1
    return [f"{one.name} ({one.program})" if counts[one.name] > 1 and one.program else one.name for one in found]


def _recognises(source: Source) -> bool:
    if source.is_folder:
        return False
    text = source.text()
    if "ns/iter" in text and any(_LINE.match(line) for line in text.split("\n")):
        return True
    if _MARK not in text:
        return False
    return any(isinstance(one, dict) and one.get("type") == "bench" for _, one in source.json_lines(_MARK))


IMPORTER = Importer(
    name="libtest",
    title="rustc's libtest, `cargo bench`",
    versions="rustc 1.95; the older text without decimals",
    reads="lines `test ... bench:`, or the messages of `-Z unstable-options --format json`",
    replicates="each file is one process; it has the median of each benchmark, not its values",
    unit="nanoseconds per iteration, as seconds",
    lost="the range; MB/s, which is made of the median in whole numbers, is kept as a fact",
    recognises=_recognises,
    parse=parse_libtest,
)
