"""Which way is better, where the format does not say: the user does, and what nobody tells is not read."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable

from pytest_perfgate.importers.importer import Setting, Settings
from pytest_perfgate.model import Direction

_KEYS = {"lower_is_better": Direction.LOWER_IS_BETTER, "higher_is_better": Direction.HIGHER_IS_BETTER}
_SHOWN = 5


def direction_settings(what: str) -> tuple[Setting, ...]:
    """The two settings that tell the direction of `what`, such as 'counters'."""
    return tuple(Setting(key, (), f"GLOB: {what} that are better when {key.partition('_')[0]}.") for key in _KEYS)


def told_direction(name: str, settings: Settings) -> Direction | None:
    """What the settings say of this metric; None where they say nothing."""
    for key, direction in _KEYS.items():
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in settings.get(key, ())):
            return direction
    return None


def left_out(names: Iterable[str], what: str) -> tuple[str, ...]:
    """A warning of the metrics that were not read since their direction is not known; none where there are none."""
    found = sorted(set(names))
    if not found:
        return ()
    shown = ", ".join(f"'{name:.80}'" for name in found[:_SHOWN]) + ", …" * (len(found) > _SHOWN)
    warning = (
        f"left out since nobody says whether more or less is better: the {what} {shown}; "
        f"name them in 'lower_is_better' or 'higher_is_better', such as '--set lower_is_better={found[0]:.80}'"
    )
    return (warning,)
