"""Nothing faked: the example is recorded and gated, then really slowed by its own flag."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(folder, *arguments):
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=600)


def test_really_slower_code_fails_and_is_named(tmp_path, monkeypatch):
    """How seldom something else is named is a share, which benchmarks/accuracy measures, and no fact of one run."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    shutil.copytree(EXAMPLES, tmp_path / "examples", ignore=shutil.ignore_patterns("baselines", "__pycache__"))
    folder = tmp_path / "examples"
    done = run(folder, "pytest_perfgate", "record", "--runs", "3")
    assert done.returncode == 0, done.stdout + done.stderr
    slow = run(folder, "pytest", "-q", "--perfgate", "--plant-slowdown", "--perfgate-report=report.json")
    assert slow.returncode == 1, slow.stdout
    rows = json.loads((folder / "report.json").read_text())["judgements"]
    failing = {row["benchmark"] for row in rows if row["verdict"] == "regressed"}
    assert "test_shop.py::test_parse_csv" in failing, slow.stdout
