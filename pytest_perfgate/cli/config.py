"""`perfgate config`."""

from __future__ import annotations

import textwrap

import click

from pytest_perfgate.cli.shared import open_project, project_option
from pytest_perfgate.config import KEYS


@click.command("config")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@project_option
def command(baseline: str | None, *, as_json: bool) -> None:
    """Show the effective settings and where each comes from.

    Later wins: default, [tool.perfgate] in pyproject.toml, PERFGATE_* variables, the command line.

    Example: perfgate config
    """
    config = open_project(baseline).config
    values = {key.name: getattr(config, key.name) for key in KEYS}
    if as_json:
        import msgspec

        content = {name: {"value": value, "source": config.sources[name]} for name, value in values.items()}
        click.echo(msgspec.json.format(msgspec.json.encode(content), indent=2))
        return
    from tabulate import tabulate

    rows = [(name, _shown(value), config.sources[name]) for name, value in values.items()]
    click.echo(tabulate(rows, headers=["key", "value", "from"], tablefmt="simple", disable_numparse=True))


def _shown(value: object) -> str:
    if isinstance(value, (tuple, list)):
        return "\n".join(textwrap.wrap(", ".join(map(str, value)), 40)) or "(none)"
    if isinstance(value, dict):
        return ", ".join(f"{key} = {item}" for key, item in value.items()) or "(none)"
    return "\n".join(textwrap.wrap(str(value), 40)) if value != "" else "(none)"
