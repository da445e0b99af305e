"""`perfgate anomalies` as a user has it: in a subprocess, on a recorded store."""

import csv
import io
import json
import subprocess
import sys
from datetime import datetime, timedelta, timezone

import pytest
from builders import make_run, with_resources
from msgspec.structs import replace

from pytest_perfgate.model.metric import CONTEXT_SWITCHES_INVOLUNTARY
from pytest_perfgate.storage import open_store

COSTS = {"t.py::a": 1e-3, "t.py::b": 2e-3, "t.py::c": 5e-6}


def record(folder, count):
    store = open_store("baselines", folder)
    began = datetime.now(timezone.utc) - timedelta(days=10)
    for number in range(count):
        odd = number == 57
        run = make_run(number, COSTS, machine=1.5 if odd else None)
        used = {CONTEXT_SWITCHES_INVOLUNTARY: 500.0} if odd else {}
        run = with_resources(run, used=used, load=9.0 if odd else 0.3)
        started = began + timedelta(hours=number)
        store.save_run(replace(run, id=f"{started:%Y%m%dT%H%M%SZ}-{number:06d}", started_at=started))


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    record(tmp_path, 60)
    return tmp_path


def perfgate(folder, *arguments):
    command = [sys.executable, "-m", "pytest_perfgate", "anomalies", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, encoding="utf-8")


def test_the_stray_run_is_listed_and_in_the_file(project):
    done = perfgate(project)
    assert done.returncode == 0, done.stderr
    assert "the oddest of 58" in done.stdout
    assert "10 runs scored, 1 unusual as a whole" in done.stdout
    assert perfgate(project, "--output", "odd.json").returncode == 0
    rows = json.loads((project / "odd.json").read_text(encoding="utf-8"))["runs"]
    assert [row["run"][-6:] for row in rows if row["unusual"]] == ["000057"]
    assert perfgate(project, "--output", "odd.csv").returncode == 0
    table = list(csv.DictReader(io.StringIO((project / "odd.csv").read_text(encoding="utf-8"))))
    assert table[0]["rank"] == "1"


def test_one_run_is_explained(project):
    run_id = next(path.stem for path in project.glob("baselines/*/*-000057.jsonl"))
    done = perfgate(project, "--explain", "--run", run_id)
    assert done.returncode == 0, done.stderr
    assert "unusual; the oddest of 58" in done.stdout
    assert "canary" in done.stdout
    assert "not unusual" in perfgate(project, "--explain").stdout


def test_a_model_is_kept_used_and_refused_when_it_is_damaged(project):
    done = perfgate(project, "--train")
    assert done.returncode == 0, done.stderr
    (path,) = project.glob("baselines/models/*.joblib")
    assert "Learned from 60 runs" in done.stdout
    assert perfgate(project, "--detect").returncode == 0
    path.write_bytes(path.read_bytes()[:-100])
    damaged = perfgate(project, "--detect")
    assert damaged.returncode == 10
    assert "checksum" in damaged.stderr
    assert "Traceback" not in damaged.stderr


def test_too_little_history_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    record(tmp_path, 3)
    assert "3 had too few runs before them" in perfgate(tmp_path).stdout
    assert "48 more are needed" in perfgate(tmp_path, "--explain").stdout
    trained = perfgate(tmp_path, "--train")
    assert trained.returncode == 10
    assert "47 more are needed" in trained.stderr


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--since", "lately"], "no period"),
        (["--run", "x"], "goes with --explain"),
        (["--train", "--output", "x.json"], "goes with --detect"),
        (["--output", "x.html"], "ends in"),
        (["--train", "--baseline", "git-branch:perf"], "kept in a folder"),
    ],
    ids=["period", "run", "train", "ending", "branch"],
)
def test_wrong_usage_is_said(tmp_path, monkeypatch, arguments, word):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    done = perfgate(tmp_path, *arguments)
    assert done.returncode == 2, done.stderr
    assert word in done.stderr


def test_forecast_and_trends_print_each_form(project):
    def run(*arguments):
        command = [sys.executable, "-m", "pytest_perfgate", *arguments]
        return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False, encoding="utf-8")

    shown = run("forecast", "t.py::a", "--metric", "execution_time")
    assert shown.returncode == 0, shown.stderr
    assert "(90%)" in shown.stdout
    assert "per 30 days" in run("trends").stdout
    assert json.loads(run("forecast", "--json").stdout)["runs"] == 60
    assert run("trends", "--csv").stdout.startswith("benchmark,metric,unit")
    unknown = run("trends", "t.py::zz")
    assert unknown.returncode == 10
    assert "Traceback" not in unknown.stderr
