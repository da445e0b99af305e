"""`perfgate export`: each format, and what is imported and exported again keeps its values."""

import csv
import io
import json
import re
import sys
from pathlib import Path

import pytest
from builders import make_run
from criterion_trees import result, write

from pytest_perfgate import load_runs
from pytest_perfgate.model import Metric
from pytest_perfgate.model.metric import THROUGHPUT_BYTES
from pytest_perfgate.report.exports import EXPORTS
from pytest_perfgate.storage import open_store

FIXTURES = Path(__file__).parents[1] / "fixtures" / "importers"


@pytest.fixture
def recorded(project, perfgate):
    """A run of Criterion's, of two processes, with throughput."""
    folders = [
        write(
            project / f"t{number}",
            {
                **result("sort", 'µ, "1"', ns=100.0 + number, throughput={"Bytes": 1000}),
                **result("hash", ns=3e6 + number),
            },
        )
        for number in range(2)
    ]
    assert perfgate("import", "criterion", *folders, "--record")[0] == 0
    (run,) = load_runs(project, slices=True)
    return run


def values_of(run):
    """What was measured, by place; six digits are kept."""
    return {(s.benchmark, s.metric, s.process): s.values for s in run.samples}


def assert_same(found, expected):
    assert set(found) == set(expected)
    for place, numbers in expected.items():
        assert found[place] == pytest.approx(numbers, rel=1e-5), place


def test_csv_read_again_has_the_same_values_units_directions_and_processes(project, perfgate, recorded):
    code, _, err = perfgate("export", "--format", "csv", "--output", "out.csv")
    assert code == 0, err
    assert perfgate("import", "auto", "out.csv", "--baseline", "again", "--record")[0] == 0
    (again,) = open_store("again", project).load_runs(open_store("again", project).environments()[0], slices=True)
    assert_same(values_of(again), values_of(recorded))
    assert again.started_at == recorded.started_at


def test_csv_holds_every_run_where_that_is_asked_for(project, perfgate, recorded):
    second = write(project / "t3", {**result("sort", 'µ, "1"', ns=130.0), **result("hash", ns=4e6)})
    perfgate("import", "criterion", second, "--record")
    rows = list(csv.DictReader(io.StringIO(perfgate("export", "--format", "csv", "--all")[1])))
    assert len({row["run"] for row in rows}) == 2
    one = list(csv.DictReader(io.StringIO(perfgate("export", "--format", "csv", "--run", recorded.id)[1])))
    assert {row["run"] for row in one} == {recorded.id}
    assert len(one) == 2 * 3 * 20


def test_pytest_benchmark_is_a_file_per_process_and_is_read_again(project, perfgate, recorded):
    code, _, err = perfgate("export", "--format", "pytest-benchmark")
    assert code == 2
    assert "2 processes, a file each" in err
    assert perfgate("export", "--format", "pytest-benchmark", "--output", "sessions")[0] == 0
    files = sorted((project / "sessions").iterdir())
    assert len(files) == 2
    assert perfgate("import", "pytest-benchmark", *files, "--baseline", "again", "--record")[0] == 0
    store = open_store("again", project)
    (again,) = store.load_runs(store.environments()[0], slices=True)
    times = {place: numbers for place, numbers in values_of(recorded).items() if place[1].name == "execution_time"}
    assert_same(values_of(again), times)


def test_pytest_benchmark_itself_reads_what_was_exported(project, perfgate, recorded):
    import subprocess

    perfgate("export", "--format", "pytest-benchmark", "--output", "sessions")
    files = [str(path) for path in sorted((project / "sessions").iterdir())]
    done = subprocess.run(
        [sys.executable, "-m", "pytest_benchmark", "compare", *files],
        capture_output=True,
        text=True,
        check=False,
        cwd=project,
    )
    assert done.returncode == 0, done.stderr
    assert "hash" in done.stdout


def test_a_session_of_pytest_benchmark_keeps_its_values_there_and_back(project, perfgate):
    source = FIXTURES / "pytest-benchmark" / "5.3.1-raw.json"
    assert perfgate("import", "auto", source, "--record")[0] == 0
    assert perfgate("export", "--format", "pytest-benchmark", "--output", "out.json")[0] == 0
    before, after = (json.loads(path.read_text(encoding="utf-8")) for path in (source, project / "out.json"))
    assert after["commit_info"]["id"] == before["commit_info"]["id"]
    assert after["datetime"][:19] == before["datetime"][:19]
    for ours, theirs in zip(after["benchmarks"], before["benchmarks"], strict=True):
        assert ours["fullname"] == theirs["fullname"]
        assert ours["name"] == theirs["name"]
        assert ours["group"] == theirs["group"]
        assert ours["stats"]["data"] == pytest.approx(theirs["stats"]["data"], rel=1e-5)
        for name in ("min", "max", "mean", "median", "stddev", "rounds", "total", "iterations"):
            assert ours["stats"][name] == pytest.approx(theirs["stats"][name], rel=1e-3), name


def test_bmf_has_latency_in_nanoseconds_and_the_range_of_the_processes(project, perfgate, recorded):
    content = json.loads(perfgate("export", "--format", "bmf")[1])
    assert set(content) == {'sort/µ, "1"', "hash"}
    latency = content["hash"]["latency"]
    assert latency["lower_value"] <= latency["value"] <= latency["upper_value"]
    assert latency["value"] == pytest.approx(3e6, rel=0.02)
    assert content['sort/µ, "1"']["throughput_bytes"]["value"] == pytest.approx(1e10, rel=0.03)


def test_github_action_benchmark_has_one_direction_per_file(project, perfgate, recorded):
    smaller = json.loads(perfgate("export", "--format", "github-action-benchmark")[1])
    assert [(entry["name"], entry["unit"]) for entry in smaller] == [("hash", "ns"), ('sort/µ, "1"', "ns")]
    assert smaller[0]["value"] == pytest.approx(3e6, rel=0.02)
    assert smaller[0]["range"].startswith("± ")
    bigger = json.loads(perfgate("export", "--format", "github-action-benchmark", "--direction", "higher")[1])
    assert [(entry["name"], entry["unit"]) for entry in bigger] == [('sort/µ, "1" - throughput_bytes', "B/s")]


def test_a_history_is_a_script_that_comes_back_with_commits_times_and_values(project, perfgate, recorded):
    name = "github-action-benchmark-history"
    assert perfgate("export", "--format", name, "--all", "--output", "data.js")[0] == 0
    text = (project / "data.js").read_text(encoding="utf-8")
    content = json.loads(text.removeprefix("window.BENCHMARK_DATA = "))
    (entry,) = content["entries"]["perfgate"]
    assert content["lastUpdate"] == entry["date"]
    assert entry["tool"] == "customSmallerIsBetter"
    assert entry["commit"]["committer"]["username"] == ""  # the page reads it
    bigger = perfgate("export", "--format", name, "--all", "--direction", "higher")[1]
    assert '"customBiggerIsBetter"' in bigger
    assert perfgate("import", "auto", "data.js", "--baseline", "again", "--record")[0] == 0
    store = open_store("again", project)
    (again,) = store.load_runs(store.environments()[0], slices=True)
    assert again.started_at == recorded.started_at.replace(microsecond=again.started_at.microsecond)
    assert {s.benchmark: s.location for s in again.samples}["hash"] == pytest.approx(3e-3, rel=0.02)


def test_openmetrics_is_a_gauge_per_benchmark_with_escaped_names(project, perfgate, recorded):
    lines = perfgate("export", "--format", "openmetrics")[1].splitlines()
    assert lines[-1] == "# EOF"
    assert "# TYPE perfgate_execution_time_seconds gauge" in lines
    assert "# UNIT perfgate_execution_time_seconds seconds" in lines
    assert "# TYPE perfgate_throughput_bytes_bytes_per_second gauge" in lines
    samples = [line for line in lines if not line.startswith("#")]
    grammar = re.compile(
        r'[a-zA-Z_:][\w:]*\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)+\} [-\d.e+]+ \d+\.\d{3}', re.ASCII
    )
    assert all(grammar.fullmatch(line) for line in samples), samples
    assert sum('benchmark="sort/µ, \\"1\\""' in line for line in samples) == 2


def test_parquet_holds_every_value(project, perfgate, recorded):
    pytest.importorskip("pyarrow", reason="the extra 'parquet' is not installed")
    import pandas as pd

    assert perfgate("export", "--format", "parquet")[0] == 2
    assert perfgate("export", "--format", "parquet", "--all", "--output", "out.parquet")[0] == 0
    frame = pd.read_parquet(project / "out.parquet")
    assert len(frame) == 2 * 3 * 20
    assert set(frame["metric"]) == {"execution_time", "throughput_bytes"}
    found = frame[(frame.benchmark == "hash") & (frame.process == 1)].value.tolist()
    assert found == pytest.approx(values_of(recorded)["hash", recorded.samples[0].metric, 1])


def test_without_pyarrow_parquet_says_how_to_get_it(project, perfgate, recorded, monkeypatch):
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == "pyarrow" else find(name, *more)
    )
    code, _, err = perfgate("export", "--format", "parquet", "--output", "out.parquet")
    assert code == 11
    assert "Install 'pytest-perfgate[parquet]'" in err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--format", "bmf", "--all"], 2, "holds one run"),
        (["--format", "xml"], 2, "'xml' is not one of"),
        ([], 2, "Missing option '--format'"),
        (["--format", "bmf", "--run", "nothing"], 10, "No run 'nothing'"),
        (["--format", "csv", "--all", "--environment", "abc"], 10, "No run of environment abc"),
        (["--format", "bmf", "--output", "no/such\0"], 11, "write"),
    ],
)
def test_what_is_wrong_says_so(project, perfgate, recorded, arguments, code, words):
    if "\0" in "".join(arguments):
        (project / "no").write_text("a file")
        arguments = [*arguments[:-1], "no/such.json"]
    found, _, err = perfgate("export", *arguments)
    assert (found, words in err) == (code, True), err


@pytest.mark.parametrize("name", EXPORTS)
def test_our_own_runs_and_their_metrics_go_into_every_format(name):
    run = make_run(slices=4, processes=3)
    own = Metric("my.score", "points/game")
    run = make_run(slices=0, metric=own) if name == "openmetrics" else run
    texts = EXPORTS[name].render([run], THROUGHPUT_BYTES.direction)
    assert texts
    if name == "openmetrics":
        assert "# UNIT perfgate_my_score_points_game points_game" in texts[""]
