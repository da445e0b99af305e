"""Progress of what takes long, told often enough to be believed and seldom enough for a CI log."""

from __future__ import annotations

import time
from collections.abc import Callable

_LONGEST_PAUSE_S = 30.0


class PacedProgress:
    """Passes lines on after `first_s` seconds, then with pauses that double, up to half a minute.

    `now`: a clock in seconds.
    """

    def __init__(
        self, progress: Callable[[str], None], *, first_s: float = 1.0, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._progress, self._now = progress, now
        self._begun = now()
        self._next_s, self._pause_s = first_s, 1.0

    @property
    def seconds(self) -> float:
        """Since it began."""
        return self._now() - self._begun

    def tell(self, line: Callable[[], str]) -> None:
        """Pass on what `line` makes, if it is time."""
        seconds = self.seconds
        if seconds < self._next_s:
            return
        self._progress(f"{seconds:.0f} s: {line()}")
        self._next_s = seconds + self._pause_s
        self._pause_s = min(_LONGEST_PAUSE_S, self._pause_s * 2)
