"""A job of a workflow, as far as the tool can see it."""

import json

from click.testing import CliRunner
from github_api.server import HEAD, REPOSITORY, TOKEN

from pytest_perfgate.cli import exit_code_of, perfgate
from pytest_perfgate.errors import PerfgateError
from pytest_perfgate.report import render


class Job:
    """A job of a workflow: variables, event file, summary and output files, and the tool as its steps call it."""

    def __init__(self, github, folder, monkeypatch):
        self.github, self.folder, self._monkeypatch = github, folder, monkeypatch
        self.slept = []
        self.printed = ""
        monkeypatch.setattr("pytest_perfgate.wiring.github.time.sleep", self.slept.append)
        for name in ("summary", "output"):
            (folder / name).touch()
        self.set(
            GITHUB_ACTIONS="true",
            GITHUB_API_URL=github.url,
            GITHUB_SERVER_URL="https://github.example",
            GITHUB_REPOSITORY=REPOSITORY,
            GITHUB_RUN_ID="4711",
            GITHUB_SHA="d" * 40,
            GITHUB_TOKEN=TOKEN,
            GITHUB_STEP_SUMMARY=folder / "summary",
            GITHUB_OUTPUT=folder / "output",
        )
        self.event(
            "pull_request",
            pull_request={
                "number": 7,
                "head": {"sha": HEAD, "ref": "faster", "repo": {"full_name": REPOSITORY}},
                "base": {"sha": "b" * 40, "ref": "main", "repo": {"full_name": REPOSITORY}},
            },
        )

    def set(self, **variables):
        for name, value in variables.items():
            self._monkeypatch.setenv(name, str(value))

    def event(self, name, **payload):
        path = self.folder / "event.json"
        path.write_text(json.dumps({"repository": {"full_name": REPOSITORY}, **payload}), encoding="utf-8")
        self.set(GITHUB_EVENT_NAME=name, GITHUB_EVENT_PATH=path)

    def report(self, report, name="report.json"):
        path = self.folder / name
        path.write_text(render(report, ".json"), encoding="utf-8")
        return str(path)

    def run(self, *arguments):
        """The exit code; what was printed is kept in `printed`, errors as the tool itself shows them."""
        result = CliRunner().invoke(perfgate, ["github", *map(str, arguments)])
        self.printed = result.output
        if isinstance(result.exception, PerfgateError):
            self.printed += f"perfgate: {result.exception}\n"
            return exit_code_of(result.exception)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code

    def everything(self):
        """All that was printed, written or sent beside the header: where a token must not be."""
        files = [path.read_text(encoding="utf-8", errors="replace") for path in self.folder.iterdir() if path.is_file()]
        return "\n".join([self.printed, *files, json.dumps(self.github.requests)])
