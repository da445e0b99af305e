"""Runs the `run` steps of a composite action as a runner does: variables, files, outputs, conditions, exit codes.

`uses` steps are noted and passed over: caches and uploads belong to GitHub.
"""

import os
import re
import subprocess
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]


class Runner:
    """`inputs` over the action's defaults; `github`: the context's values."""

    def __init__(self, action, *, inputs, github, environ, workspace, temporary):
        self._action = yaml.safe_load(action.read_text(encoding="utf-8"))
        self._folder = action.parent
        declared = {name: str(facts.get("default", "")) for name, facts in self._action["inputs"].items()}
        self._context = {"github": github, "steps": {}}
        self._context["inputs"] = {name: self._filled(text) for name, text in {**declared, **inputs}.items()}
        self._environ, self._workspace, self._temporary = environ, workspace, temporary
        self.log, self.used, self.environments = "", [], {}

    def run(self):
        """The job's exit code: of the first step that fails, else 0."""
        for number, step in enumerate(self._action["runs"]["steps"]):
            if not self._holds(step.get("if", "")):
                continue
            if "uses" in step:
                self.used.append((step["name"], {key: self._filled(str(v)) for key, v in step["with"].items()}))
                continue
            code = self._run_step(step, number)
            if code:
                return code
        return 0

    def outputs(self):
        return {name: self._filled(facts["value"]) for name, facts in self._action["outputs"].items()}

    def _run_step(self, step, number):
        output = self._temporary / f"output-{number}"
        output.touch()
        environ = {
            **self._environ,
            "GITHUB_ACTION_PATH": str(self._folder),
            "GITHUB_OUTPUT": str(output),
            "RUNNER_TEMP": str(self._temporary),
            **{name: self._filled(text) for name, text in step.get("env", {}).items()},
        }
        self.environments[step["name"]] = environ
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self._workspace / self._filled(step.get("working-directory", ".")),
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            check=False,
        )
        self.log += f"## {step['name']}\n{done.stdout}"
        if "id" in step:
            self._context["steps"][step["id"]] = {"outputs": _read_outputs(output.read_text(encoding="utf-8"))}
        return done.returncode

    def _filled(self, text):
        return re.sub(r"\$\{\{\s*(.*?)\s*\}\}", lambda match: str(self._value(match.group(1))), text)

    def _holds(self, condition):
        return not condition or all(bool(self._value(part.strip())) for part in condition.split("&&"))

    def _value(self, expression):
        for sign in ("!=", "=="):
            if sign in expression:
                left, right = (self._value(side.strip()) for side in expression.split(sign))
                return (left == right) == (sign == "==")
        if "||" in expression:
            return next(filter(None, (self._value(part.strip()) for part in expression.split("||"))), "")
        if expression.startswith("'"):
            return expression.strip("'")
        found = self._context
        for name in expression.split("."):
            found = found.get(name, {})
        return found or ""


def _read_outputs(text):
    lines, found = iter(text.splitlines()), {}
    for line in lines:
        name, delimiter = line.split("<<")
        value = []
        for inside in lines:
            if inside == delimiter:
                break
            value.append(inside)
        found[name] = "\n".join(value)
    return found


def environment(github, event, folder):
    """What a runner's environment holds for a job that talks to the test server; nothing of ours."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "SYSTEMROOT") if name in os.environ}
    return {
        **kept,
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": github.url,
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_RUN_ID": "4711",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
    }
