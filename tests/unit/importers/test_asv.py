import copy
import json
from pathlib import Path

import pytest

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers import LOCATION_PART, Source
from pytest_perfgate.importers.asv import parse_asv
from pytest_perfgate.model import Direction

FOLDER = Path(__file__).parents[2] / "fixtures" / "importers" / "asv"
RESULT = "box/c6ee211e-existing-py_usr_bin_python3.json"


def files(name):
    return {
        path.relative_to(FOLDER / name).as_posix(): json.loads(path.read_text(encoding="utf-8"))
        for path in (FOLDER / name).rglob("*.json")
    }


SAMPLES, QUICK = files("0.6.6-samples"), files("0.6.6-quick")


def parse(content, **settings):
    return parse_asv(Source.of_files({name: json.dumps(one) for name, one in content.items()}), settings)


def changed(content, **keys):
    content = copy.deepcopy(content)
    content[RESULT].update(keys)
    return content


def sample(execution, name):
    return next(one for one in execution.samples if one.benchmark == name)


def column(content, name, column):
    file = content[RESULT]
    return file["results"][name][file["result_columns"].index(column)]


def test_recorded_samples_are_the_values_of_one_process():
    (found,) = parse(SAMPLES)
    values = column(SAMPLES, "b.TimeSort.time_sort", "samples")
    assert sample(found, "b.TimeSort.time_sort(10, 'list')").values == tuple(values[0])
    assert sample(found, "b.TimeSort.time_sort(100, 'list')").values == tuple(values[2])
    assert {one.process for one in found.samples} == {0}
    assert found.environment[LOCATION_PART] == ""


def test_the_last_parameter_changes_fastest_and_all_are_part_of_the_name():
    (found,) = parse(QUICK)
    results = column(QUICK, "b.TimeSort.time_sort", "result")
    quartiles = column(QUICK, "b.TimeSort.time_sort", "stats_q_25")
    assert sample(found, "b.TimeSort.time_sort(10, 'tuple')").location == quartiles[1]
    assert quartiles[1] == pytest.approx(results[1], rel=1e-3)


def test_what_was_skipped_or_failed_is_no_value():
    (found,) = parse(QUICK)
    names = {one.benchmark for one in found.samples}
    assert "b.TimeSort.time_sort(100, 'tuple')" not in names
    assert "b.time_broken" not in names
    (warning,) = found.warnings
    assert warning.startswith("'b.time_broken' failed")


def test_without_samples_the_lower_quartile_is_the_location_and_another_environment():
    (found,) = parse(QUICK)
    assert found.environment[LOCATION_PART] == "lower quartile"


def test_without_quartiles_the_median_is():
    content = copy.deepcopy(QUICK)
    for row in content[RESULT]["results"].values():
        del row[5:]
    (found,) = parse(content)
    assert found.environment[LOCATION_PART] == "median"
    assert sample(found, "b.time_join").location == column(QUICK, "b.time_join", "result")[0]


def test_memory_is_bytes_and_what_is_tracked_has_its_own_name():
    (found,) = parse(QUICK)
    metrics = {one.benchmark: (one.metric.name, one.metric.unit) for one in found.samples}
    assert metrics["b.peakmem_list"] == ("rss_peak", "B")
    assert metrics["b.mem_list"] == ("object_size", "B")
    assert metrics["b.TimeSort.track_len(10, 'list')"] == ("items", "1")


def test_what_is_tracked_is_better_when_lower_as_for_asv_itself_unless_it_is_set():
    (found,) = parse(QUICK)
    assert sample(found, "b.TimeSort.track_len(10, 'list')").metric.direction is Direction.LOWER_IS_BETTER
    (found,) = parse(QUICK, higher_is_better=("*.track_len",))
    metric = sample(found, "b.TimeSort.track_len(10, 'list')").metric
    assert (metric.name, metric.direction) == ("items_higher", Direction.HIGHER_IS_BETTER)


def test_a_file_alone_knows_its_units_by_the_prefix():
    (found,) = parse_asv(Source.of_text(json.dumps(QUICK[RESULT])), {})
    assert sample(found, "b.time_join").metric.unit == "s"
    assert sample(found, "b.mem_list").metric.name == "object_size"
    assert sample(found, "b.TimeSort.track_len(10, 'list')").metric.name == "value"


def test_a_file_of_the_folder_finds_the_benchmarks_above_it():
    source = Source.of_files(
        {"": json.dumps(QUICK[RESULT])},
        nearest=lambda name: json.dumps(QUICK["benchmarks.json"]) if name == "benchmarks.json" else None,
    )
    (found,) = parse_asv(source, {})
    assert sample(found, "b.TimeSort.track_len(10, 'list')").metric.name == "items"


def test_commit_machine_and_time_are_the_files_own():
    (found,) = parse(QUICK)
    assert found.commit.revision == "c6ee211e137e034ecf7902c4c52c6bb5626ac43f"
    assert found.environment["cpu"] == "AMD EPYC"
    assert found.environment["asv environment"] == "existing-py_usr_bin_python3"
    assert found.started_at.timestamp() == pytest.approx(1795592867.276)


def test_each_file_is_a_run_of_the_history():
    other = copy.deepcopy(QUICK[RESULT])
    other["commit_hash"] = "a" * 40
    found = parse({**QUICK, "box/aaaaaaaa-existing-py_usr_bin_python3.json": other})
    assert {one.commit.revision[:8] for one in found} == {"aaaaaaaa", "c6ee211e"}


@pytest.mark.parametrize("version", [1, 3, None, "2"])
def test_another_format_is_refused_with_the_remedy(version):
    with pytest.raises(ForeignFileError, match="'asv update' writes it"):
        parse(changed(QUICK, version=version))


def test_more_results_than_combinations_are_refused():
    content = copy.deepcopy(QUICK)
    content[RESULT]["results"]["b.time_join"][0] = [1.0, 2.0]
    with pytest.raises(ValueError, match="'b.time_join' has 2 results for 1 combinations"):
        parse(content)


def test_a_product_of_parameters_without_end_is_refused():
    content = copy.deepcopy(QUICK)
    content[RESULT]["results"]["b.time_join"][1] = [["1"] * 1000] * 4
    with pytest.raises(ValueError, match="more than a million combinations"):
        parse(content)
