"""What `perfgate doctor` says."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_perfgate.model.noise import MachineNoise

_MUCH = 0.05
_SOME = 0.02


def render_doctor(noise: MachineNoise) -> str:
    """A verdict, the numbers, and what makes the noise."""
    lines = [
        f"This machine is {_word(noise.raw_spread)}.",
        "",
        f"  spread of a measurement as it is          {noise.raw_spread * 100:5.1f} %",
        f"  spread with the machine's speed taken out {noise.adjusted_spread * 100:5.1f} %",
        f"  smallest change that a gate could see     {noise.visible_change * 100:5.1f} %",
        f"  watched for {noise.seconds:.0f} s, {noise.measurements} measurements",
        "",
        *(f"- {cause}" for cause in _causes(noise)),
    ]
    return "\n".join(lines) + "\n"


def _word(spread: float) -> str:
    return "quiet" if spread < _SOME else "noisy, as shared machines are" if spread < _MUCH else "very noisy"


def _causes(noise: MachineNoise) -> Iterator[str]:
    facts = noise.facts
    if noise.stolen_share is not None and noise.stolen_share > 0.01:  # noqa: PLR2004 - 1 % is no rounding
        yield f"the hypervisor gave {noise.stolen_share * 100:.0f} % of the CPU time to others"
    if noise.involuntary_switches is not None and noise.involuntary_switches / noise.seconds > 5:  # noqa: PLR2004 - idle: about 1/s
        yield f"other programs took the core {noise.involuntary_switches / noise.seconds:.0f} times a second"
    if facts.get("governor") not in {None, "performance"}:
        yield f"the CPU's governor is '{facts['governor']}'; 'performance' keeps its clock steady"
    if facts.get("turbo") == "on":
        yield "turbo is on: the clock depends on heat and on the other cores"
    if facts.get("virtualisation"):
        yield "it is a virtual machine: neighbours share its caches and its memory"
    if float(facts.get("load", "0") or 0) > 1:
        yield f"its load was {facts['load']} before this began"
