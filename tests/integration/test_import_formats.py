"""Other tools' files as a user has them: recorded, judged, and exported again."""

import json
import random
import re
from pathlib import Path

import pytest
from criterion_trees import result, write

from pytest_perfgate import load_runs
from pytest_perfgate.storage import open_store

FIXTURES = Path(__file__).parents[1] / "fixtures" / "importers"


def k6_summary(path, seed, *, factor=1.0, failing=0.0):
    """One load test: two kinds of request, a mood of 1 % either way."""
    dice = random.Random(seed)

    def trend(milliseconds):
        median = milliseconds * factor * (1 + dice.uniform(-0.01, 0.01))
        return {"avg": median * 1.1, "min": median / 2, "med": median, "max": median * 5, "p(95)": median * 2.5}

    rate = 40 * (1 + dice.uniform(-0.01, 0.01))
    metrics = {
        "iterations": {"count": 1200, "rate": rate},
        "http_reqs": {"count": 1200, "rate": rate},
        "http_req_duration": trend(12.0),
        "http_req_duration{name:login}": trend(30.0),
        "http_req_failed": {"passes": round(1200 * failing), "fails": round(1200 * (1 - failing)), "value": failing},
    }
    path.write_text(json.dumps({"metrics": metrics}), encoding="utf-8")
    return path


def load_tests(project, name, count, **options):
    return [k6_summary(project / f"{name}{n}.json", f"{name}{n}", **options) for n in range(count)]


@pytest.fixture
def recorded_load_tests(project, perfgate):
    for number in range(4):
        code, _, err = perfgate("import", "auto", *load_tests(project, f"base{number}-", 3), "--record")
        assert code == 0, err


def test_load_tests_that_got_slower_fail_by_their_latency(project, perfgate, recorded_load_tests):
    code, out, _ = perfgate("import", "auto", *load_tests(project, "same", 4), "--check")
    assert code == 0, out
    code, out, _ = perfgate("import", "auto", *load_tests(project, "slow", 4, factor=1.4), "--check", "--json")
    worse = {
        (row["benchmark"], row["metric"]["name"])
        for row in json.loads(out)["judgements"]
        if row["verdict"] == "regressed"
    }
    assert code == 1
    assert ("http_req{name:login}", "network_latency") in worse
    assert ("http_req", "latency_p95") in worse
    assert not any(metric == "throughput_elements" for _, metric in worse)


def test_one_load_test_alone_is_inconclusive_however_many_requests_it_made(project, perfgate, recorded_load_tests):
    code, out, _ = perfgate("import", "auto", *load_tests(project, "slow", 1, factor=1.4), "--check")
    assert code == 10
    assert "in one process" in " ".join(out.split())


def test_requests_that_begin_to_fail_do_not_pass(project, perfgate, recorded_load_tests):
    code, out, _ = perfgate("import", "auto", *load_tests(project, "fail", 4, failing=0.2), "--check", "--json")
    assert code != 0, out


def gungraun(path, instructions):
    content = json.loads((FIXTURES / "gungraun/0.14-schema-v3-list-generated.json").read_text(encoding="utf-8"))
    total = content[1]["callgrind_summary"]["callgrind_run"]["total"]["summary"]
    total["Ir"]["metrics"] = {"Left": instructions}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_counted_instructions_need_no_replicates_and_a_second_equal_run_is_no_copy(project, perfgate):
    for number in range(3):
        code, _, err = perfgate("import", "auto", gungraun(project / f"{number}.json", 800_000), "--record")
        assert code == 0, err
    code, out, _ = perfgate("import", "auto", gungraun(project / "same.json", 800_000), "--check")
    assert code == 0, out
    code, out, _ = perfgate("import", "auto", gungraun(project / "more.json", 1_000_000), "--check")
    assert code == 1, out
    assert "instructions" in out


def test_a_history_is_recorded_run_by_run_with_its_commits_and_times(project, perfgate):
    script = FIXTURES / "github-action-benchmark/data-generated.js"
    code, out, err = perfgate("import", "auto", script, "--record")
    assert code == 0, err
    store = open_store("baselines", project)
    runs = [run for name in store.environments() for run in store.load_runs(name)]
    assert len(runs) == 6
    rust = sorted(
        (run.started_at, run.commit.revision[:1]) for run in runs if run.environment.parts["suite"][:4] == "Rust"
    )
    assert [revision for _, revision in rust] == ["a", "b"]
    assert all(run.environment.parts["cpu"] == "not told" for run in runs)
    assert out.count("recorded: ") == 6
    code, _, err = perfgate("import", "auto", script, "--record")
    assert (code, "recorded already" in err) == (10, True), err


def test_a_history_that_has_grown_is_imported_again_and_only_what_is_new_lands(project, perfgate):
    script = (FIXTURES / "github-action-benchmark/data-generated.js").read_text(encoding="utf-8")
    (project / "data.js").write_text(script, encoding="utf-8")
    assert perfgate("import", "auto", "data.js", "--record")[0] == 0
    history = json.loads(script.partition("=")[2])
    entries = history["entries"]["Rust Benchmark"]
    benches = [{**bench, "value": bench["value"] + 1} for bench in entries[-1]["benches"]]
    entries.append({**entries[-1], "date": entries[-1]["date"] + 1000, "benches": benches})
    (project / "data.js").write_text(f"window.BENCHMARK_DATA = {json.dumps(history)}", encoding="utf-8")
    code, out, err = perfgate("import", "auto", "data.js", "--record")
    assert code == 0, err
    assert out.count("recorded: ") == 1
    assert "left out: 6 runs recorded already" in out
    code, out, _ = perfgate("import", "auto", "data.js", "--json")
    assert (len(json.loads(out)["runs"]), json.loads(out)["recorded_already"]) == (7, 0)


def test_of_a_long_history_the_newest_runs_are_shown_and_all_land(project, perfgate):
    rows = [f"a,{n}.5,{n:02d},2026-03-{n:02d}T12:00:00\n" for n in range(1, 15)]
    (project / "runs.csv").write_text("benchmark,value,run,started_at\n" + "".join(rows))
    code, out, err = perfgate("import", "csv", "runs.csv", "--record")
    assert code == 0, err
    assert "14 runs, the newest 10:" in out
    assert "2026-03-14" in out
    assert "2026-03-04" not in out
    assert len(list(project.glob("baselines/*/*.jsonl"))) == 14


def levels(text):
    """Benchmark and metric -> value of an export as BMF."""
    content = json.loads(text)
    return {(name, measure): one["value"] for name, found in content.items() for measure, one in found.items()}


@pytest.fixture
def recorded(project, perfgate):
    """A run of Criterion's, of two processes, with throughput."""
    folders = [
        write(
            project / f"t{number}",
            {**result("sort", "µ", ns=100.0 + number, throughput={"Bytes": 1000}), **result("hash", ns=3e6 + number)},
        )
        for number in range(2)
    ]
    assert perfgate("import", "criterion", *folders, "--record")[0] == 0
    (run,) = load_runs(project, slices=True)
    return run


def again(project, perfgate, name):
    code, _, err = perfgate("import", "auto", name, "--baseline", "again", "--record")
    assert code == 0, err
    return perfgate("export", "--format", "bmf", "--baseline", "again")[1]


def test_bmf_imported_again_has_the_same_levels(project, perfgate, recorded):
    perfgate("export", "--format", "bmf", "--output", "out.json")
    text = (project / "out.json").read_text(encoding="utf-8")
    assert levels(again(project, perfgate, "out.json")) == pytest.approx(levels(text), rel=1e-5)
    assert ("sort/µ", "throughput_bytes") in levels(text)


def test_openmetrics_tells_the_same_levels_in_base_units(perfgate, recorded):
    text = perfgate("export", "--format", "openmetrics")[1]
    found = re.findall(r'^(\w+)\{benchmark="([^"]+)".*\} (\S+) \S+$', text, re.MULTILINE)
    times = {name: float(value) for family, name, value in found if family == "perfgate_execution_time_seconds"}
    expected = {
        name: value * 1e-9
        for (name, measure), value in levels(perfgate("export", "--format", "bmf")[1]).items()
        if measure == "latency"
    }
    assert times == pytest.approx(expected)


@pytest.mark.parametrize("direction", ["lower", "higher"])
def test_github_action_benchmarks_json_imported_again_has_the_same_levels(project, perfgate, recorded, direction):
    perfgate("export", "--format", "github-action-benchmark", "--direction", direction, "--output", "out.json")
    before = levels(perfgate("export", "--format", "bmf")[1])
    wanted = {place: value for place, value in before.items() if (place[1] == "latency") == (direction == "lower")}
    assert levels(again(project, perfgate, "out.json")) == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize(
    "path",
    sorted(p for folder in FIXTURES.iterdir() if folder.is_dir() for p in folder.iterdir() if p.is_file()),
    ids=lambda p: p.name,
)
def test_every_fixture_is_imported_by_auto_and_exported_with_all_its_values(project, perfgate, path):
    assert perfgate("import", "auto", path, "--record")[0] == 0
    for environment in open_store("baselines", project).environments():
        before = export_csv(perfgate, "baselines", environment)
        (project / "again.csv").write_text(before, encoding="utf-8")
        code, _, err = perfgate("import", "csv", "again.csv", "--baseline", environment, "--record")
        assert code == 0, err
        (only,) = open_store(environment, project).environments()
        assert sorted(_rows(export_csv(perfgate, environment, only))) == sorted(_rows(before))


def export_csv(perfgate, baseline, environment):
    code, out, err = perfgate(
        "export", "--format", "csv", "--all", "--baseline", baseline, "--environment", environment
    )
    assert code == 0, err
    return out


def _rows(text):
    """All but the run's own name."""
    return [re.sub(r"^[^,]*,", "", line) for line in text.splitlines()]
