"""Other tools' results: one file per format, each a pure `parse` from text to `Imported`.

The pattern, for a format that is added here or by another package:

1. `importers/<tool>.py` holds `parse_<tool>(source, settings) -> tuple[Imported, ...]`, `_recognises(source)` and the
   constant `IMPORTER`. The module opens no file: `source.text()`, `source.json()`, `source.typed(Struct)` read, and
   each error they raise names file and place. The module's docstring says which versions were seen, and where.
2. Add the module's name to `registry.BUILT_IN` (another package: an entry point of the group
   `pytest_perfgate.importers` whose object is the Importer). The registry makes the row of docs/formats.md.
3. A file's shape is a msgspec Struct with the keys that are needed, read by `source.typed`: a text where a number is
   needed, or a missing key, is then an error with its place. What else is wrong is a ValueError whose message names
   the benchmark in quotes; whoever calls `parse` adds the file's name.
4. Values are in base units and per iteration (`samples.metric_of` gives metric and factor for a unit; look up whether
   the tool has divided already). `samples.raw_sample` makes the Sample of one process from its raw values;
   `samples.summary_sample` makes it from a summary, and what it says goes into `environment[LOCATION_PART]`.
5. Replicates: `Sample.process` is a fresh process or fork, where the tool starts several; repetitions and iterations
   of one process are its `values`. Never make processes of what ran in one.
6. The benchmark's id holds everything that the tool tells apart: parameters, type arguments, file. Two results with
   the same id in one output are an error or values of one sample, never overwritten.
7. `recognises` looks at keys that only this tool writes, and does not raise for other formats; damaged JSON may raise.
   `python -m pytest tests/unit/importers` checks that each fixture is recognised by exactly one importer.
8. What has no canaries is compared by levels alone, and one process alone is inconclusive: nothing to do here.
9. Tests: `tests/unit/importers/test_<tool>.py`, and fixtures in `tests/fixtures/importers/<tool>/` (real outputs,
   short, with their version; what is generated after a published structure says so). A fixture is also fuzzed.
"""

from pytest_perfgate.importers.importer import Importer, Setting, Settings
from pytest_perfgate.importers.result import MACHINE_PARTS, Imported
from pytest_perfgate.importers.samples import LOCATION_PART, metric_of, raw_sample, summary_sample
from pytest_perfgate.importers.source import Source

__all__ = [
    "LOCATION_PART",
    "MACHINE_PARTS",
    "Imported",
    "Importer",
    "Setting",
    "Settings",
    "Source",
    "metric_of",
    "raw_sample",
    "summary_sample",
]
