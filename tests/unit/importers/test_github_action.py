import json
from pathlib import Path

import pytest

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers import Source
from pytest_perfgate.importers.github_action import IMPORTER
from pytest_perfgate.importers.importer import effective_settings
from pytest_perfgate.importers.units import metric_by_unit
from pytest_perfgate.model import Direction
from pytest_perfgate.model.metric import EXECUTION_TIME, RSS, THROUGHPUT_BYTES, THROUGHPUT_ELEMENTS

FOLDER = Path(__file__).parents[2] / "fixtures" / "importers" / "github-action-benchmark"
SCRIPT = (FOLDER / "data-generated.js").read_text(encoding="utf-8")
HISTORY = json.loads(SCRIPT.partition("=")[2])


def parse(text, **table):
    text = text if isinstance(text, str) else json.dumps(text)
    return IMPORTER.parse(Source.of_text(text, "data.js"), effective_settings(IMPORTER, table, {}))


def suites():
    return {execution.environment["suite"]: execution for execution in parse(SCRIPT)}


def test_each_entry_is_a_run_with_its_commit_and_its_time():
    first, second = parse(SCRIPT, suite="Rust Benchmark")
    assert (first.commit.revision, first.commit.subject) == ("a" * 40, "Change aaaa")
    assert first.commit.committed_at.isoformat() == "2026-02-28T12:00:00+01:00"
    assert (second.started_at - first.started_at).total_seconds() == 25 * 3600
    assert first.samples[0].location == pytest.approx(37174e-9)
    assert first.samples[0].metric == EXECUTION_TIME


def test_the_same_history_as_json_and_with_a_semicolon_is_the_same():
    assert parse(HISTORY) == parse(SCRIPT) == parse(f"{SCRIPT};\n")


def test_suites_are_environments_and_the_machine_is_not_this_one():
    parts = [execution.environment for execution in suites().values()]
    assert {part["cpu"] for part in parts} == {"not told"}
    with pytest.raises(ValueError, match=r"there is no suite 'rust' in it; it has: 'Rust Benchmark', 'Python"):
        parse(SCRIPT, suite="rust")


def test_a_rate_is_better_when_higher_also_of_jmh_which_the_action_takes_for_lower():
    found = suites()
    assert found["Java"].samples[0].metric == THROUGHPUT_ELEMENTS
    assert found["Java"].samples[0].location == pytest.approx(1_234_500)
    assert found["Python Benchmark"].samples[0].metric == THROUGHPUT_ELEMENTS
    assert found["Load"].samples[0].metric.direction is Direction.HIGHER_IS_BETTER


def test_several_metrics_of_one_go_benchmark_are_metrics_of_one_benchmark():
    samples = suites()["Go"].samples
    assert [(s.benchmark, s.metric.name, s.location) for s in samples] == [
        ("BenchmarkFib20", "execution_time", pytest.approx(41653e-9)),
        ("BenchmarkFib20", "B_op", 3),
    ]


def test_nothing_of_the_script_is_evaluated():
    for text in ("window.BENCHMARK_DATA = alert(1)", "window.BENCHMARK_DATA = {}; alert(1)", "alert(1)"):
        with pytest.raises((ForeignFileError, ValueError), match=r"not valid JSON|neither JSON"):
            parse(text)


def test_damage_is_placed_where_it_is_in_the_script():
    with pytest.raises(ForeignFileError, match=r"'data.js', line 1, column 27: not valid JSON"):
        parse("window.BENCHMARK_DATA = { lastUpdate: 1 }")


def test_one_name_with_two_numbers_is_left_out_and_said():
    entry = HISTORY["entries"]["Rust Benchmark"][0]
    benches = [*entry["benches"], {**entry["benches"][0], "value": 5}]
    (execution,) = parse({**HISTORY, "entries": {"x": [{**entry, "benches": benches}]}})
    assert [s.benchmark for s in execution.samples] == ["canada parse/shop"]
    assert execution.warnings[0].endswith("which is which is not known; left out: 'fib_20'")


def test_a_time_of_zero_does_not_cost_the_history():
    entry = HISTORY["entries"]["Rust Benchmark"][0]
    benches = [*entry["benches"], {"name": "overrun", "value": 0, "unit": "ns"}]
    (execution,) = parse({**HISTORY, "entries": {"x": [{**entry, "benches": benches}]}})
    assert len(execution.samples) == 2
    assert execution.warnings == ("2026-02-28 11:00: 'overrun' took 0 ns and is left out",)


@pytest.mark.parametrize("date", [1e30, -1e30, float("nan")])
def test_what_is_no_time_is_refused(date):
    entry = {**HISTORY["entries"]["Rust Benchmark"][0], "date": date}
    with pytest.raises(ValueError, match="'date' is"):
        parse({**HISTORY, "entries": {"x": [entry]}})


def test_a_custom_json_is_one_run_whose_units_tell_what_is_better_or_the_user_does():
    (execution,) = parse((FOLDER / "custom-generated.json").read_text(encoding="utf-8"))
    assert [(s.metric, s.location) for s in execution.samples] == [
        (EXECUTION_TIME, pytest.approx(0.00125)),
        (THROUGHPUT_ELEMENTS, 1200.5),
    ]
    points = [{"name": "a", "unit": "points", "value": 3}]
    with pytest.raises(ValueError, match=r"'a': the unit 'points' does not say whether .* '--set direction=lower'"):
        parse(points)
    (execution,) = parse(points, direction="higher")
    assert execution.samples[0].metric.direction is Direction.HIGHER_IS_BETTER
    with pytest.raises(ValueError, match="'direction' is 'up'"):
        parse(points, direction="up")


def test_a_metric_of_an_export_is_known_by_its_suffix():
    (execution,) = parse(
        [{"name": "a - b - rss", "unit": "B", "value": 5}, {"name": "a - c", "unit": "ns", "value": 5}]
    )
    assert [(s.benchmark, s.metric) for s in execution.samples] == [("a - b", RSS), ("a - c", EXECUTION_TIME)]


@pytest.mark.parametrize(
    ("unit", "metric", "factor"),
    [
        ("ns/iter", EXECUTION_TIME, 1e-9),
        ("ns/op", EXECUTION_TIME, 1e-9),
        ("msec", EXECUTION_TIME, 1e-3),
        ("seconds", EXECUTION_TIME, 1.0),
        ("us per iteration", EXECUTION_TIME, 1e-6),
        ("ops/sec", THROUGHPUT_ELEMENTS, 1.0),
        ("iter/sec", THROUGHPUT_ELEMENTS, 1.0),
        ("ops/us", THROUGHPUT_ELEMENTS, 1e6),
        ("req/min", THROUGHPUT_ELEMENTS, 1 / 60),
        ("MB/s", THROUGHPUT_BYTES, 1e6),
        ("KiB/sec", THROUGHPUT_BYTES, 1024.0),
    ],
)
def test_units_as_tools_spell_them(unit, metric, factor):
    assert metric_by_unit(unit) == (metric, pytest.approx(factor))


def test_a_unit_of_its_own_is_a_metric_of_its_own():
    metric, factor = metric_by_unit("allocs/op", Direction.LOWER_IS_BETTER)
    assert (metric.name, metric.unit, factor) == ("allocs_op", "allocs/op", 1.0)
    assert metric_by_unit("s", Direction.HIGHER_IS_BETTER)[0].direction is Direction.HIGHER_IS_BETTER
    with pytest.raises(ValueError, match="the unit '' does not say"):
        metric_by_unit("")
