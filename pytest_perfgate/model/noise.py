"""What a look at the machine alone has found."""

from __future__ import annotations

from msgspec import Struct


class MachineNoise(Struct, frozen=True):
    """Noise of a machine on which nothing changed.

    `seconds` watched, number of `measurements`; spreads and `visible_change` are fractions; `stolen_share`: part
    of the CPU time that the hypervisor gave to others; `facts` as in the environment. None: not to be had here.
    """

    seconds: float
    measurements: int
    raw_spread: float
    adjusted_spread: float
    visible_change: float
    involuntary_switches: int | None
    stolen_share: float | None
    facts: dict[str, str]
