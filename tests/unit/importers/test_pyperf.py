import copy
import json
from pathlib import Path

import pytest

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers import Source
from pytest_perfgate.importers.pyperf import parse_pyperf
from pytest_perfgate.model.metric import EXECUTION_TIME

FOLDER = Path(__file__).parents[2] / "fixtures" / "importers" / "pyperf"
SUITE = json.loads((FOLDER / "2.10.json").read_text(encoding="utf-8"))
MEMORY = json.loads((FOLDER / "2.10-memory.json").read_text(encoding="utf-8"))


def parse(content):
    (execution,) = parse_pyperf(Source.of_text(json.dumps(content)), {})
    return execution


def test_each_run_with_values_is_a_process_and_calibrations_and_warmups_are_none():
    runs = SUITE["benchmarks"][0]["runs"]
    assert "values" not in runs[0]
    samples = [sample for sample in parse(SUITE).samples if sample.benchmark == "sort"]
    assert [sample.values for sample in samples] == [tuple(run["values"]) for run in runs[1:]]
    assert [sample.process for sample in samples] == [0, 1, 2]
    assert {sample.metric for sample in samples} == {EXECUTION_TIME}


def test_values_are_divided_by_the_loops_already():
    sample = parse(SUITE).samples[0]
    assert sample.iterations == SUITE["benchmarks"][0]["metadata"]["loops"]
    assert min(sample.values) <= sample.location <= max(sample.values)


def test_the_same_as_pyperf_itself_reads(tmp_path):
    import pyperf

    path = tmp_path / "suite.json"
    path.write_text(json.dumps(SUITE))
    theirs = {one.get_name(): one.get_values() for one in pyperf.BenchmarkSuite.load(str(path)).get_benchmarks()}
    ours: dict[str, tuple[float, ...]] = {}
    for sample in parse(SUITE).samples:
        ours[sample.benchmark] = ours.get(sample.benchmark, ()) + sample.values
    assert ours == theirs


def test_a_name_that_all_share_stands_at_the_top():
    assert "metadata" not in MEMORY["benchmarks"][0] or "name" not in MEMORY["benchmarks"][0]["metadata"]
    assert {sample.benchmark for sample in parse(MEMORY).samples} == {"mem"}


def test_bytes_are_memory_and_no_time():
    metric = parse(MEMORY).samples[0].metric
    assert (metric.name, metric.unit) == ("memory", "B")


def test_machine_python_and_time_are_the_files_own():
    found = parse(SUITE)
    assert found.environment == {"cpu": "AMD EPYC", "cores": "2", "os": "Linux", "python": "cpython 3.11.7 (64-bit)"}
    assert found.tool_version == "2.10.0"
    assert found.started_at.isoformat() == "2026-11-25T07:47:14.336511+00:00"


@pytest.mark.parametrize("version", ["0.9", 6, None])
def test_another_format_is_refused_with_the_remedy(version):
    with pytest.raises(ForeignFileError, match="'pyperf convert' writes it"):
        parse({**SUITE, "version": version})


def test_a_benchmark_of_calibrations_only_is_refused():
    content = copy.deepcopy(SUITE)
    content["benchmarks"][0]["runs"] = content["benchmarks"][0]["runs"][:1]
    with pytest.raises(ValueError, match="'sort' has no values, only calibrations"):
        parse(content)


def test_the_same_name_twice_is_refused():
    with pytest.raises(ValueError, match="'sort' stands in it twice"):
        parse({**SUITE, "benchmarks": SUITE["benchmarks"][:1] * 2})


def test_an_unknown_unit_is_refused():
    content = copy.deepcopy(SUITE)
    content["metadata"]["unit"] = "parsec"
    with pytest.raises(ValueError, match="'sort' has the unit 'parsec'; there are: second, byte, integer"):
        parse(content)
