"""A group of commands that knows them by name and imports one only to run it or to show its own help."""

from __future__ import annotations

import importlib
from typing import Any

import click


class LazyGroup(click.Group):
    """`known`: command -> one line of help; each is `command` of the module `package`.`name`."""

    def __init__(self, *arguments: Any, package: str = "", known: dict[str, str] | None = None, **options: Any) -> None:  # noqa: ANN401 - click's
        super().__init__(*arguments, **options)
        self._package, self._known = package, known or {}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """In the order of the table, which is the order of use."""
        return list(self._known)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, imported now."""
        if cmd_name not in self._known:
            return None
        command: click.Command = importlib.import_module(f"{self._package}.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list of the help, which imports nothing."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self._known.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:  # noqa: ANN401 - click's tuple
        """The command that was typed, or what is spelled like it."""
        import difflib

        if args and args[0] not in self._known and not args[0].startswith("-"):
            close = difflib.get_close_matches(args[0], self._known, n=1)
            hint = f" Did you mean '{close[0]}'?" if close else ""
            raise click.UsageError(f"No such command '{args[0]:.80}'.{hint}", ctx)
        return super().resolve_command(ctx, args)
