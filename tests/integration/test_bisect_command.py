"""`perfgate bisect` with real git and real processes, under a clock that says what the test says."""

import json
import os
import signal
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from paired_project import SHOP, SUITE, Project

from pytest_perfgate.cli import perfgate
from pytest_perfgate.measure import side_environment

REPOSITORY = Path(__file__).parents[2]
# What `pip install .` does, without a network.
SETUP = """
import os, sys, sysconfig
from pathlib import Path
site = Path(sysconfig.get_path("purelib"))
(site / "outside.pth").write_text(os.environ["TEST_OUTSIDE"] + "\\n")
(site / "shop.py").write_text(Path("src/shop.py").read_text())
"""
# The benchmark process of a pair ends the search that it belongs to: by Ctrl-C, or for good.
KILLER = """
    import os
    if "KILL" in os.environ and not os.path.exists(os.environ["KILLED"]) and str(CLOCK.process) == "candidate-1":
        open(os.environ["KILLED"], "x").close()
        os.kill(os.getppid(), int(os.environ["KILL"]))
    benchmark("""
ONE = SUITE.replace("sorted(COST)", "['c']").replace("import spend", "import CLOCK, spend")


@pytest.fixture
def project(suite, monkeypatch):
    monkeypatch.setenv("PERFGATE_BUDGET", "600")
    project = Project(suite)
    project.write("tests/test_it.py", ONE)
    project.git("tag", "before")
    return project


def plant(project, *subjects, slower, percent=30):
    """A commit per subject, the one called `slower` slows down."""
    for subject in subjects:
        text = (project.path / "src" / "shop.py").read_text()
        if subject == "broken":
            project.write("src/shop.py", "raise ImportError('no fast path')\n" + text)
        else:
            text = text.removeprefix("raise ImportError('no fast path')\n")
            project.write("src/shop.py", f"{text}# {subject}\n")
        if subject == slower:
            project.slow(percent)
        project.commit(subject)


def search(project, *arguments, good="before", bad="HEAD", **environ):
    return project.perfgate("bisect", "--good", good, "--bad", bad, *arguments, "tests/test_it.py", **environ)


def records(project):
    return json.loads((project.path / ".perfgate" / "bisect" / "state.json").read_text())["records"]


def test_the_slow_commit_is_named_and_nothing_of_the_user_is_touched(project):
    plant(project, "one", "two", "broken", "slow", "five", "six", slower="slow")
    # Its benchmark files cannot measure: bad's do.
    project.git("bisect", "start", "--no-checkout", "HEAD", "before")
    project.write("src/shop.py", "raise AssertionError('not this one')\n")
    project.write("tests/test_it.py", "raise AssertionError('nor these benchmarks')\n")
    state = [project.git(*each) for each in (("status", "--porcelain"), ("for-each-ref",), ("bisect", "log"))]
    done = search(project, "--json")
    report = json.loads(done.stdout)
    (finding,) = report["findings"]
    assert done.returncode == 0
    assert (finding["benchmark"], finding["outcome"]) == ("tests/test_it.py::test_it[c]", "found")
    assert [commit["subject"] for commit in finding["culprits"]][-1] == "slow"
    assert finding["probability"] > 0.95
    assert finding["own"]["relative"] == pytest.approx(0.30, abs=0.01)
    assert "broken" not in str(finding["parent"])
    assert "perfgate: 6 commits between" in done.stderr
    assert [project.git(*each) for each in (("status", "--porcelain"), ("for-each-ref",), ("bisect", "log"))] == state
    assert project.left_behind == []
    again = project.perfgate("bisect", "--resume")
    assert again.returncode == 0
    assert "slower since" in again.stdout
    assert "pair 1" not in again.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_search_goes_on_where_it_was(project, tmp_path, number):
    project.write("tests/test_it.py", ONE.replace("\n    benchmark(", KILLER))
    project.commit("kill")
    plant(project, "slow", slower="slow")
    killed = tmp_path / "killed"
    done = search(project, good="HEAD~1", KILL=str(int(number)), KILLED=str(killed))
    assert killed.exists()
    assert done.returncode == (130 if number == signal.SIGINT else -9), done.stderr
    if number == signal.SIGINT:
        assert "--resume" in done.stderr
        assert project.left_behind == []
    kept = records(project)
    assert len(kept) == 1
    refused = search(project, good="HEAD~1")
    assert refused.returncode == 2
    assert "--resume" in refused.stderr
    done = project.perfgate("bisect", "--resume", KILLED=str(killed))
    assert done.returncode == 0, done.stderr
    assert "slower since" in done.stdout
    assert "1 pairs are measured already" in done.stderr
    assert records(project)[:1] == kept
    assert project.left_behind == []


def test_an_improvement_is_found_on_request_and_the_working_tree_may_be_bad(project):
    project.commit("one benchmark")
    project.write("src/shop.py", SHOP)
    project.slow(-20)
    done = search(project, "--json", good="HEAD", bad=".")
    assert done.returncode == 10
    assert json.loads(done.stdout)["findings"][0]["outcome"] == "changed the other way"
    done = search(project, "--improvement", good="HEAD", bad=".")
    assert done.returncode == 0, done.stderr
    assert "faster since" in done.stdout
    assert "perfgate: the working tree as it stands" in done.stdout


def test_a_benchmark_that_cannot_run_on_good_or_is_not_there_says_so(project):
    plant(project, "broken", "one", "two", slower="two")
    done = search(project, good="HEAD~2")
    assert done.returncode == 10
    assert "cannot run" in done.stdout
    assert "no fast path" in done.stdout
    done = project.perfgate("bisect", "--good", "HEAD~1", "--bad", "HEAD", "tests/test_it.py::test_gone")
    assert done.returncode == 10
    assert "test_gone" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--good", "before", "tests"], 2, "Missing --bad REV"),
        (["--good", "before", "--bad", "HEAD"], 2, "BENCHMARK"),
        (["--resume"], 2, "no search was begun"),
        (["--resume", "--good", "before"], 2, "leave out --good"),
        (["--good", "HEAD", "--bad", "HEAD", "tests"], 2, "are the same commit"),
        (["--good", "no-such", "--bad", "HEAD", "tests"], 10, "git knows no commit 'no-such'"),
        (["--good", "HEAD", "--bad", "before", "tests"], 10, "git merge-base"),
        (["--good", "before", "--bad", "HEAD", "--min-change", "much", "tests"], 2, "--min-change"),
        (["--good", "before", "--bad", "HEAD", "--min-change", "5ms", "tests"], 2, "a share such as '2%'"),
    ],
)
def test_wrong_questions_are_answered_with_what_to_do(project, arguments, code, words):
    project.commit("one benchmark")
    done = project.perfgate("bisect", *arguments)
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_search_can_be_forgotten_and_two_at_once_are_refused(project):
    folder = project.path / ".perfgate" / "bisect"
    assert "nothing to forget" in project.perfgate("bisect", "--reset").stdout
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "state.json").write_text("damaged")
    done = search(project)
    assert done.returncode == 10
    assert "--reset" in done.stderr
    assert project.perfgate("bisect", "--reset").stdout == "Forgotten.\n"
    from pytest_perfgate.measure.owner import write_owner

    write_owner(folder / "owner.json")
    done = search(project)
    assert done.returncode == 10
    assert f"process {os.getpid()}" in done.stderr


def test_commits_are_built_where_that_is_asked_for_and_what_does_not_build_is_skipped(project, monkeypatch):
    """In an environment of its own that the setup command fills, without a network."""
    outside = [str(REPOSITORY), *(entry for entry in sys.path if "site-packages" in entry)]
    monkeypatch.setenv("TEST_OUTSIDE", "\n".join(outside))
    monkeypatch.setattr(side_environment, "_MAKE_VENV", ("-m", "venv", "--without-pip"))
    monkeypatch.chdir(project.path)
    project.write("setup_side.py", SETUP)
    project.commit("one benchmark, with a build")
    plant(project, "one", slower="")
    project.write("setup_side.py", SETUP + "sys.exit('no compiler')\n")
    plant(project, "unbuilt", slower="")
    project.write("setup_side.py", SETUP)
    plant(project, "slow", "four", slower="slow")
    options = ["--good", "HEAD~4", "--bad", "HEAD", "--setup", "python setup_side.py", "--json", "tests/test_it.py"]
    done = CliRunner().invoke(perfgate, ["bisect", *options])
    report = json.loads(done.stdout)
    (finding,) = report["findings"]
    assert finding["outcome"] == "found", done.stderr
    assert [commit["subject"] for commit in finding["culprits"]][-1] == "slow"
    (why,) = report["unusable"].values()
    assert "no compiler" in why
