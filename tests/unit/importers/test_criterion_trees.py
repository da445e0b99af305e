"""Criterion's folder, and every trap in it."""

import json
import os
import sys

import pytest
from criterion_trees import cbor, counts, data_record, folder_of, message, result, totals, write

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers import LOCATION_PART, Source
from pytest_perfgate.importers.cbor import decode_cbor
from pytest_perfgate.importers.criterion import IMPORTER
from pytest_perfgate.importers.files import open_source
from pytest_perfgate.importers.importer import effective_settings
from pytest_perfgate.model import Direction
from pytest_perfgate.model.metric import EXECUTION_TIME, THROUGHPUT_BYTES, THROUGHPUT_ELEMENTS
from pytest_perfgate.stats.location import location

NOON = 1_772_366_400


def parse(source, **settings):
    if isinstance(source, dict):
        source = Source.of_files(source)
    elif isinstance(source, str):
        source = Source.of_text(source)
    (execution,) = IMPORTER.parse(source, effective_settings(IMPORTER, settings, {}))
    return execution


def times(execution):
    return {s.benchmark: s.location for s in execution.samples if s.metric == EXECUTION_TIME}


@pytest.mark.parametrize("mode", ["Linear", "Flat"])
def test_times_are_totals_for_their_iterations(mode):
    (sample,) = parse(result("sort", ns=250.0, mode=mode)).samples
    iterations = counts(mode)
    per_iteration = [t * 1e-9 / n for t, n in zip(totals(250.0, iterations), iterations, strict=True)]
    assert sample.values == pytest.approx(per_iteration)
    assert sample.location == pytest.approx(location(per_iteration))
    assert sample.location == pytest.approx(250e-9, rel=0.01)
    assert sample.process == 0


@pytest.mark.parametrize("version", ["0.2", "0.3.2", "0.3.6", "0.4", "0.5", "0.6", "0.7", "0.8"])
def test_every_versions_tree_says_the_same(version):
    files = {
        **result("a", "f", "1", ns=100, version=version),
        **result("b", ns=2e6, mode="Flat" if version > "0.3.3" else "Linear", version=version),
    }
    assert times(parse(files)) == pytest.approx({"a/f/1": 1e-7, "b": 2e-3}, rel=0.01)


@pytest.mark.parametrize("version", ["0.2", "0.5"])
def test_without_samples_the_median_is_read_in_both_spellings(version):
    files = {
        path: text
        for path, text in result("a", ns=100, version=version, mode="Flat").items()
        if path.endswith(("estimates.json", "benchmark.json"))
    }
    execution = parse(files)
    assert times(execution) == pytest.approx({"a": 102e-9}, rel=0.01)
    assert execution.environment[LOCATION_PART] == "median"


def test_raw_csv_stands_in_for_a_missing_sample():
    files = result("a, b", "f", ns=100, version="0.3.6")
    del files["a, b/f/new/sample.json"]
    assert times(parse(files)) == pytest.approx({"a, b/f": 1e-7}, rel=0.01)


def test_a_first_versions_tree_without_benchmark_json_is_named_by_raw_csv():
    files = result("a/b", "f", ns=100, version="0.2")
    del files["a_b/f/new/benchmark.json"]
    assert set(times(parse(files))) == {"a/b/f"}


@pytest.mark.parametrize(
    ("throughput", "expected"),
    [
        ({"Bytes": 1000}, {THROUGHPUT_BYTES: 1e10}),
        ({"BytesDecimal": 1000}, {THROUGHPUT_BYTES: 1e10}),
        ({"Bits": 8000}, {THROUGHPUT_BYTES: 1e10}),
        ({"Elements": 5}, {THROUGHPUT_ELEMENTS: 5e7}),
        ({"ElementsAndBytes": {"elements": 5, "bytes": 1000}}, {THROUGHPUT_ELEMENTS: 5e7, THROUGHPUT_BYTES: 1e10}),
        (None, {}),
        ([], {}),
        ({"Bytes": 0}, {}),
    ],
)
def test_every_throughput_is_a_rate_that_is_better_when_higher(throughput, expected):
    execution = parse(result("a", ns=100.0, throughput=throughput))
    found = {s.metric: s.location for s in execution.samples if s.metric != EXECUTION_TIME}
    assert found == pytest.approx(expected, rel=0.01)
    assert all(metric.direction is Direction.HIGHER_IS_BETTER for metric in found)


def test_an_unknown_throughput_is_left_out_and_said():
    execution = parse(result("a", throughput={"Furlongs": 3}))
    assert len(execution.samples) == 1
    assert "furlongs" in execution.warnings[0]


def test_a_custom_measurement_is_what_raw_csv_says():
    execution = parse(result("a", ns=700, unit="cycles", version="0.3.6", throughput={"Elements": 3}))
    (sample,) = execution.samples
    assert (sample.metric.name, sample.metric.unit) == ("cycles", "cycles")
    assert sample.location == pytest.approx(700, rel=0.01)


def test_a_custom_measurement_without_a_unit_is_unitless_and_said():
    execution = parse(result("a", ns=700, unit="", version="0.3.6"))
    (sample,) = execution.samples
    assert sample.metric.unit == "1"
    assert "'a' was measured by a measurement of its own that tells no unit" in execution.warnings[0]


def test_units_that_criterion_does_not_store_come_from_the_configuration():
    files = {**result("cycles/x", ns=700), **result("wall", ns=100)}
    execution = parse(files, units=["cycles/*=instructions"], higher_is_better=["cycles/*"])
    by_name = {s.benchmark: s for s in execution.samples}
    assert by_name["cycles/x"].metric.unit == "instructions"
    assert by_name["cycles/x"].metric.direction is Direction.HIGHER_IS_BETTER
    assert by_name["wall"].metric == EXECUTION_TIME
    with pytest.raises(ValueError, match="GLOB=UNIT"):
        parse(files, units=["instructions"])


LONG = "ein sehr langer Name mit Ümläuten und 🚀, " * 8


@pytest.mark.parametrize("name", ["plain", "with/slash", "ünï¢ödé 🚀", LONG[:300], 'a?"b\\c*d<e>f:g|h^i', " spaces "])
def test_the_id_inside_the_file_is_the_name_not_the_folder(name, tmp_path):
    write(tmp_path, result(name, "f"))
    execution = parse(open_source(str(tmp_path)))
    assert set(times(execution)) == {f"{name}/f"}
    assert execution.benchmarks[f"{name}/f"].group == name


def test_two_benchmarks_whose_names_are_cut_alike_are_told_apart():
    first, second = LONG[:200] + "1", LONG[:200] + "2"
    files = {**result(first, ns=100), **result(second, ns=300, folder=f"{folder_of(second)}_2")}
    execution = parse(files)
    assert sorted(times(execution).values()) == pytest.approx([1e-7, 3e-7], rel=0.01)
    assert "2 results are kept in a folder whose name was cut" in execution.warnings[0]


def test_two_benchmarks_with_one_id_get_their_folders_names():
    execution = parse({**result("a/b", ns=100), **result("a", "b", ns=300)})
    assert times(execution) == pytest.approx({"a/b (a_b)": 1e-7, "a/b (a/b)": 3e-7}, rel=0.01)
    assert "'a/b' is the id of 2 benchmarks" in execution.warnings[0]


def test_base_is_never_read_unless_it_is_asked_for():
    files = {**result("a", ns=200), **result("a", ns=100, place="base")}
    assert times(parse(files)) == pytest.approx({"a": 2e-7}, rel=0.01)
    assert times(parse(files, baseline="base")) == pytest.approx({"a": 1e-7}, rel=0.01)


def test_a_saved_baseline_leaves_no_base_and_is_read_by_name():
    files = {**result("a", ns=200), **result("a", ns=100, place="main")}
    assert times(parse(files, baseline="main")) == pytest.approx({"a": 1e-7}, rel=0.01)
    with pytest.raises(ForeignFileError, match=r"results named 'base'.*here: 'main', 'new'"):
        parse(files, baseline="base")


def test_change_holds_fractions_and_is_not_read():
    files = result("a", ns=200)
    files["a/change/estimates.json"] = json.dumps({"mean": {"point_estimate": 0.5}, "median": {"point_estimate": 0.5}})
    execution = parse(files)
    assert times(execution) == pytest.approx({"a": 2e-7}, rel=0.01)
    assert len(execution.samples) == 1


def test_an_interrupted_run_leaves_a_folder_without_benchmark_json():
    files = {**result("a"), **result("b")}
    del files["b/new/benchmark.json"]
    execution = parse(files)
    assert set(times(execution)) == {"a"}
    assert "1 result is only partly written" in execution.warnings[0]
    assert "'b'" in execution.warnings[0]


def test_a_benchmark_json_of_the_run_before_marks_an_interrupted_run(tmp_path):
    write(tmp_path, {**result("a"), **result("b")}, at=NOON)
    os.utime(tmp_path / "b/new/benchmark.json", (NOON - 600, NOON - 600))
    execution = parse(open_source(str(tmp_path)))
    assert set(times(execution)) == {"a"}
    assert "partly written" in execution.warnings[0]


def test_files_copied_in_another_order_are_whole(tmp_path):
    write(tmp_path, result("a"), at=NOON)
    os.utime(tmp_path / "a/new/benchmark.json", (NOON - 2, NOON - 2))
    assert set(times(parse(open_source(str(tmp_path))))) == {"a"}


def test_hollow_folders_of_a_cache_are_no_results(tmp_path):
    write(tmp_path, result("a"))
    (tmp_path / "a/base").mkdir()
    (tmp_path / "b/base").mkdir(parents=True)
    (tmp_path / "b/new").mkdir()
    assert set(times(parse(open_source(str(tmp_path))))) == {"a"}
    (tmp_path / "a/base/tukey.json").write_text("[]")
    with pytest.raises(ForeignFileError, match="no benchmark in it has results named 'base'"):
        parse(open_source(str(tmp_path)), baseline="base")


def test_a_removed_benchmark_is_stale_and_left_out(tmp_path):
    for number, name in enumerate(["a", "b", "c"]):
        write(tmp_path, result(name), at=NOON + 9 * number)
    write(tmp_path, result("removed"), at=NOON - 3600)
    execution = parse(open_source(str(tmp_path)))
    assert set(times(execution)) == {"a", "b", "c"}
    assert "1 result is of an older run than the newest" in execution.warnings[0]
    assert "'removed'" in execution.warnings[0]
    assert set(times(parse(open_source(str(tmp_path)), include_stale=True))) == {"a", "b", "c", "removed"}


def test_a_long_benchmark_does_not_make_the_one_before_it_stale(tmp_path):
    write(tmp_path, result("a"), at=NOON)
    write(tmp_path, result("slow", ns=3e9, mode="Flat"), at=NOON + 100 * 61)  # 20 samples of 100 iterations: 6060 s
    assert set(times(parse(open_source(str(tmp_path))))) == {"a", "slow"}


def test_a_run_of_a_selection_makes_the_others_stale(tmp_path):
    for name in ["a", "b", "c"]:
        write(tmp_path, result(name), at=NOON)
    write(tmp_path, result("b"), at=NOON + 600)
    assert set(times(parse(open_source(str(tmp_path))))) == {"b"}
    assert set(times(parse(open_source(str(tmp_path)), gap=700))) == {"a", "b", "c"}


def test_the_run_began_with_its_first_result(tmp_path):
    for number, name in enumerate(["a", "b"]):
        write(tmp_path, result(name), at=NOON + 9 * number)
    assert parse(open_source(str(tmp_path))).started_at.timestamp() == NOON


def nearest(**files):
    return lambda name: files.get(name.replace(".", "_"))


def test_the_crate_of_the_nearest_cargo_toml_stands_before_every_id():
    source = Source.of_files(result("a"), nearest=nearest(Cargo_toml='[package]\nname = "shop"\n'))
    assert set(times(parse(source))) == {"shop::a"}
    assert set(times(parse(source, crate="other"))) == {"other::a"}


def test_a_workspace_without_a_package_puts_nothing_before_the_id():
    source = Source.of_files(result("a"), nearest=nearest(Cargo_toml='[workspace]\nmembers = ["x"]\n'))
    assert set(times(parse(source))) == {"a"}


def test_the_cargo_toml_above_the_target_folder_is_found(tmp_path):
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "shop"\n')
    write(tmp_path / "target" / "criterion", result("a"))
    assert set(times(parse(open_source(str(tmp_path / "target" / "criterion"))))) == {"shop::a"}


def test_criterions_version_is_that_of_the_lock_file():
    lock = (
        '[[package]]\nname = "criterion"\nversion = "0.5.1"\n[[package]]\nname = "criterion-plot"\nversion = "0.5.0"\n'
    )
    assert parse(Source.of_files(result("a"), nearest=nearest(Cargo_lock=lock))).tool_version == "0.5.1"
    assert parse(result("a")).tool_version == ""
    with pytest.raises(ForeignFileError, match=r"'Cargo.lock': not valid TOML"):
        parse(Source.of_files(result("a"), nearest=nearest(Cargo_lock="[[")))


def test_outliers_beyond_tukeys_outer_fences_are_counted():
    files = result("a", ns=100)
    assert parse(files).benchmarks["a"].extra_info["severe outliers"] == "0 of 20"
    files["a/new/tukey.json"] = json.dumps([99.5, 99.6, 101.0, 102.5])
    assert parse(files).benchmarks["a"].extra_info["severe outliers"] == "8 of 20"


def test_the_message_stream_is_read_between_other_lines():
    lines = [
        "   Compiling x",
        '{"reason":"compiler-artifact"}',
        message("a/1", throughput=[("bytes", 1000)]),
        message("b", ns=2e6, mode="Flat"),
    ]
    execution = parse("\n".join(lines))
    assert times(execution) == pytest.approx({"a/1": 1e-7, "b": 2e-3}, rel=0.01)
    rates = [s.location for s in execution.samples if s.metric == THROUGHPUT_BYTES]
    assert rates == pytest.approx([1e10], rel=0.01)


def test_a_custom_unit_of_the_stream_is_kept():
    (sample,) = parse(message("a", ns=700, unit="cycles")).samples
    assert sample.metric.unit == "cycles"


def test_titles_that_the_stream_has_cut_are_said():
    name = LONG[:90] + "..."
    execution = parse(message(name))
    assert set(times(execution)) == {name}
    assert "cut at 100 bytes" in execution.warnings[0]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([message("a"), message("a")], "line 2: 'a' is completed twice"),
        ([message("a"), message("b")[:-40]], "line 2, column .*: it ends in the middle"),
        ([message("a").replace('"iteration_count": [100', '"iteration_count": ["100"')], "iteration_count"),
    ],
)
def test_what_is_wrong_in_a_stream_has_its_line(lines, words):
    with pytest.raises(ForeignFileError, match=words):
        parse("\n".join(lines))


def test_the_data_folder_gives_each_benchmarks_newest_measurement():
    files = {**data_record("fib", "iter", "20", ns=100, throughput={"Bytes": 1000}), **data_record("b", ns=2e6)}
    execution = parse(files)
    assert times(execution) == pytest.approx({"fib/iter/20": 1e-7, "b": 2e-3}, rel=0.01)
    assert execution.started_at.isoformat() == "2026-03-01T12:00:00.123456+00:00"
    assert [s.location for s in execution.samples if s.metric == THROUGHPUT_BYTES] == pytest.approx([1e10], rel=0.01)


def test_the_data_folder_beside_a_tree_does_not_disturb_it():
    files = {**result("a", ns=100), **{f"data/{path}": data for path, data in data_record("a", ns=900).items()}}
    assert times(parse(files)) == pytest.approx({"a": 1e-7}, rel=0.01)


@pytest.mark.parametrize("cut", [0, 1, 20, 200])
def test_damaged_cbor_is_named(cut):
    files = data_record("a")
    path = "main/a/measurement_260301120000.cbor"
    files[path] = files[path][:cut]
    with pytest.raises(ForeignFileError, match=rf"{path}': no record of cargo-criterion: CBOR that"):
        parse(files)


@pytest.mark.parametrize(
    "value",
    [0, 23, 24, 255, 256, 70_000, 2**40, -1, -500, 1.5, "é" * 300, [1, [2, []]], {"a": {"b": None}}, True, False],
)
def test_cbor_of_every_kind_is_decoded(value):
    assert decode_cbor(cbor(value)) == value


def test_cbor_of_indefinite_length_and_small_floats_is_decoded():
    assert decode_cbor(b"\x9f\x01\xf9\x3c\x00\xfa\x40\x00\x00\x00\xff") == [1, 1.0, 2.0]
    assert decode_cbor(b"\xbf\x61a\x01\xff") == {"a": 1}
    assert decode_cbor(b"\x7f\x61a\x61b\xff") == "ab"
    assert decode_cbor(b"\xc0\x61a") == "a"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x9f\x01",
        b"\x1c",
        b"\xff",
        b"\x01\x01",
        b"\x9a\xff\xff\xff\xff",
        b"\x81" * 100 + b"\x01",
        b"\xbf\x01\xff",
        b"\xa1\x80\x01",
        b"\xf8\x20",
        b"\x61\xff",
    ],
)
def test_cbor_that_is_damaged_is_a_value_error(data):
    with pytest.raises(ValueError, match=r"CBOR|utf-8"):
        decode_cbor(data)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (
            "sample.json",
            '{"sampling_mode":"Linear","iters":[1,2],"times":[1.0',
            r"'results/a/new/sample.json', line 1, column 53: it ends in the middle",
        ),
        ("sample.json", "", "it is empty"),
        ("sample.json", '{"iters":[1.0],"times":["1.0"]}', r"\$.times\[0\]: a number is needed, but it is a text"),
        ("sample.json", '{"iters":[1.0],"iters":[2.0],"times":[1.0]}', "the key 'iters' stands twice"),
        ("sample.json", "[[1.0],[2.0],[3.0]]", "it has 3 lists"),
        ("sample.json", "[" * 100_000, "nested too deep"),
        ("benchmark.json", "{}", "object missing required field 'full_id'"),
        ("benchmark.json", b"\xff\xfe{", "not UTF-16-LE"),
        ("benchmark.json", b'{"full_id": "caf\xe9"}', "line 1: byte 0xe9 is not UTF-8"),
        ("tukey.json", '["1"]', "a number is needed"),
    ],
)
def test_damage_is_named_with_file_and_place(name, content, words):
    files = {**result("a"), f"a/new/{name}": content}
    with pytest.raises(ForeignFileError, match=words):
        parse(files)


@pytest.mark.parametrize(
    ("iters", "times_", "words"),
    [
        ([1.0, 2.0], [5.0], "'a' has 1 values for 2 iteration counts"),
        ([], [], "'a' has 0 values"),
        ([0.0], [5.0], "'a' has a sample of 0 iterations"),
        ([1.0], [0.0], "'a' took 0 s"),
        ([1.0], [float("nan")], "'a' has a execution_time of nan"),
        ([float("nan")], [1.0], "'a' has a sample of nan iterations"),
    ],
)
def test_values_that_are_no_measurement_are_refused_by_name(iters, times_, words):
    files = {**result("a"), "a/new/sample.json": json.dumps({"sampling_mode": "Flat", "iters": iters, "times": times_})}
    with pytest.raises(ValueError, match=words):
        parse(files)


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf"])
def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(mark):
    files = result("a", ns=100, version="0.3.6")
    marked = {path: mark + text.replace("\n", "\r\n").encode() for path, text in files.items()}
    assert times(parse(marked)) == pytest.approx({"a": 1e-7}, rel=0.01)


def test_half_a_character_in_an_id_is_replaced():
    files = {**result("a"), "a/new/benchmark.json": '{"full_id": "x\\ud800y"}'}
    assert set(times(parse(files))) == {"x?y"}


def test_usual_places_are_criterions_own():
    environ = {"CRITERION_HOME": "/c", "CARGO_TARGET_DIR": "/t"}
    assert list(IMPORTER.usual_places(environ)) == ["/c", "/t/criterion", "target/criterion"]
    assert list(IMPORTER.usual_places({})) == ["target/criterion"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right of their own there")
def test_a_loop_of_links_is_not_followed(tmp_path):
    write(tmp_path, result("a"))
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "itself").symlink_to(tmp_path / "itself")
    assert set(times(parse(open_source(str(tmp_path))))) == {"a"}
