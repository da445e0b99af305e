"""The project's own workflows, by GitHub's schema and by a security linter."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def tool(name, *arguments):
    command = [str(Path(sys.executable).with_name(name)), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_follow_githubs_schema(path):
    done = tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", str(path))
    assert done.returncode == 0, done.stdout


def test_workflows_have_no_security_findings_at_the_strictest_persona():
    done = tool("zizmor", "--offline", "--persona", "auditor", ".github/workflows")
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_action_is_pinned_by_commit():
    for path in WORKFLOWS:
        for line in path.read_text(encoding="utf-8").splitlines():
            if "uses:" in line:
                assert len(line.split("@")[1].split()[0]) == 40, line


def test_the_suite_runs_on_every_promised_python_and_on_three_systems():
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    promised = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert re.findall(r'"(3\.\d+)"', re.search(r"python: \[(.*)\]", workflow).group(1)) == promised
    systems = re.search(r"os: \[(.*)\]", workflow).group(1)
    assert [re.match(r"[a-z]+", system).group() for system in systems.split(", ")] == ["ubuntu", "macos", "windows"]


def test_a_workflow_may_nothing_and_a_job_only_what_it_says_why():
    for path in WORKFLOWS:
        text = path.read_text(encoding="utf-8")
        assert "\npermissions: {}\n" in text, path
        granted = re.findall(r"^ +[a-z-]+: (?:read|write|write-all|read-all)\b.*", text, re.MULTILINE)
        assert all(" # " in line for line in granted), granted


def test_the_oldest_dependencies_are_run_too():
    assert "bash .ci/run" in (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert "just lowest" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "--resolution lowest-direct" in (ROOT / "justfile").read_text(encoding="utf-8")
