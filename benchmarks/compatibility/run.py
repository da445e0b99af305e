"""Public pytest-benchmark suites, run by pytest-benchmark alone and by the gate: does every test end the same?

Each suite comes from its project's source distribution, the package itself as a user installs it, all in an
environment of its own in a temporary folder. The projects' own pytest settings stay, but for the options of plugins
that their suites do not need. A suite counts as compatible when every test ends alike under pytest-benchmark, three
`--perfgate-record` and one `--perfgate`, and the gate ends in a verdict.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))
from results import write

ROOT = Path(__file__).parents[2]
# A few calls per benchmark: what is asked is how tests end, not how fast they are.
BRIEF = ["--benchmark-max-time=0.05", "--benchmark-min-rounds=2"]
BRIEF_GATE = {"PERFGATE_PROCESSES": "2", "PERFGATE_MAX_TIME": "0.05", "PERFGATE_MAX_LOOKS": "2"}


class Suite(NamedTuple):
    """A project's source distribution, where its suite is, and what the suite needs beside the project."""

    project: str
    version: str
    tests: tuple[str, ...]
    needs: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


COVERAGE_AND_XDIST = ("-o", "addopts=--doctest-modules --showlocals")
# Without the files that build whole applications for minutes.
PYDANTIC = ("attribute_access", "discriminated_unions", "isinstance", "json_escapes", "model_eq")
PYDANTIC += ("model_extra_validation", "model_serialization", "model_validation", "regex", "validators_build")
SUITES = [
    Suite(
        "cattrs", "26.2.1", ("bench",), ("attrs", "pyyaml", "ujson", "orjson", "msgspec", "cbor2", "bson", "tomlkit")
    ),
    Suite("fastjsonschema", "2.22.3", ("tests/benchmarks",), ("colorama",)),
    Suite(
        "multidict",
        "7.2.1",
        ("tests/test_views_benchmarks.py",),
        (),
        COVERAGE_AND_XDIST,
    ),
    Suite("propcache", "0.5.4", ("tests/test_benchmarks.py",), (), COVERAGE_AND_XDIST),
    Suite(
        "pydantic",
        "2.14.4",
        tuple(f"tests/benchmarks/test_{name}.py" for name in PYDANTIC),
        ("dirty-equals", "jsonschema", "pytest-run-parallel"),  # its mark is named in conftest.py
        ("--benchmark-enable",),
    ),
    Suite("python-rapidjson", "1.25", ("benchmarks",), ("simplejson", "ujson", "pytz")),
    Suite(
        "yarl",
        "1.25.1",
        ("tests/test_query_benchmarks.py", "tests/test_quoting_benchmarks.py", "tests/test_url_benchmarks.py"),
        (),
        COVERAGE_AND_XDIST,
    ),
]
EXPLANATION = (
    "The second column counts how tests end under pytest-benchmark alone, the third compares every test of the four "
    "other runs with that. The last column counts the gate's rows by verdict; one benchmark may have several. "
    "Unchanged code on a shared machine."
)
# Some suites import CodSpeed's plugin, for the name of its fixture's type alone.
STAND_IN = "from pytest_benchmark.fixture import BenchmarkFixture\n"


def call(*command: str | Path, folder: Path | None = None) -> None:
    done = subprocess.run([str(part) for part in command], cwd=folder, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")


def prepare(suite: Suite, folder: Path) -> tuple[Path, Path]:
    """The folder of the environment's programs, and the unpacked source distribution."""
    environment = folder / "environment"
    call(sys.executable, "-m", "uv", "venv", "--quiet", "--seed", "--python", sys.executable, environment)
    programs = environment / ("Scripts" if os.name == "nt" else "bin")
    pinned = f"{suite.project}=={suite.version}"
    python = programs / "python"
    call(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", python, ROOT, pinned, *suite.needs)
    call(
        python, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", suite.project, "--dest", folder, pinned
    )
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        file.extractall(folder, filter="data")
    root = archive.with_name(archive.name.removesuffix(".tar.gz"))
    (packages,) = environment.glob("**/site-packages")
    (packages / "pytest_codspeed.py").write_text(STAND_IN, encoding="utf-8")
    return programs, root


class Ending(NamedTuple):
    """How a pytest run ended: test -> outcome, exit code, wall time, last words."""

    tests: dict[str, str]
    code: int
    seconds: float
    output: str

    @property
    def counts(self) -> str:
        counted = Counter(self.tests.values())
        return ", ".join(f"{counted[outcome]} {outcome}" for outcome in sorted(counted)) or "nothing"


def run(suite: Suite, programs: Path, root: Path, *options: str) -> Ending:
    junit = root / "junit.xml"
    junit.unlink(missing_ok=True)
    command = [programs / "pytest", *suite.tests, *BRIEF, *suite.options, f"--junitxml={junit}", *options]
    began = time.perf_counter()
    environ = {**os.environ, **BRIEF_GATE}
    done = subprocess.run(command, cwd=root, env=environ, check=False, capture_output=True, text=True)
    seconds = time.perf_counter() - began
    tests = {}
    for case in ET.parse(junit).iter("testcase") if junit.exists() else ():
        outcome = next((child.tag for child in case if child.tag in {"failure", "error", "skipped"}), "passed")
        tests[f"{case.get('classname')}::{case.get('name')}"] = outcome
    return Ending(tests, done.returncode, seconds, done.stdout[-3000:] + done.stderr[-1000:])


def row(suite: Suite, folder: Path) -> str:
    programs, root = prepare(suite, folder)
    store = f"--perfgate-baseline={folder / 'baselines'}"
    report = folder / "report.json"
    runs = {
        "pytest-benchmark": ["-p", "no:perfgate"],
        **{f"record {number}": ["--perfgate-record", store] for number in (1, 2, 3)},
        "gate": ["--perfgate", store, f"--perfgate-report={report}"],
    }
    endings = {}
    for name, options in runs.items():
        ending = endings[name] = run(suite, programs, root, *options)
        print(f"{suite.project} {name}: {ending.counts}, exit code {ending.code}, {ending.seconds:.0f} s", flush=True)
        if ending.code not in {0, 1} or ending.tests != endings["pytest-benchmark"].tests:
            print(ending.output, flush=True)
    plain, *recorded, gated = endings.values()
    facts = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
    different = {
        f"{name} {test}"
        for name, ending in endings.items()
        for test in plain.tests.keys() | ending.tests.keys()
        if plain.tests.get(test) != ending.tests.get(test)
    }
    if different:
        print(*sorted(different)[:20], sep="\n", flush=True)
    counted = Counter(judgement["verdict"] for judgement in facts.get("judgements", ()))
    verdicts = ", ".join(f"{counted[verdict]} {verdict}" for verdict in sorted(counted)) or "none"
    cells = [
        f"{suite.project} {suite.version}",
        plain.counts,
        "the same" if not different else f"{len(different)} different",
        ", ".join(str(ending.code) for ending in recorded),
        f"{gated.code} ({facts.get('outcome', 'no report')})",
        verdicts,
    ]
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    wanted = set(sys.argv[1:])
    rows = []
    for suite in SUITES:
        if not wanted or suite.project in wanted:
            folder = Path(tempfile.mkdtemp(prefix="compatibility-"))
            try:
                rows.append(row(suite, folder))
            finally:
                shutil.rmtree(folder)
    body = "\n".join(
        [
            "| project | pytest-benchmark alone | with the gate, 4 runs | exit codes of 3 records | of the gate | rows |",
            "| --- | --- | --- | --- | --- | --- |",
            *rows,
            "",
            EXPLANATION,
        ]
    )
    write(__file__, "Public suites, with and without the gate", body)


main()
