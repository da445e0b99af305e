"""A git repository with benchmarks under the fake instrument, for real paired runs."""

import json
import os
import subprocess
import sys
import textwrap

import psutil

SHOP = """
COST = {"a": 1e-4, "b": 2e-4, "c": 5e-5, "d": 3e-4}
"""
SUITE = """
import pytest
from conftest import spend
from shop import COST

@pytest.mark.parametrize("name", sorted(COST))
def test_it(benchmark, name):
    benchmark(spend, name, COST[name])

def test_plain():
    pass
"""
CONFIG = """
[tool.pytest.ini_options]
addopts = ["-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-p", "no:pytest_cov", "-p", "no:xdist"]
pythonpath = ["src"]

[tool.perfgate]
seed = 1
"""


class Project:
    """A git repository: `src/shop.py` is the project, `tests/` its benchmarks."""

    def __init__(self, suite):
        self.suite, self.path = suite, suite.pytester.path
        (self.path / "conftest.py").rename(self.path / "tests_conftest")
        (self.path / "tests").mkdir()
        (self.path / "tests_conftest").rename(self.path / "tests" / "conftest.py")
        (self.path / "pyproject.toml").write_text(CONFIG)
        (self.path / ".gitignore").write_text("__pycache__\n.perfgate/\n*.json\nstdout\nstderr\nrunpytest-*\n")
        self.write("src/shop.py", SHOP)
        self.write("tests/test_it.py", SUITE)
        self.git("init", "-q", "-b", "main")
        self.commit("base")

    def write(self, name, text):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")

    def git(self, *arguments):
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=self.path, check=True, capture_output=True, text=True, encoding="utf-8"
        )
        return done.stdout.strip()

    def commit(self, subject):
        self.git("add", "-A")
        self.git("commit", "-q", "-m", subject)

    def slow(self, percent, name="c"):
        text = (self.path / "src" / "shop.py").read_text()
        self.write("src/shop.py", text + f"COST[{name!r}] *= 1 + {percent} / 100\n")

    def gate(self, *arguments, against="HEAD", **environ):
        """The result and the JSON report."""
        report = self.path / "report.json"
        report.unlink(missing_ok=True)
        options = [f"--perfgate-against={against}"] if against else ["--perfgate-against"]
        result = self.suite.run("--perfgate", *options, f"--perfgate-report={report}", *arguments, **environ)
        return result, json.loads(report.read_text()) if report.exists() else None

    def perfgate(self, *arguments, **environ):
        """The command-line tool, as a user has it."""
        return subprocess.run(
            [sys.executable, "-m", "pytest_perfgate", *arguments],
            cwd=self.path,
            env={**os.environ, **environ},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    @property
    def left_behind(self):
        """Worktrees and processes that should be gone."""
        trees = self.git("worktree", "list").splitlines()[1:]
        ours = [
            process.pid
            for process in psutil.process_iter(["cmdline"])
            if any("--perfgate-follow" in part for part in process.info["cmdline"] or ())
            and str(self.path) in " ".join(process.info["cmdline"] or ())
        ]
        folder = self.path / ".perfgate" / "worktrees"
        return trees + ours + (list(folder.iterdir()) if folder.is_dir() else [])
