"""Recorded dates that can't be right, and damaged files, through every command that reads the history."""

import csv
import io
import json
import subprocess
import sys
from datetime import datetime, timedelta, timezone

import pytest
from builders import make_run
from msgspec.structs import replace

from pytest_perfgate.model import Commit
from pytest_perfgate.storage import open_store

COSTS = {"t.py::a": 1e-3, "t.py::b": 2e-3, "t.py::c": 5e-6}
NOW = datetime.now(timezone.utc)
FIRST = NOW - timedelta(days=20)
COMMANDS = (
    ("changes",),
    ("forecast", "--metric", "execution_time"),
    ("anomalies",),
    ("trends", "--metric", "execution_time"),
    ("report", "--history", "--output", "page.html"),
)


def record(folder, count, *, started=lambda _: None, step=None):
    """`started`: when a run says that it was started, where that is not six hours after the one before."""
    store = open_store("baselines", folder)
    for number in range(count):
        real = FIRST + timedelta(hours=6 * number)
        at = started(number) or real
        slower = step is not None and number >= step
        run = make_run(number, {**COSTS, "t.py::a": 1.3e-3 if slower else 1e-3}, machine=1.0)
        commit = Commit(f"{number:040x}", committed_at=real - timedelta(minutes=5))
        store.save_run(replace(run, id=f"{at:%Y%m%dT%H%M%SZ}-{number:06d}", started_at=at, commit=commit))


@pytest.fixture
def perfgate(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    def run(*arguments, **environ):
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        command = [sys.executable, "-m", "pytest_perfgate", *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, encoding="utf-8")
        assert "Traceback" not in done.stderr
        return done

    return run


def page_of(folder):
    text = (folder / "page.html").read_text(encoding="utf-8")
    return json.loads(text.split('id="data">', 1)[1].split("</script>", 1)[0])["environments"][0]


def words(done):
    assert done.returncode == 0, done.stderr
    return " ".join(done.stdout.split())


def test_a_clock_that_was_set_back_is_said_and_the_change_found_at_its_commit(perfgate, tmp_path):
    """Runs 30 to 39 say that they were started forty days earlier: their commits know better."""
    late = range(30, 40)
    record(tmp_path, 50, started=lambda n: FIRST + timedelta(hours=6 * n, days=-40) if n in late else None, step=34)
    said = "10 recorded runs are dated before the commit that was measured: a clock was set back"
    found = perfgate("changes", "--json")
    assert said in " ".join(json.loads(found.stdout)["notes"])
    (change,) = [c for c in json.loads(found.stdout)["changes"] if c["metric"]["name"] == "execution_time"]
    assert change["bad"] == f"{34:040x}"
    for command in COMMANDS[:-1]:
        assert said in words(perfgate(*command)), command
    assert perfgate(*COMMANDS[-1]).returncode == 0
    page = page_of(tmp_path)
    assert len(page["runs"]) == 50
    assert any(said in note for note in page["notes"])


def test_runs_of_one_and_the_same_time_are_taken_in_the_order_of_their_ids(perfgate, tmp_path):
    record(tmp_path, 30, started=lambda _: FIRST + timedelta(days=9), step=15)
    found = perfgate("changes", "--json")
    assert "29 runs started at the time of another" in " ".join(json.loads(found.stdout)["notes"])
    (change,) = [c for c in json.loads(found.stdout)["changes"] if c["metric"]["name"] == "execution_time"]
    assert change["bad"] == f"{15:040x}"
    assert "1.3" in words(perfgate("forecast", "t.py::a", "--metric", "execution_time"))
    assert "all at one time" in words(perfgate("trends", "--metric", "execution_time"))
    assert "had too few runs before them" in words(perfgate("anomalies"))
    assert perfgate(*COMMANDS[-1]).returncode == 0
    assert len(page_of(tmp_path)["runs"]) == 30


def test_dates_in_the_future_are_left_out_and_said(perfgate, tmp_path):
    record(tmp_path, 33, started=lambda n: NOW + timedelta(days=400, hours=n) if n >= 30 else None)
    said = "3 recorded runs were left out: dated in the future; a clock was wrong"
    for command in COMMANDS[:-1]:
        assert said in words(perfgate(*command)), command
    assert perfgate(*COMMANDS[-1]).returncode == 0
    page = page_of(tmp_path)
    assert len(page["runs"]) == 30
    assert any(said in note for note in page["notes"])
    assert perfgate("anomalies", "--output", "odd.csv").returncode == 0
    rows = csv.DictReader(io.StringIO((tmp_path / "odd.csv").read_text(encoding="utf-8")))
    assert all(row["started_at"] < NOW.isoformat() for row in rows)


def test_where_every_run_is_of_the_future_that_is_the_reason(perfgate, tmp_path):
    record(tmp_path, 5, started=lambda n: NOW + timedelta(days=400, hours=n))
    for command in COMMANDS:
        done = perfgate(*command)
        assert (done.returncode, "dated in the future" in done.stdout + done.stderr) in {(0, True), (10, True)}, command


def cut(folder, number):
    """One run's file, its end lost."""
    (path,) = folder.glob(f"baselines/*/*-{number:06d}.jsonl")
    path.write_bytes(path.read_bytes()[:-100])
    return path.name


def test_a_damaged_file_is_named_by_every_command_left_out_or_not(perfgate, tmp_path):
    record(tmp_path, 30)
    name = cut(tmp_path, 7)
    for command in COMMANDS:
        done = perfgate(*command)
        assert done.returncode == 10, command
        assert name in done.stderr.replace("\n", ""), command
    for command in COMMANDS[:-1]:
        assert name in words(perfgate(*command, PERFGATE_IGNORE_DAMAGED="true")).replace(" ", ""), command
    assert perfgate(*COMMANDS[-1], PERFGATE_IGNORE_DAMAGED="true").returncode == 0
    assert any(name in note for note in page_of(tmp_path)["notes"])


def test_an_old_damaged_file_does_not_silence_the_advice_without_a_word(perfgate, tmp_path):
    """The comparison needs the newest fifty runs, the advice a hundred: a damaged one among the others is named."""
    record(tmp_path, 62)
    assert "not known" not in perfgate("check").stdout
    name = cut(tmp_path, 3)
    done = perfgate("check")
    assert done.returncode == 0, done.stdout
    assert "Whether this run is unusual is not known" in " ".join(done.stdout.split())
    assert name in "".join(done.stdout.split())
    told = perfgate("check", "--json")
    assert "truncated" in json.loads(told.stdout)["anomaly"]["problem"]
    ignored = perfgate("check", PERFGATE_IGNORE_DAMAGED="true")
    assert "not known" not in ignored.stdout
    assert name in "".join(ignored.stdout.split())
