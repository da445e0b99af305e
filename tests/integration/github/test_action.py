"""The whole action without GitHub: its steps run as a runner runs them, from checkout to comment on the test server."""

import json
import subprocess
import sys

import pytest
from evidence_cases import evidence_report, packed
from github_api.runner import ROOT, Runner, environment
from github_api.server import HEAD, REPOSITORY, TOKEN, Fault

from pytest_perfgate.report.json_report import render_json

# The steps are lines of bash, as GitHub runs them on every system; here only where there is one.
# Made here, since pytester unloads what a test of it has imported.
REPORTS = {slow: evidence_report(slow) for slow in (1.0, 1.3)}
JSON = {slow: render_json(report) for slow, report in REPORTS.items()}
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="bash of a runner is not here")


SHOP = 'COST = {"a": 1e-4, "b": 2e-4, "c": 5e-5, "d": 3e-4}\n'
SUITE = """
import pytest
from conftest import spend
from shop import COST

@pytest.mark.parametrize("name", sorted(COST))
def test_it(benchmark, name):
    benchmark(spend, name, COST[name])
"""
CONFIG = """
[tool.pytest.ini_options]
addopts = ["-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-p", "no:pytest_cov", "-p", "no:xdist"]
pythonpath = ["src"]

[tool.perfgate]
seed = 1
"""


class Project:
    """A git repository: `src/shop.py` is the project, `tests/` its benchmarks under an instrument of known cost."""

    def __init__(self, folder):
        self.path = folder
        (folder / "tests").mkdir()
        (folder / "conftest.py").rename(folder / "tests" / "conftest.py")
        (folder / "pyproject.toml").write_text(CONFIG)
        (folder / ".gitignore").write_text("__pycache__\n.perfgate/\n")
        self.write("src/shop.py", SHOP)
        self.write("tests/test_it.py", SUITE)
        for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "base"]):
            identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
            subprocess.run(["git", *identity, *command], cwd=folder, check=True)

    def write(self, name, text):
        (self.path / name).parent.mkdir(exist_ok=True)
        (self.path / name).write_text(text, encoding="utf-8")

    def append(self, name, text):
        self.write(name, (self.path / name).read_text(encoding="utf-8") + text)

    def slow(self, percent):
        self.append("src/shop.py", f"COST['c'] *= 1 + {percent} / 100\n")


@pytest.fixture
def project(suite):
    return Project(suite.pytester.path)


class Action:
    def __init__(self, github, project, folder):
        self.github, self.project, self.folder = github, project, folder
        (folder / "temporary").mkdir()
        self.event = folder / "event.json"
        self.write_event("pull_request")

    def write_event(self, name, source=REPOSITORY):
        head = {"sha": HEAD, "ref": "faster", "repo": {"full_name": source}}
        base = {"sha": "b" * 40, "ref": "main", "repo": {"full_name": REPOSITORY}}
        payload = {"repository": {"full_name": REPOSITORY}}
        if name == "pull_request":
            payload["pull_request"] = {"number": 7, "head": head, "base": base}
        if name == "workflow_run":
            payload["workflow_run"] = {
                "id": 99,
                "event": "pull_request",
                "head_sha": HEAD,
                "head_branch": "faster",
                "head_repository": {"full_name": source},
            }
        self.event.write_text(json.dumps(payload))
        self.name = name

    def run(self, **inputs):
        environ = environment(self.github, self.event, self.folder)
        environ |= {
            "GITHUB_EVENT_NAME": self.name,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GIT_CEILING_DIRECTORIES": str(self.project.path.parent),
            "PERFGATE_BUDGET": "600",
            "PYTHONPATH": str(ROOT),
        }
        chosen = {"python": sys.executable, "install": "false", "against": "HEAD", **inputs}
        self.runner = Runner(
            ROOT / "action.yml",
            inputs={name.replace("_", "-"): value for name, value in chosen.items()},
            github={"token": TOKEN},
            environ=environ,
            workspace=self.project.path,
            temporary=self.folder / "temporary",
        )
        return self.runner.run()

    @property
    def comment(self):
        (facts,) = self.github.comments.values()
        return facts["body"]

    @property
    def evidence(self):
        return (self.folder / "temporary" / "perfgate" / "evidence.zip").read_bytes()


@pytest.fixture
def action(github, project, tmp_path_factory):
    return Action(github, project, tmp_path_factory.mktemp("job"))


def test_a_slower_branch_is_commented_and_the_job_fails(action, github, project):
    """What is measured never sees the token: a test that finds it would fail the run."""
    seen = f"\ndef test_token():\n    import os\n    assert not any({TOKEN!r} in v for v in os.environ.values())\n"
    project.append("tests/test_it.py", seen)
    project.slow(5)
    assert action.run() == 1, action.runner.log
    assert TOKEN not in json.dumps(action.runner.environments["Measure and judge"])
    assert TOKEN not in action.runner.log
    assert action.comment.startswith(
        "### 1 of 4 benchmarks is slower: <code>tests/test&#95;it.py&#58;&#58;test&#95;it&#91;c&#93;"
    )
    assert (action.folder / "summary").read_text(encoding="utf-8").startswith("### 1 of 4")
    outputs = action.runner.outputs()
    assert (outputs["outcome"], outputs["exit-code"], outputs["regressed"]) == ("regressed", "1", "1")
    assert json.loads(outputs["benchmarks"]) == ["tests/test_it.py::test_it[c]"]
    assert "::error file=tests/test_it.py,line=6" in action.runner.log


def test_a_branch_that_is_not_slower_passes_without_a_comment(action, github, project):
    project.append("src/shop.py", "# a comment\n")
    assert action.run() == 0, action.runner.log
    assert github.comments == {}
    assert action.runner.outputs()["outcome"] == "passed"


def test_a_fork_s_job_uploads_evidence_and_the_other_workflow_comments(action, github, project):
    """Both halves: the measuring job of a stranger with a token that can only read, and the one that comments."""
    github.tokens[TOKEN].permissions = {"pull-requests": "read", "contents": "read"}
    github.pulls[7] |= {"head_repo": "someone/shop"}
    project.slow(5)
    action.write_event("pull_request", "someone/shop")
    assert action.run() == 1, action.runner.log
    assert github.comments == {}
    assert "comes from a fork" in action.runner.log
    uploaded = [values for name, values in action.runner.used if "evidence" in name]
    assert uploaded[0]["path"].endswith("/evidence.zip")

    github.artifacts[1] = {"run": 99, "name": "perfgate", "content": packed({"evidence.zip": action.evidence})}
    github.tokens[TOKEN].permissions = {"pull-requests": "write", "actions": "read", "contents": "read"}
    action.write_event("workflow_run", "someone/shop")
    assert action.run(mode="comment") == 0, action.runner.log
    assert action.comment.startswith("### 1 of 4 benchmarks is slower")
    assert "states what the numbers say" not in action.comment
    assert "Measure and judge" not in action.runner.environments


def test_when_github_is_down_the_verdict_stays_what_it_is(action, github, judged):
    github.faults.append(Fault("/repos", status=401, message="Bad credentials", times=99))
    assert action.run(command=judged(1.3)) == 1
    assert "::warning title=perfgate could not publish::" in action.runner.log
    assert action.run(command=judged(1.0), comment="always") == 0, action.runner.log
    assert action.run(command=judged(1.0), comment="always", token="") == 0
    assert "There is no token" in action.runner.log
    assert action.run(command=judged(1.0), comment="always", on_publish_failure="fail") == 11
    assert action.run(command=judged(1.3), comment="always", on_publish_failure="fail") == 1


def test_arguments_are_split_as_in_a_shell_and_run_by_none(action, project):
    project.slow(5)
    assert action.run(pytest_arguments="-k 'test_it and (c or d)' tests/ ';' touch 'x y'") != 0
    assert not (project.path / "x y").exists()
    assert "'test_it and (c or d)'" in action.runner.log


def test_a_baseline_is_recorded_when_there_is_none_yet_and_judged_when_there_is(action, github, project):
    action.write_event("push")
    for number in range(3):
        action.runner = None
        assert action.run(mode="record", against="", comment="never") == 0, action.runner.log
        assert len(list(project.path.glob("baselines/*/*.jsonl"))) == number + 1
    assert action.run(mode="record") in {0, 1, 10}
    assert "4 compared" in action.runner.log


@pytest.fixture
def judged(tmp_path):
    """Makes a command that writes a report where PERFGATE_REPORT says, as an import does, and ends as the gate would."""

    def make(slow):
        (tmp_path / f"{slow}.json").write_text(JSON[slow])
        script = (
            "import os, shutil, sys; "
            f"shutil.copy({str(tmp_path / f'{slow}.json')!r}, os.environ['PERFGATE_REPORT'].split(',')[0]); "
            f"sys.exit({int(REPORTS[slow].exit_code)})"
        )
        return f'{sys.executable} -c "{script}"'

    return make


def test_another_tool_than_pytest_can_judge(action, judged):
    assert action.run(command=judged(1.3)) == 1, action.runner.log
    assert action.comment.startswith("### 1 of 4 benchmarks is slower")


def test_a_wrong_input_is_named(action):
    assert action.run(mode="jugde") == 1
    assert "the input 'mode' is 'jugde'; it must be one of gate, record, comment" in action.runner.log


def test_without_a_report_nothing_is_published_and_pytest_s_own_code_stays(action, github):
    assert action.run(pytest_arguments="--no-such-option") == 4
    assert "nothing to publish" in action.runner.log
    assert github.requests == []
