import json
from pathlib import Path

import pytest

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers import LOCATION_PART, Source
from pytest_perfgate.importers.codspeed import parse_codspeed

FILE = Path(__file__).parents[2] / "fixtures" / "importers" / "codspeed" / "pytest-codspeed-5.0.4.json"
CONTENT = json.loads(FILE.read_text(encoding="utf-8"))


def parse(content):
    return parse_codspeed(Source.of_text(json.dumps(content)), {})


def test_the_lower_quartile_is_the_location_and_is_per_iteration_already():
    (execution,) = parse(CONTENT)
    stats = CONTENT["benchmarks"][0]["stats"]
    assert execution.samples[0].location == pytest.approx(stats["q1_ns"] * 1e-9)
    assert execution.environment[LOCATION_PART] == "lower quartile"
    # All in nanoseconds but the total, which shows that they are per iteration.
    total = stats["mean_ns"] * 1e-9 * stats["rounds"] * stats["iter_per_round"]
    assert stats["total_time"] == pytest.approx(total, rel=1e-3)


def test_file_and_parameters_are_part_of_the_name():
    (execution,) = parse(CONTENT)
    names = [s.benchmark for s in execution.samples]
    assert names[:3] == ["test_x.py::test_mark", "test_x.py::test_sort[10]", "test_x.py::test_sort[1000]"]
    assert (execution.tool, execution.tool_version) == ("pytest-codspeed", "5.0.4")


@pytest.mark.parametrize("folder", ["/home/user/shop/tests", "C:\\shop\\tests"])
def test_the_path_of_one_machine_is_not_part_of_the_name(folder):
    separator = "\\" if "\\" in folder else "/"
    entry = {**CONTENT["benchmarks"][1], "uri": f"{folder}{separator}test_x.py::test_sort[a/b]"}
    (execution,) = parse({**CONTENT, "benchmarks": [entry]})
    assert [s.benchmark for s in execution.samples] == ["test_x.py::test_sort[a/b]"]


def test_a_folder_has_a_process_per_file():
    text = json.dumps(CONTENT)
    assert len(parse_codspeed(Source.of_files({"results_1.json": text, "results_2.json": text}), {})) == 2


def test_another_instrument_has_no_times_and_is_refused():
    with pytest.raises(ForeignFileError, match=r"\$.instrument.type: its instrument is 'simulation'"):
        parse({**CONTENT, "instrument": {"type": "simulation"}})
