"""Where results go: a Markdown file beside the script, with commit, machine, date and command."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

from pytest_perfgate.measure.environment import read_environment


def write(script: str, title: str, body: str) -> None:
    """Print the result and write RESULTS-<script>.md."""
    path = Path(script)
    commit = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    parts = read_environment(os.environ).parts
    machine = ", ".join(f"{key} {parts[key]}" for key in ("cpu", "cores", "os") if key in parts)
    where = (
        path.resolve().relative_to(Path.cwd().resolve())
        if path.resolve().is_relative_to(Path.cwd().resolve())
        else path.name
    )
    text = (
        f"# {title}\n\nCommit {commit}, {datetime.now(timezone.utc):%Y-%m-%d}, {platform.python_implementation()} "
        f"{platform.python_version()}, {machine}.\n\nCommand: `python {' '.join([str(where), *(Path(part).name if '/' in part else part for part in sys.argv[1:])])}`\n\n{body.rstrip()}\n"
    )
    print(text)
    path.with_name(f"RESULTS-{path.stem}.md").write_text(text, encoding="utf-8")
