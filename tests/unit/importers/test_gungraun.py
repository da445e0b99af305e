import json
from pathlib import Path

import pytest

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers import Source
from pytest_perfgate.importers.files import open_source
from pytest_perfgate.importers.gungraun import IMPORTER, parse_gungraun
from pytest_perfgate.model import Direction
from pytest_perfgate.model.metric import DETERMINISTIC_KINDS

FOLDER = Path(__file__).parents[2] / "fixtures" / "importers" / "gungraun"
ENTRIES = sorted(path.name for path in FOLDER.iterdir())
SHORT = "lib::bench_group::bench_total::short"


DEFAULTS = {"events": ()}


def read(name, *events):
    return parse_gungraun(open_source(str(FOLDER / name)), {"events": events})[0]


def summary(metrics, **more):
    counts = {"Callgrind": {"Ir": {"metrics": metrics}}}
    profile = {"tool": "Callgrind", "summaries": {"total": {"summary": counts}}}
    keys = dict.fromkeys(("benchmark_file", "benchmark_exe"), "/home/user/x")
    return {**keys, "module_path": "lib::group::f", "id": "one", "profiles": [profile], **more}


def parse(*contents):
    return parse_gungraun(Source.of_text("\n".join(json.dumps(one) for one in contents)), DEFAULTS)[0]


@pytest.mark.parametrize("name", ENTRIES)
def test_every_schema_gives_the_new_count_never_that_of_the_run_before(name):
    counts = {(s.benchmark, s.metric.name): s.location for s in read(name).samples}
    assert counts[SHORT, "instructions"] == 1734  # 1700 before
    assert counts[SHORT, "estimated_cycles"] == 3868
    assert counts["lib::bench_group::bench_total::long", "instructions"] == 812345


@pytest.mark.parametrize("name", ENTRIES)
def test_counts_are_deterministic_have_no_unit_and_are_better_when_lower(name):
    for sample in read(name).samples:
        assert sample.metric.kind in DETERMINISTIC_KINDS
        assert sample.metric.direction is Direction.LOWER_IS_BETTER
        assert sample.metric.unit == ("B" if "bytes" in sample.metric.name or "peak" in sample.metric.name else "1")


def test_dhat_tells_allocations():
    counts = {s.metric.name: s.location for s in read("schema-v6-lines-generated.json").samples if s.benchmark == SHORT}
    assert (counts["allocated_bytes"], counts["allocations"], counts["allocated_peak"]) == (4096, 12, 1024)


@pytest.mark.parametrize(
    ("name", "glob", "event", "count"),
    [("schema-v2-generated", "L1*", "L1hits", 3468), ("schema-v6-lines-generated.json", "AtTEnd*", "AtTEndBytes", 0)],
)
def test_a_further_event_is_kept_where_it_is_asked_for(name, glob, event, count):
    assert event not in {s.metric.name for s in read(name).samples}
    kept = {s.metric.name: s for s in read(name, glob).samples if s.benchmark == SHORT}
    assert kept[event].location == count
    assert kept[event].metric.unit == ("B" if event.endswith("Bytes") else "1")
    assert {"instructions", "estimated_cycles"} < kept.keys()


def test_every_event_but_no_rate_is_kept_for_a_star():
    names = {s.metric.name for s in read("schema-v6-lines-generated.json", "*").samples}
    assert "AtTEndBytes" in names
    assert "L1HitRate" not in names


def test_several_processes_of_one_benchmark_are_summed():
    events = [{"events": {"Ir": {"new": 100, "old": 90}}}, {"events": {"Ir": {"new": 11, "old": None}}}]
    execution = parse(summary({}, profiles=[], callgrind_summary={"summaries": events}))
    assert [s.location for s in execution.samples] == [111]


def test_what_only_the_run_before_had_is_left_out_and_said():
    execution = parse(summary({"Left": 5}), summary({"Right": 5}, id="two"))
    assert [s.benchmark for s in execution.samples] == ["lib::group::f::one"]
    assert execution.warnings == ("'lib::group::f::two' has no new counts and is left out",)


def test_the_id_of_a_case_is_part_of_the_name_and_its_details_are_a_fact():
    execution = read("schema-v6-lines-generated.json")
    assert execution.benchmarks[SHORT].extra_info == {"details": "total (100)"}
    with pytest.raises(ValueError, match=r"'lib::group::f::one · instructions' stands in it twice"):
        parse(summary({"Left": 5}), summary({"Left": 6}))


@pytest.mark.parametrize("count", ["5", True, -1, 10**400, [1], {"Int": "x"}])
def test_what_is_no_count_is_refused_with_the_benchmarks_name(count):
    with pytest.raises(ValueError, match="'lib::group::f::one' has a count of"):
        parse(summary({"Left": count}))


def test_another_json_named_summary_is_refused_with_its_path():
    with pytest.raises(ForeignFileError, match=r"results/a/summary.json': it is no summary"):
        parse_gungraun(Source.of_files({"a/summary.json": "{}"}), DEFAULTS)
    assert IMPORTER.recognises(Source.of_files({"a/summary.json": "{}"})) is False
