"""Runs the commands that build a side: output to a log, progress meanwhile, no process left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from pytest_perfgate.errors import SideBuildError
from pytest_perfgate.measure import supervise
from pytest_perfgate.measure.paced_progress import PacedProgress
from pytest_perfgate.measure.process_tree import last_lines
from pytest_perfgate.measure.revision import clean_environment

_POLL_S = 0.2
_TAIL_LINES = 30
_LAST_WORDS = 100
# What would lead a build to another environment than its own.
_DROPPED = frozenset({"PYTHONHOME", "PYTHONPATH", "PYTHONSAFEPATH", "__PYVENV_LAUNCHER__", "CONDA_PREFIX"})
_DROPPED_PREFIXES = ("PYTEST_", "PERFGATE_", "_PERFGATE_", "COV_CORE_")


def run_build_command(
    command: str | Sequence[str],
    *,
    cwd: Path,
    environ: Mapping[str, str],
    log: Path,
    progress: Callable[[str], None],
    timeout_s: float,
) -> None:
    """Run `command` (a text by the platform's shell) to its end, its output appended to `log`.

    `progress` receives the seconds so far and the last line of the output. Raises SideBuildError, with the output's
    end, when it fails or takes longer than `timeout_s`.
    """
    shown = command if isinstance(command, str) else " ".join(command)
    request = msgspec.json.encode(command).decode()
    with log.open("ab") as output:
        output.write(f"$ {shown}\n".encode())
        output.flush()
        process = subprocess.Popen(
            [sys.executable, supervise.__file__, request],
            cwd=cwd,
            env=dict(environ),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(process, log, progress, timeout_s)
    except subprocess.TimeoutExpired as error:
        raise SideBuildError(f"'{shown}' took longer than {timeout_s:g} s and was stopped.{end_of(log)}") from error
    finally:
        # The supervisor ends the command when its input closes, whether we fail, are interrupted or have finished.
        if process.stdin is not None:
            process.stdin.close()
        process.wait()
    if process.returncode:
        raise SideBuildError(
            f"'{shown}' ended with exit code {process.returncode} in '{cwd}'. Try it there by hand.{end_of(log)}"
        )


def _wait(process: subprocess.Popen[bytes], log: Path, progress: Callable[[str], None], timeout_s: float) -> None:
    paced = PacedProgress(progress)
    while process.poll() is None:
        try:
            process.wait(timeout=_POLL_S)
        except subprocess.TimeoutExpired:
            if paced.seconds > timeout_s:
                raise
            paced.tell(lambda: "".join(last_lines(log, 1))[:_LAST_WORDS])


def environment_for(venv: Path) -> dict[str, str]:
    """The environment in which `venv` is active and nothing of this process's own Python is."""
    environ = {
        name: value
        for name, value in clean_environment().items()
        if name not in _DROPPED and not name.startswith(_DROPPED_PREFIXES)
    }
    environ["VIRTUAL_ENV"] = str(venv)
    environ["UV_PROJECT_ENVIRONMENT"] = str(venv)  # `uv sync` looks at nothing else
    environ["PATH"] = os.pathsep.join([str(bin_folder(venv)), environ.get("PATH", os.defpath)])
    return environ


def bin_folder(venv: Path) -> Path:
    """The folder of an environment's programs."""
    return venv / ("Scripts" if sys.platform == "win32" else "bin")


def python_of(venv: Path) -> Path:
    """An environment's interpreter."""
    return bin_folder(venv) / ("python.exe" if sys.platform == "win32" else "python")


def end_of(log: Path) -> str:
    """The end of a log and where the whole is, for an error's text."""
    shown = "\n".join(f"  {line}" for line in last_lines(log, _TAIL_LINES)) or "  (none)"
    return f" The end of its output (all of it: '{log}'):\n{shown}"
