"""One foreign format: what it is called, how it is recognised, how it is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from pytest_perfgate.errors import ConfigError
from pytest_perfgate.importers.result import Imported
from pytest_perfgate.importers.source import Source

Settings = Mapping[str, Any]


class Setting(Struct, frozen=True):
    """One key of `[tool.perfgate.importers.NAME]`, also given as `--set KEY=VALUE`.

    `default`: its type is the setting's type: text, whole number, flag, or a tuple of texts.
    """

    name: str
    default: str | int | bool | tuple[str, ...]
    help: str


class Importer(Struct, frozen=True):
    """One format. The texts are a row of docs/formats.md, so they say what is true and no more.

    `name`: what a user types. `versions`: of the tool, whose outputs were seen. `reads`: files and fields.
    `replicates`: what is taken for a process. `unit`: and what becomes of it. `lost`: what the format has and we
    do not keep. `recognises`: whether a source holds this format, by content, never by name alone; it raises
    nothing but ForeignFileError. `parse`: pure; one Imported per execution that the source holds; raises
    ForeignFileError, or ValueError (which is told with the source's name). `usual_places`: where the tool writes,
    best first, from the process's environment variables; looked for when no file is named.
    """

    name: str
    title: str
    versions: str
    reads: str
    replicates: str
    unit: str
    lost: str
    recognises: Callable[[Source], bool]
    parse: Callable[[Source, Settings], Sequence[Imported]]
    settings: tuple[Setting, ...] = ()
    usual_places: Callable[[Mapping[str, str]], Sequence[str]] = lambda _environ: ()


def effective_settings(importer: Importer, table: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """Defaults, then the configuration's `table`, then what was `given` as text; ConfigError with every problem."""
    known = {setting.name: setting for setting in importer.settings}
    values: dict[str, Any] = {setting.name: setting.default for setting in importer.settings}
    problems: list[str] = []
    for where, layer in ((f"[tool.perfgate.importers.{importer.name}]", table), ("--set", given)):
        for name, raw in layer.items():
            if name not in known:
                there = ", ".join(known) or "none"
                problems.append(f"{where}: '{importer.name}' has no setting '{name:.80}'; it has: {there}")
                continue
            try:
                values[name] = _converted(raw, known[name].default)
            except ValueError as error:
                problems.append(f"{where}: '{name}' is {raw!r:.80}; it must be {error}")
    if problems:
        raise ConfigError(problems)
    return values


def _converted(raw: object, default: object) -> object:
    """`raw` in the type of `default`; ValueError says what is wanted."""
    if isinstance(default, bool):
        if str(raw).lower() not in {"true", "false"}:
            raise ValueError("true or false")
        return str(raw).lower() == "true"
    if isinstance(default, int):
        if isinstance(raw, bool) or not str(raw).isdecimal():
            raise ValueError("a whole number")
        return int(str(raw))
    if isinstance(default, tuple):
        texts = raw.split(",") if isinstance(raw, str) else raw
        if not isinstance(texts, (list, tuple)) or not texts or not all(isinstance(text, str) for text in texts):
            raise ValueError("a list of texts")
        return tuple(texts)
    if not isinstance(raw, str):
        raise ValueError("a text")  # noqa: TRY004 - the caller turns it into one message
    return raw
