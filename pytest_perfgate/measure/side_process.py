"""`python -m pytest_perfgate.measure.side_process RULE.json [pytest's arguments]`: `python -m pytest`, redirected."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import msgspec

from pytest_perfgate.measure.redirect import Redirect, install, with_named_files


def main() -> None:
    """Install the rule before anything of the project can be imported, then be `python -m pytest`."""
    rule_file, *arguments = sys.argv[1:]
    rule = msgspec.json.decode(Path(rule_file).read_bytes(), type=Redirect)
    install(with_named_files(rule, arguments))
    sys.argv[1:] = arguments
    runpy.run_module("pytest", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
