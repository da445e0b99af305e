"""`perfgate compare`: two sources of any kind, measured by real processes under a clock that says what the test says."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
from click.testing import CliRunner
from paired_project import SHOP, Project
from wheels import wheel

from pytest_perfgate.cli import perfgate
from pytest_perfgate.measure import side_environment

REPOSITORY = Path(__file__).parents[2]
SLOW = SHOP + "COST['c'] *= 1.2\n"


@pytest.fixture
def project(suite, monkeypatch):
    monkeypatch.setenv("PERFGATE_BUDGET", "600")
    return Project(suite)


def outside():
    """What an environment needs in a .pth file to see pytest and this package."""
    return "\n".join([str(REPOSITORY), *(entry for entry in sys.path if "site-packages" in entry)]) + "\n"


def environment(folder, shop):
    """A virtual environment in which `shop` is installed."""
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    (site / "outside.pth").write_text(outside())
    (site / "shop.py").write_text(shop)


def compared(done):
    report = json.loads(done.stdout)
    assert report["exit_code"] == done.returncode
    return report, times(report)


def times(report):
    rows = [row for row in report["judgements"] if row["metric"]["name"] == "execution_time"]
    return {row["benchmark"].split("::")[-1]: row["verdict"] for row in rows}


def test_the_working_tree_against_a_revision(project):
    project.write("src/shop.py", SLOW)
    status = project.git("status", "--porcelain")
    done = project.perfgate(
        "compare", "--base", "HEAD", "--candidate", ".", "--report", "out.json", "--report", "out.md"
    )
    assert done.returncode == 1, done.stderr
    assert "1 regressed" in done.stdout
    assert "Measured in turns with HEAD" in done.stdout
    assert "perfgate: the working tree against HEAD" in done.stderr
    assert json.loads((project.path / "out.json").read_text())["outcome"] == "regressed"
    assert (project.path / "out.md").exists()
    (project.path / "out.md").unlink()
    assert project.git("status", "--porcelain") == status
    assert project.left_behind == []


def test_two_revisions_whatever_stands_in_the_working_tree(project):
    project.write("src/shop.py", SLOW)
    project.commit("slower")
    project.write("src/shop.py", "raise AssertionError('not this one')\n")
    project.write("tests/test_it.py", "raise AssertionError('nor these benchmarks')\n")
    options = ("--candidate", "HEAD", "--json")
    report, verdicts = compared(
        project.perfgate("compare", "--base", "HEAD~1", *options, "--", "tests", "-k", "c or d")
    )
    assert verdicts == {"test_it[c]": "regressed", "test_it[d]": "unchanged"}
    assert report["candidate_commit"]["subject"] == "slower"
    assert report["candidate_commit"]["dirty"] is False


def test_two_environments_and_the_benchmarks_of_the_working_tree(project, tmp_path):
    for name, shop in (("old", SHOP), ("new", SLOW)):
        environment(tmp_path / name, shop)
    project.write("src/shop.py", "raise AssertionError('not this one')\n")
    sources = ("--base", f"venv:{tmp_path / 'old'}", "--candidate", f"venv:{tmp_path / 'new'}")
    report, verdicts = compared(project.perfgate("compare", *sources, "--json"))
    assert verdicts["test_it[c]"] == "regressed", report["explanation"]
    assert verdicts["test_it[a]"] == "unchanged"
    assert report["against"] == f"the environment '{tmp_path / 'old'}'"
    assert report["candidate_commit"] is None


def test_a_release_against_the_working_tree_without_git(project, tmp_path, monkeypatch):
    wheel(tmp_path, "shop", "1.0", {"shop.py": SHOP})
    wheel(tmp_path, "outside", "1", {"outside.pth": outside()})
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    # This package itself and what it needs would come from an index.
    monkeypatch.setattr(side_environment, "_own_requirement", lambda: ["outside"])
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    (project.path / ".git").rename(tmp_path / "git")
    project.write("src/shop.py", SLOW)
    monkeypatch.chdir(project.path)
    done = CliRunner().invoke(perfgate, ["compare", "--base", "pip:shop==1.0", "--candidate", ".", "--json"])
    report = json.loads(done.stdout)
    assert times(report)["test_it[c]"] == "regressed", (report["explanation"], done.stderr)
    assert report["against"] == "shop==1.0"


def test_the_same_code_on_both_sides_is_no_comparison(project, tmp_path):
    done = project.perfgate("compare", "--base", "HEAD", "--candidate", ".", "--json")
    report, _ = compared(done)
    assert report["outcome"] == "same code on both sides"
    assert "--measure-unchanged" in report["explanation"]
    assert "--perfgate-" not in report["explanation"]
    report, _ = compared(project.perfgate("compare", "--base", ".", "--candidate", ".", "--json"))
    assert report["outcome"] == "same code on both sides"
    for name in ("old", "new"):
        environment(tmp_path / name, SHOP)
    sources = ("--base", f"venv:{tmp_path / 'old'}", "--candidate", f"venv:{tmp_path / 'new'}")
    report, _ = compared(project.perfgate("compare", *sources, "--json"))
    assert report["outcome"] == "nothing differs"


@pytest.mark.parametrize(
    ("base", "words"),
    [
        ("no-such-branch", "git knows no commit 'no-such-branch'"),
        ("venv:nowhere", "'nowhere' is no virtual environment"),
    ],
)
def test_a_source_that_is_not_there_is_told(project, base, words):
    done = project.perfgate("compare", "--base", base, "--candidate", ".")
    assert done.returncode == 10
    assert words in " ".join(done.stdout.split())
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--candidate", "."], "Missing option '--base'"),
        (["--base", "pip:", "--candidate", "."], "names no package"),
        (["--base", "HEAD", "--candidate", ".", "--budget", "soon"], "'--budget'"),
        (["--base", "HEAD", "--candidate", ".", "--report", "x.pdf"], "'--report'"),
    ],
)
def test_wrong_usage_is_exit_2_with_what_to_do(project, arguments, words):
    done = project.perfgate("compare", *arguments)
    assert done.returncode == 2
    assert words in done.stderr.replace("--perfgate-", "--")
    assert "Traceback" not in done.stderr


def test_arguments_that_pytest_refuses_are_told_in_its_words(project):
    project.write("src/shop.py", SLOW)
    done = project.perfgate("compare", "--base", "HEAD", "--candidate", ".", "--", "--no-such-option")
    assert done.returncode == 10
    assert "--no-such-option" in done.stdout


def test_patterns_of_test_files_come_from_the_projects_own_configuration(project):
    """A helper by the pattern's name is benchmark code: the base runs the candidate's."""
    text = (project.path / "pyproject.toml").read_text()
    project.write(
        "pyproject.toml",
        text.replace("[tool.pytest.ini_options]", '[tool.pytest.ini_options]\npython_files = ["speed_*.py"]'),
    )
    (project.path / "tests" / "test_it.py").rename(project.path / "speed_it.py")
    (project.path / "tests" / "conftest.py").rename(project.path / "conftest.py")
    project.write("speed_names.py", "NAMES = ['a', 'b']\n")
    project.write(
        "speed_it.py",
        (project.path / "speed_it.py").read_text().replace("sorted(COST)", "__import__('speed_names').NAMES"),
    )
    project.commit("renamed")
    project.write("speed_names.py", "NAMES = ['c', 'd']\n")
    project.write("src/shop.py", SLOW)
    _, verdicts = compared(project.perfgate("compare", "--base", "HEAD", "--candidate", ".", "--json"))
    assert verdicts == {
        "test_it[c]": "regressed",
        "test_it[d]": "unchanged",
        "test_it[a]": "missing",  # of the base's own suite
        "test_it[b]": "missing",
    }


def test_without_a_repository_a_revision_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    command = [sys.executable, "-m", "pytest_perfgate", "compare", "--base", "HEAD", "--candidate", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 10
    assert "is in no git repository" in " ".join(done.stdout.split())


def test_a_selection_without_benchmarks_is_named(project):
    project.write("src/shop.py", SLOW)
    done = project.perfgate("compare", "--base", "HEAD", "--candidate", ".", "--json", "--", "-k", "nothing")
    report, _ = compared(done)
    assert report["outcome"] == "nothing selected"


def test_what_is_skipped_is_missing_with_its_reason(project):
    project.write(
        "tests/test_it.py",
        (project.path / "tests" / "test_it.py").read_text()
        + "\n@pytest.mark.skip(reason='no database')\ndef test_later(benchmark):\n    benchmark(spend, 'a', 1e-4)\n",
    )
    project.commit("skips one")
    project.write("src/shop.py", SHOP + "# a comment\n")
    report, verdicts = compared(project.perfgate("compare", "--base", "HEAD", "--candidate", ".", "--json"))
    assert verdicts["test_later"] == "missing"
    assert "no database" in json.dumps(report["judgements"])
