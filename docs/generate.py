"""Writes the pages that the code knows best: configuration.md, cli.md, exit-codes.md, formats.md.

Run `python docs/generate.py`; a test compares the pages with what this writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from pytest_perfgate.cli import perfgate
from pytest_perfgate.config import KEYS
from pytest_perfgate.importers.files import LARGEST_FILE
from pytest_perfgate.importers.registry import built_in
from pytest_perfgate.model import ExitCode, Outcome
from pytest_perfgate.plugin.options import CONFIG_OPTIONS
from pytest_perfgate.report.exports import EXPORTS

HERE = Path(__file__).parent
OPTIONS = {key: "--" + option.replace("_", "-") for option, key in CONFIG_OPTIONS.items()}
MEANINGS = {
    Outcome.PASSED: ("Nothing that was compared got worse.", "Nothing."),
    Outcome.RECORDED: ("A run was recorded, nothing was judged.", "Commit the folder."),
    Outcome.REGRESSED: ("At least one benchmark got worse, or broke its budget.", "Mend it, or `perfgate accept` it."),
    Outcome.TESTS_FAILED: ("Tests failed, so nothing was compared or recorded.", "Mend the tests."),
    Outcome.NOTHING_MEASURED: ("No benchmark was measured.", "Look for skips and for `--benchmark-disable`."),
    Outcome.NOTHING_SELECTED: ("The selection holds no benchmark.", "Check `-k`, `-m` and paths."),
    Outcome.NOTHING_COMPARED: ("No measured benchmark is in the baseline.", "Record them."),
    Outcome.NOTHING_CONCLUSIVE: (
        "Not one benchmark, or no time, could be judged.",
        "Ask `perfgate doctor`; record more runs.",
    ),
    Outcome.NO_BASELINE: ("Nothing is recorded that could be compared with.", "`pytest --perfgate-record`."),
    Outcome.OTHER_ENVIRONMENT: ("Only other machines have recorded runs.", "Record on this kind of machine."),
    Outcome.TOO_FEW_RUNS: ("Fewer recorded runs than `minimum_runs`.", "Record more."),
    Outcome.MISSING_BENCHMARKS: ("Benchmarks of the baseline did not run.", "`perfgate accept NAME --removed`."),
    Outcome.NOTHING_DIFFERS: ("No file that the benchmarks import differs from the base.", "Nothing."),
    Outcome.SAME_CODE: ("Both sides of a paired run ran the same code.", "The message names the module."),
    Outcome.BASE_UNAVAILABLE: ("The base can't be checked out or built.", "The message says why."),
    Outcome.MEASUREMENT_FAILED: ("A benchmark process crashed, hung or differed.", "The message names the benchmark."),
    Outcome.UNTRUSTED_MEASUREMENT: ("Coverage, a debugger or a profiler was on.", "Run the gate without it."),
    Outcome.DAMAGED_BASELINE: ("A recorded file is damaged.", "The message names file and line."),
    Outcome.STORE_UNAVAILABLE: ("The store or a report can't be read or written.", "The message says why."),
    Outcome.UNUSUAL_RUN: ('Unlike all before it, and `anomaly = "fail"`.', "Run it again."),
}
CODES = {
    ExitCode.PASSED: "passed",
    ExitCode.REGRESSED: "regressed, or tests failed",
    ExitCode.CANNOT_JUDGE: "could not judge",
    ExitCode.INFRASTRUCTURE: "infrastructure",
}


def configuration() -> str:
    """Every key, with its default, its variable and its option."""
    lines = [
        "# Configuration",
        "",
        "Settings stand in `[tool.perfgate]` of `pyproject.toml`. Later wins: default, `pyproject.toml`, the",
        "environment's `PERFGATE_*` variables, the command line. `perfgate config` shows what is in effect and where",
        "it comes from. Wrong settings are all shown at once.",
        "",
        "| key | default | what it is | variable | option |",
        "| --- | --- | --- | --- | --- |",
    ]
    for key in KEYS:
        option = OPTIONS.get(key.name, "")
        shown = f"`{option}`" if option else ""
        lines.append(
            f"| `{key.name}` | `{_default(key.default)}` | {key.help} | `PERFGATE_{key.name.upper()}` | {shown} |"
        )
    lines += [
        "",
        "Lists and tables are written in a variable with commas: `PERFGATE_MIN_CHANGE=execution_time=10%,rss=20%`.",
        "",
        "## The mark",
        "",
        "`@pytest.mark.perfgate(...)` sets for one test: `min_change` (a share, `0.1` or `'10%'`), `alpha`, `metrics`",
        "(a list of names), `budget` (`'5ms'`, or a table metric to quantity: a promise, judged by the confidence",
        "bound), `skip` (a reason: measured, not judged), `bytes` or `elements` per iteration (for throughput), and",
        "`whole_test=True` (measure the test as a whole, without the fixture).",
    ]
    return "\n".join(lines) + "\n"


def _default(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(f'"{item}"' for item in value) + "]"
    return '""' if value == "" else f'"{value}"' if isinstance(value, str) else str(value)


def command_line() -> str:
    """The help of every command."""
    lines = ["# Command line", "", "The gate itself is pytest: `pytest --perfgate`, `pytest --perfgate-record`.", ""]
    for path, command in _commands(perfgate, ("perfgate",)):
        context = click.Context(command, info_name=" ".join(path), terminal_width=80, max_content_width=80)
        lines += [f"## {' '.join(path)}", "", "```text", command.get_help(context), "```", ""]
    return "\n".join(lines).rstrip() + "\n"


def _commands(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None:
                yield from _commands(found, (*path, name))


def formats() -> str:
    """Every format that can be imported, from the registry, and the settings of those that have some."""
    importers = built_in()
    lines = [
        "# Formats",
        "",
        "`perfgate import FORMAT FILE...` reads the results of other tools; FORMAT is a name of this table, or `auto`,",
        "which knows a file by its content and does not guess between two; `perfgate run` runs the tool, too. What is",
        "lost is in the file and not kept; of more than 100 values of a process, 100 are kept, evenly spaced.",
        f"A file is read up to {LARGEST_FILE // 2**20} MiB, packed by gzip or not. A file that holds a history,",
        "such as github-action-benchmark's `data.js`, is recorded run by run; imported again, it adds what is new.",
        "[An importer of your own](own-importer.md) adds a format.",
        "",
        "| name | format | versions seen | what is read | replicates | unit | what is lost |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| `{one.name}` | {one.title} | {one.versions} | {one.reads} | {one.replicates} | {one.unit} | {one.lost} |"
        for one in importers
    ]
    lines += [
        "",
        "## Exports",
        "",
        "`perfgate export --format NAME` writes a recorded run, in base units unless the format has its own.",
        "",
        "| name | format | what is in it |",
        "| --- | --- | --- |",
        *(f"| `{one.name}` | {one.title} | {one.keeps} |" for one in EXPORTS.values()),
        "| `parquet` | Parquet | every value of every metric; needs `pytest-perfgate[parquet]` |",
    ]
    for one in importers:
        if one.settings:
            lines += ["", f"## Settings of {one.name}", ""]
            lines += [f"In `[tool.perfgate.importers.{one.name}]`, or `--set KEY=VALUE`.", ""]
            lines += ["| key | default | what it is |", "| --- | --- | --- |"]
            lines += [
                f"| `{setting.name}` | `{_default(setting.default)}` | {setting.help} |" for setting in one.settings
            ]
    return "\n".join(lines) + "\n"


def exit_codes() -> str:
    """Every outcome with its exit code."""
    lines = [
        "# Exit codes",
        "",
        "The same for `pytest --perfgate`, `perfgate check` and `perfgate compare`. A gate that can't judge never ends",
        "with 0.",
        "",
        "| code | meaning |",
        "| --- | --- |",
        *(f"| {int(code)} | {text} |" for code, text in CODES.items()),
        "| 2, 3, 4 | pytest's own: interrupted, internal error, wrong usage (`perfgate`: 2 is wrong usage) |",
        "",
        "| outcome | code | what happened | what to do |",
        "| --- | --- | --- | --- |",
    ]
    lines += [f"| {o.value} | {int(o.exit_code)} | {what} | {do} |" for o, (what, do) in MEANINGS.items()]
    return "\n".join(lines) + "\n"


PAGES = {
    "configuration.md": configuration,
    "cli.md": command_line,
    "exit-codes.md": exit_codes,
    "formats.md": formats,
}

if __name__ == "__main__":
    for name, write in PAGES.items():
        (HERE / name).write_text(write(), encoding="utf-8")
