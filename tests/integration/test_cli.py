"""The command-line tool as a user has it: in a subprocess, on a recorded store."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from builders import make_run

import pytest_perfgate
from pytest_perfgate.storage import open_store

COSTS = {"t.py::a": 1e-3, "t.py::b": 2e-3, "t.py::c": 5e-6, "t.py::d": 7e-5}


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    store = open_store("baselines", tmp_path)
    from datetime import datetime, timedelta, timezone

    from msgspec.structs import replace

    began = datetime.now(timezone.utc) - timedelta(days=1)
    for number in range(6):
        costs = COSTS if number < 5 else {**COSTS, "t.py::a": 1.3e-3}
        run = make_run(number, costs, slices=6, processes=6)
        store.save_run(replace(run, started_at=began + timedelta(hours=number)))
    return tmp_path


def perfgate(folder, *arguments, **options):
    command = [sys.executable, "-m", "pytest_perfgate", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, encoding="utf-8", **options)


def test_check_judges_the_newest_run_again(project):
    done = perfgate(project, "check")
    assert done.returncode == 1
    assert "FAIL: 1 benchmark got worse" in done.stdout
    assert done.stdout.splitlines()[-1] == "4 compared, 1 regressed, 0 inconclusive, 0 new, 0 missing"


def test_check_judges_an_earlier_run_by_its_own_past(project):
    run_id = sorted(path.stem for path in project.glob("baselines/*/*.jsonl"))[4]
    done = perfgate(project, "check", "--run", run_id[:25], "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["outcome"] == "passed"


@pytest.mark.parametrize("ending", ["json", "md", "html", "txt"])
def test_report_writes_every_format(project, ending):
    assert perfgate(project, "report", "--output", f"out.{ending}").returncode == 0
    assert "t.py" in (project / f"out.{ending}").read_text(encoding="utf-8")
    printed = perfgate(project, "report", "--format", ending)
    assert printed.returncode == 0
    assert printed.stdout


def test_a_zip_report_holds_the_numbers_and_other_ci_has_its_formats(project):
    from pytest_perfgate.storage.evidence_file import decode_evidence

    assert perfgate(project, "report", "--output", "evidence.zip").returncode == 0
    evidence = decode_evidence((project / "evidence.zip").read_bytes())
    assert len(evidence.reference) == 5
    assert evidence.candidate.samples
    (project / "report.json").write_text(perfgate(project, "check", "--json").stdout, encoding="utf-8")
    assert perfgate(project, "report", "report.json", "--output", "x.zip").returncode == 2
    for name in ("junit", "sarif", "code-quality"):
        printed = perfgate(project, "report", "report.json", "--format", name)
        assert "t.py" in printed.stdout
        assert perfgate(project, "report", "report.json", "--format", name, "-o", "out").returncode == 0
        assert (project / "out").read_text(encoding="utf-8") == printed.stdout


def test_report_renders_a_report_json_again(project):
    perfgate(project, "report", "--output", "out.json")
    done = perfgate(project, "report", "out.json", "--format", "md")
    assert "1 of 4 benchmarks is slower" in done.stdout


def test_history_as_table_csv_and_json(project):
    table = perfgate(project, "history", "t.py::a").stdout
    assert "6 runs" in table
    assert "▁" in table
    rows = list(csv.DictReader(io.StringIO(perfgate(project, "history", "t.py::a", "--csv").stdout)))
    assert len(rows) == 6
    assert float(rows[0]["level"]) == pytest.approx(1e-3, rel=0.2)
    assert len(json.loads(perfgate(project, "history", "t.py::a", "--json").stdout)["points"]) == 6


def test_an_unknown_benchmark_gets_the_nearest_names(project):
    done = perfgate(project, "history", "t.py::aa")
    assert done.returncode == 10
    assert "did you mean" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_metric_gets_those_that_are_there(project):
    done = perfgate(project, "history", "t.py::a", "--metric", "exection_time")
    assert done.returncode == 10
    assert "'t.py::a' has no metric 'exection_time'; it has allocated_peak, cpu_time, execution_time." in done.stderr


def test_a_history_of_nothing_says_how_to_record(tmp_path):
    done = perfgate(tmp_path, "history", "t.py::a")
    assert done.returncode == 10
    assert "record one with 'pytest --perfgate-record'" in done.stderr


def test_baseline_list_show_diff_verify_export(project):
    assert "6 runs" in perfgate(project, "baseline", "list").stdout
    assert "t.py::a" in perfgate(project, "baseline", "show").stdout
    ids = sorted(path.stem for path in project.glob("baselines/*/*.jsonl"))
    diff = perfgate(project, "baseline", "diff", ids[0], ids[5])
    assert diff.returncode == 0
    assert "t.py::a" in diff.stdout
    assert perfgate(project, "baseline", "verify").stdout == "6 runs, 0 problems\n"
    rows = list(csv.DictReader(io.StringIO(perfgate(project, "baseline", "export").stdout)))
    assert len(rows) == 6 * 4 * 6 * 3


def test_verify_names_a_damaged_file(project):
    path = min(project.glob("baselines/*/*.jsonl"))
    path.write_bytes(path.read_bytes()[:-50])
    done = perfgate(project, "baseline", "verify")
    assert done.returncode == 10
    assert path.name in done.stderr


def test_prune_says_first_and_keeps_the_newest(project):
    assert "Would delete 0 runs." in perfgate(project, "baseline", "prune", "--dry-run").stdout
    done = perfgate(project, "baseline", "prune", "--keep-runs", "1", "--keep-days", "1", "--dry-run")
    assert "Would delete 1 run." in done.stdout
    assert len(list(project.glob("baselines/*/*.jsonl"))) == 6
    perfgate(project, "baseline", "prune", "--keep-runs", "1", "--keep-days", "1")
    assert len(list(project.glob("baselines/*/*.jsonl"))) == 5


def test_accept_takes_its_size_from_the_newest_run_and_check_then_passes(project):
    done = perfgate(project, "accept", "t.py::a", "--reason", "it checks now")
    assert done.returncode == 0, done.stderr
    (path,) = project.glob("baselines/accepted/*.json")
    accepted = json.loads(path.read_text())
    assert accepted["relative_change"] == pytest.approx(0.3, abs=0.05)
    assert accepted["reason"] == "it checks now"
    checked = perfgate(project, "check")
    assert checked.returncode == 0, checked.stdout
    assert "1 accepted" in checked.stdout


def test_accepting_what_did_not_get_worse_is_refused(project):
    done = perfgate(project, "accept", "t.py::b", "--reason", "x")
    assert done.returncode == 2
    assert "--at-most" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["chekc"], "Did you mean 'check'"),
        (["check", "--rnu", "x"], "No such option"),
        (["report", "--output", "x.pdf"], "must end in"),
        (["accept", "a", "--at-most", "lots", "--reason", "x"], "quantity"),
        (["accept", "a"], "--reason"),
        (["prune"], "No such command"),
    ],
)
def test_wrong_usage_is_exit_2_with_what_to_do(project, arguments, words):
    done = perfgate(project, *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_an_empty_folder_is_no_traceback(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    for arguments in (["check"], ["report"], ["baseline", "show"], ["history", "a"], ["baseline", "export"]):
        done = perfgate(tmp_path, *arguments)
        assert done.returncode == 10, arguments
        assert "Traceback" not in done.stderr
    assert perfgate(tmp_path, "baseline", "list").stdout == "No runs are recorded.\n"


def test_wrong_configuration_is_exit_2_with_every_problem(project):
    (project / "pyproject.toml").write_text("[tool.perfgate]\nalhpa = 1\nprocesses = 'x'\n")
    done = perfgate(project, "config")
    assert done.returncode == 2
    assert "did you mean 'alpha'" in done.stderr
    assert "'processes'" in done.stderr


def test_config_says_where_each_value_comes_from(project, monkeypatch):
    (project / "pyproject.toml").write_text("[tool.perfgate]\nalpha = 0.02\n")
    monkeypatch.setenv("PERFGATE_PROCESSES", "5")
    values = json.loads(perfgate(project, "config", "--json").stdout)
    assert values["alpha"] == {"value": 0.02, "source": "[tool.perfgate]"}
    assert values["processes"] == {"value": 5, "source": "environment"}
    assert "0.02" in perfgate(project, "config").stdout


def test_doctor_gives_numbers(project):
    watched = json.loads(perfgate(project, "doctor", "--seconds", "1", "--json").stdout)
    assert watched["measurements"] >= 8
    assert watched["visible_change"] > 0
    assert "smallest change that a gate could see" in perfgate(project, "doctor", "--seconds", "1").stdout


def test_a_closed_pipe_is_no_error(project):
    command = f'"{sys.executable}" -m pytest_perfgate baseline export | head -n 1'
    done = subprocess.run(command, shell=True, cwd=project, capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_help_needs_neither_numpy_nor_scipy():
    code = "import sys; from pytest_perfgate.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit: pass\nprint(sorted({'numpy','scipy','pandas','msgspec'} & set(sys.modules)), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "scipy" not in done.stderr
    assert "numpy" not in done.stderr
    assert "Commands" in done.stdout


def test_a_plain_pytest_start_imports_nothing_heavy(tmp_path):
    code = "import sys, pytest; pytest.main(['--collect-only', '-q', '-p', 'no:cacheprovider', '-p', 'no:hypothesispytest']); print(sorted({'numpy','scipy','pandas','msgspec','psutil','pytest_perfgate.wiring'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_python_interface(project, monkeypatch):
    monkeypatch.chdir(project)
    runs = list(pytest_perfgate.load_runs())
    assert len(runs) == 6
    rows = pytest_perfgate.compare(runs[-1], runs[:-1])
    assert {row.benchmark for row in rows} == set(COSTS)
    frame = pytest_perfgate.to_dataframe(runs)
    timed = frame[(frame["metric"] == "execution_time") & (frame["benchmark"] == "t.py::b")]
    assert timed["adjusted"].std() < timed["location"].std()
    assert frame[frame["metric"] == "allocated_peak"]["adjusted"].isna().all()
    assert set(frame["benchmark"]) == set(COSTS)
    report = pytest_perfgate.check(project)
    assert int(report.exit_code) == 1
    assert "FAIL" in pytest_perfgate.render(report, ".txt")
    assert Path(pytest_perfgate.__file__).with_name("py.typed").exists()


def test_sensitivity_says_what_the_gate_sees_and_draws_it(project):
    done = perfgate(project, "sensitivity", "t.py::a", "--plot", "power.svg")
    assert done.returncode == 0, done.stderr
    assert "t.py::a" in done.stdout
    assert "present settings" in done.stdout
    assert (project / "power.svg").read_text(encoding="utf-8").startswith("<svg")
    found = json.loads(perfgate(project, "sensitivity", "--json").stdout)
    assert {row["benchmark"] for row in found["benchmarks"]} == set(COSTS)


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [(["--plot", "x.png"], "must end in .html or .svg", 2), (["nothing::like"], "has no 'nothing::like'", 10)],
    ids=["ending", "name"],
)
def test_sensitivity_says_what_is_wrong(project, arguments, words, code):
    done = perfgate(project, "sensitivity", *arguments)
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_changes_finds_the_run_from_which_it_is_slower_as_text_csv_and_json(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    store = open_store("baselines", tmp_path)
    for number in range(16):
        store.save_run(make_run(number, COSTS if number < 10 else {**COSTS, "t.py::a": 1.3e-3}))
    lines = perfgate(tmp_path, "changes").stdout.splitlines()
    assert lines[0].startswith("8 series over 16 runs, 2026-03-01 to 2026-03-02")
    assert lines[2] == f"2026-03-01 22:00  {'0' * 12}, after {'0' * 12}"
    assert "slower · 6 runs" in lines[3]
    (row,) = csv.DictReader(io.StringIO(perfgate(tmp_path, "changes", "--csv").stdout))
    assert (row["benchmark"], row["good"], row["bad"]) == ("t.py::a", f"{9:040x}", f"{10:040x}")
    content = json.loads(perfgate(tmp_path, "changes", "*::a", "--metric", "execution_time", "--json").stdout)
    assert content["series"] == 1
    assert content["changes"][0]["relative_change"] == pytest.approx(0.3, abs=0.03)
    assert "No level changed" in perfgate(tmp_path, "changes", "--new").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--since", "yesterday"], 2, "'yesterday' is no period"),
        (["--min-change", "much"], 2, "--min-change"),
        (["t.py::aa"], 10, "did you mean"),
        (["--metric", "exec"], 10, "No recorded run has 'exec'"),
    ],
    ids=["since", "min-change", "name", "metric"],
)
def test_changes_asked_wrongly_says_what_is_wrong(project, arguments, code, words):
    done = perfgate(project, "changes", *arguments)
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_the_page_of_all_recorded_runs_is_one_file(project):
    done = perfgate(project, "report", "--history", "--output", "history.html")
    assert done.returncode == 0, done.stderr
    page = (project / "history.html").read_text(encoding="utf-8")
    assert "t.py::a" in page
    found = json.loads(perfgate(project, "report", "--history", "--format", "json").stdout)
    assert len(found["environments"][0]["runs"]) == 6


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--history"], "'--history' writes .html or .json"),
        (["--history", "-o", "x.md"], "'--history' writes .html or .json"),
        (["--history", "--run", "2026"], "takes no SOURCE and no '--run'"),
    ],
    ids=["nowhere", "ending", "run"],
)
def test_the_page_says_what_it_cannot_be(project, arguments, words):
    done = perfgate(project, "report", *arguments)
    assert done.returncode == 2
    assert words in " ".join(done.stderr.split())


def test_the_report_of_a_period_is_written_in_each_format(project):
    assert perfgate(project, "report", "--since", "30d").stdout.startswith("Performance from")
    for ending in ("md", "html", "json"):
        done = perfgate(project, "report", "--since", "30d", "--format", ending)
        assert done.returncode == 0, done.stderr
        assert "score" in done.stdout.lower()


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        (["--since", "soon"], "is no period", 2),
        (["--since", "30d", "-o", "x.zip"], "The report of a period is written as", 2),
        (["--since", "30d", "--run", "2026"], "takes no SOURCE and no '--run'", 2),
        (["--since", "2099-01-01"], "No run since 2099-01-01", 10),
    ],
    ids=["period", "ending", "run", "empty"],
)
def test_the_report_of_a_period_says_what_is_wrong(project, arguments, words, code):
    done = perfgate(project, "report", *arguments)
    assert done.returncode == code
    assert words in " ".join(done.stderr.split())
