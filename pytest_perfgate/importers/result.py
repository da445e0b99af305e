"""What every `parse_*` returns: one execution of a foreign tool, before it is a Run."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct, field

from pytest_perfgate.model import Benchmark, BenchmarkId, Commit, Sample

# Keys of `Imported.environment` that describe the machine: a file that tells one of them was perhaps measured on
# another machine than this, so that nothing of this machine may be taken for it.
MACHINE_PARTS = frozenset({"cpu", "cores", "os", "architecture"})


class Imported(Struct, frozen=True):
    """One execution of a foreign tool, as its output tells it.

    `tool`, `tool_version`: parts of the environment, so that runs of another tool, or of pytest, are never
    compared with these. `samples`: `process` counts the replicates of this output from 0: processes or forks
    where the tool starts several, else the whole output is one, however many repetitions and iterations it holds;
    those are the sample's `values`. `benchmarks`: facts of the benchmarks, where the output has any.
    `started_at`: None takes the time at which the file was written. `environment`: parts that split environments
    (compiler, options, and the machine by MACHINE_PARTS); a machine part that is missing is this machine's, unless
    one is told. `facts`: worth knowing, do not split. `commit`: None takes what is checked out.
    """

    tool: str
    samples: tuple[Sample, ...]
    tool_version: str = ""
    benchmarks: dict[BenchmarkId, Benchmark] = field(default_factory=dict)
    started_at: datetime | None = None
    environment: dict[str, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    commit: Commit | None = None
    warnings: tuple[str, ...] = ()
