"""The steps of the composite action `action.yml`; each takes its inputs from variables and nothing from a template.

    python steps.py locate | install | gate | publish | finish

Only `publish` is given a token: what measures runs the code of a pull request.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ACTION = HERE.parents[1]
PINS = HERE / "requirements.txt"
REPORTS = ("report.json", "report.html", "report.md", "evidence.zip")
# Outcomes of a gate that has nothing to compare with yet: then the run is recorded all the same.
NOTHING_RECORDED_YET = {"no baseline", "other environment", "too few runs"}
TOKENS = {"GITHUB_TOKEN", "GH_TOKEN"}


def given(name: str, default: str = "") -> str:
    """An input of the action, as `action.yml` hands it on."""
    return os.environ.get(f"INPUT_{name}", default).strip()


def chosen(name: str, *allowed: str) -> str:
    """An input that is one of a few words."""
    value = given(name, allowed[0])
    if value not in allowed:
        shown = name.lower().replace("_", "-")
        sys.exit(f"perfgate: the input '{shown}' is {value!r:.80}; it must be one of {', '.join(allowed)}")
    return value


def temporary() -> Path:
    """Where the reports go: below the runner's own folder, outside of the checkout."""
    folder = Path(os.environ["RUNNER_TEMP"]) / "perfgate"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def output(**values: object) -> None:
    """Set outputs of the step; the delimiter can't be guessed, so no value ends early."""
    delimiter = f"end-{secrets.token_hex(16)}"
    lines = [f"{name.replace('_', '-')}<<{delimiter}\n{value}\n{delimiter}\n" for name, value in values.items()]
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8", newline="\n") as file:
        file.writelines(lines)


def run(*command: str, environ: dict[str, str] | None = None) -> int:
    """Run a command in the project's folder; its exit code."""
    print("+", shlex.join(command), flush=True)
    return subprocess.run(command, env=environ, check=False).returncode


def locate() -> int:
    """Where the tool's own environment is, and the key under which it is cached."""
    folder = Path(os.environ["RUNNER_TEMP"]) / "perfgate-tool"
    inside = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    tool = str(inside) if given("INSTALL", "true") == "true" else given("PYTHON", "python")
    about = f"{sys.version}\n{sys.platform}\n{PINS.read_text(encoding='utf-8')}"
    output(folder=folder, tool=tool, key=f"perfgate-tool-{hashlib.sha256(about.encode()).hexdigest()[:32]}")
    return 0


def install() -> int:
    """The plugin into the project's environment; the tool into one of its own, each package by its hash."""
    tool = Path(os.environ["TOOL"])
    if not tool.exists():
        folder = str(tool.parents[1])
        code = run(sys.executable, "-m", "venv", folder) or run(
            str(tool), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(PINS)
        )
        if code:
            return code
    code = run(str(tool), "-m", "pip", "install", "--quiet", "--no-deps", "--force-reinstall", str(ACTION))
    if code or given("COMMAND") or chosen("MODE", "gate", "record", "comment") == "comment":
        return code
    return run(given("PYTHON", "python"), "-m", "pip", "install", "--quiet", str(ACTION))


def gate() -> int:
    """Measure and judge; the exit code becomes an output, so that it can be published before the job ends with it."""
    folder = temporary()
    for name in REPORTS:
        (folder / name).unlink(missing_ok=True)
    code = call(folder) if given("COMMAND") else measure(folder, gate=True)
    if not given("COMMAND") and given("MODE") == "record" and outcome(folder) in NOTHING_RECORDED_YET:
        print("perfgate: there is too little to compare with yet, so this run is recorded without a verdict")
        code = measure(folder, gate=False)
    output(exit_code=code, report_directory=folder, outcome=outcome(folder) or "no report")
    return 0


def call(folder: Path) -> int:
    """A command of the caller's instead of pytest, such as an import; `perfgate` in it is the tool's own."""
    environ = settings()
    environ["PERFGATE_REPORT"] = ",".join(str(folder / name) for name in REPORTS)
    environ["PATH"] = os.pathsep.join([str(Path(os.environ["TOOL"]).parent), environ["PATH"]])
    command = shlex.split(given("COMMAND"))
    found = shutil.which(command[0], path=environ["PATH"]) or command[0]
    return run(found, *command[1:], environ=environ)


def measure(folder: Path, *, gate: bool) -> int:
    """Pytest with the plugin."""
    record = chosen("MODE", "gate", "record", "comment") == "record"
    options = [f"--perfgate-report={folder / name}" for name in REPORTS]
    options += ["--perfgate"] * gate + ["--perfgate-record"] * record
    if not record and given("AGAINST"):
        options.append(f"--perfgate-against={given('AGAINST')}")
    arguments = shlex.split(given("PYTEST_ARGUMENTS"))
    return run(given("PYTHON", "python"), "-m", "pytest", *arguments, *options, environ=settings())


def settings() -> dict[str, str]:
    """The environment of what measures: the action's inputs as settings, and no token."""
    environ = {name: value for name, value in os.environ.items() if name not in TOKENS}
    for variable, name in (("PERFGATE_BASELINE", "BASELINE"), ("PERFGATE_SUITE", "SUITE")):
        if given(name):
            environ[variable] = given(name)
    return environ


def outcome(folder: Path) -> str:
    """How the gate ended, by its report; empty where there is none."""
    try:
        content = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(content.get("outcome", "")) if isinstance(content, dict) else ""


def publish() -> int:
    """Summary, annotations and outputs, then what needs the token."""
    failure = f"--on-publish-failure={chosen('ON_PUBLISH_FAILURE', 'warn', 'fail')}"
    when = chosen("COMMENT", "change", "always", "regression", "never")
    suite = [f"--suite={given('SUITE')}"] if given("SUITE") else []
    if chosen("MODE", "gate", "record", "comment") == "comment":
        artifact = f"--from-artifact={given('ARTIFACT', 'perfgate')}"
        code = tool("comment", artifact, *suite, f"--when={'change' if when == 'never' else when}", failure)
        output(publish_code=code)
        return 0
    report = temporary() / "report.json"
    if not report.exists():
        print("perfgate: no report was written, so there is nothing to publish; the output above says why")
        output(publish_code=0)
        return 0
    prefix = "" if given("WORKING_DIRECTORY", ".") == "." else f"{given('WORKING_DIRECTORY').rstrip('/')}/"
    codes = [tool("summary", f"--report={report}", *suite, f"--path-prefix={prefix}")]
    if when != "never" and given("MODE") == "gate":
        codes.append(tool("comment", f"--report={report}", *suite, f"--when={when}", failure))
    if given("CHECK") == "true":
        codes.append(tool("check", f"--report={report}", *suite, f"--path-prefix={prefix}", failure))
    if given("ISSUES") == "true":
        codes.append(tool("issues", f"--report={report}", *suite, failure))
    code = max(codes)
    if code and failure.endswith("warn"):
        print(f"::warning title=perfgate could not publish::exit code {code}; the step's output says why")
        code = 0
    output(publish_code=code)
    return 0


def tool(*arguments: str) -> int:
    """A command of `perfgate github`."""
    return run(os.environ["TOOL"], "-m", "pytest_perfgate", "github", *arguments)


def finish() -> int:
    """The gate's own exit code; only where it passed, what became of publishing."""
    codes = [int(os.environ.get(name) or 0) for name in ("GATE_CODE", "PUBLISH_CODE")]
    return codes[0] or codes[1]


STEPS = {"locate": locate, "install": install, "gate": gate, "publish": publish, "finish": finish}

if __name__ == "__main__":
    sys.exit(STEPS[sys.argv[1]]())
