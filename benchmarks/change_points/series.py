"""Series whose changes are known: levels and noise by chance with a seed, or recorded noise; and the Turing set."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from msgspec import Struct

SCATTER = 0.01
LENGTHS = (20, 60, 200, 1000, 5000)


class Case(Struct, frozen=True):
    """`values`: natural logarithms of levels; `annotations`: one set of change points per annotator."""

    kind: str
    noise: str
    values: np.ndarray
    annotations: tuple[frozenset[int], ...]


def noises(recorded: Sequence[np.ndarray]):
    """Name -> a function of (dice, count): points around zero that scatter by about SCATTER."""
    kinds = {
        "normal": lambda dice, count: dice.normal(0, 1, count),
        "heavy tails": lambda dice, count: dice.standard_t(3, count) / 1.4,
        "skewed": lambda dice, count: dice.gamma(1.5, 1, count),
        "correlated": lambda dice, count: _correlated(dice, count, 0.5),
        "two modes": lambda dice, count: dice.normal(0, 1, count) + 5 * (dice.random(count) < 0.3),
        "stray runs": lambda dice, count: dice.normal(0, 1, count) + 12 * _stray(dice, count),
        "changing": lambda dice, count: dice.normal(0, 1, count) * np.where(np.arange(count) < count // 2, 0.5, 2),
    }
    if recorded:
        kinds["recorded"] = lambda dice, count: _recorded(dice, count, recorded)
    return {name: lambda dice, count, draw=draw: SCATTER * draw(dice, count) for name, draw in kinds.items()}


def _correlated(dice, count, share):
    steps = dice.normal(0, 1, count)
    for index in range(1, count):
        steps[index] = share * steps[index - 1] + np.sqrt(1 - share**2) * steps[index]
    return steps


def _stray(dice, count):
    """Single runs, and now and then two in a row."""
    hit = dice.random(count) < 0.03
    return hit | (np.roll(hit, 1) & (dice.random(count) < 0.3))


def _recorded(dice, count, recorded):
    """One recorded benchmark, from any place on, again from its start where it ends, in units of its own scatter."""
    series = recorded[int(dice.integers(len(recorded)))]
    scatter = 1.4826 * np.median(np.abs(np.diff(series))) / np.sqrt(2)
    return np.resize(np.roll(series, int(dice.integers(len(series)))), count) / scatter


def cases(recorded: Sequence[np.ndarray], count: int, seed: int) -> Iterator[Case]:
    """`count` series of every kind, noise and length."""
    for length in LENGTHS:
        for noise, draw in noises(recorded).items():
            for kind, truth in KINDS.items():
                dice = np.random.default_rng([seed, length, *map(ord, noise + kind)])
                for _ in range(count if length < 1000 else max(count // 4, 1)):
                    level, changes = truth(dice, length)
                    yield Case(kind, noise, level + draw(dice, length), (frozenset(changes),))


def _size(dice):
    """2 to 8 times the scatter, up or down."""
    return float(dice.choice((-1, 1)) * dice.uniform(2, 8)) * SCATTER


def _nothing(_dice, count):
    return np.zeros(count), []


def _step(dice, count):
    place = int(dice.integers(count // 5 + 1, count - count // 5))
    return np.where(np.arange(count) >= place, _size(dice), 0.0), [place]


def _undone(dice, count):
    first = int(dice.integers(count // 5 + 1, count // 2))
    last = first + max(count // 5, 4)
    inside = (np.arange(count) >= first) & (np.arange(count) < last)
    return np.where(inside, _size(dice), 0.0), [first, last]


def _several(dice, count):
    """One change in ten to a hundred points."""
    number = max(2, min(count // 50, 12))
    spacing = count // (number + 1)
    places = [spacing * (k + 1) + int(dice.integers(-spacing // 4, spacing // 4 + 1)) for k in range(number)]
    level = np.zeros(count)
    for place in places:
        level[place:] += _size(dice)
    return level, places


def _trend(dice, count):
    return np.linspace(0, float(dice.choice((-1, 1)) * dice.uniform(4, 12)) * SCATTER, count), []


def _trend_and_step(dice, count):
    level, places = _step(dice, count)
    return level * 1.5 + _trend(dice, count)[0], places


KINDS = {
    "nothing": _nothing,
    "one step": _step,
    "undone": _undone,
    "several": _several,
    "trend": _trend,
    "trend and step": _trend_and_step,
}


def turing(folder: Path) -> Iterator[Case]:
    """The series with one dimension of a clone of github.com/alan-turing-institute/TCPD, those that are there."""
    annotations = json.loads((folder / "annotations.json").read_text(encoding="utf-8"))
    for path in sorted(folder.glob("datasets/*/*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["n_dim"] != 1 or content["name"] not in annotations:
            continue
        raw = np.array([np.nan if value is None else value for value in content["series"][0]["raw"]], dtype=float)
        present = np.flatnonzero(np.isfinite(raw))
        marks = tuple(
            frozenset(int(np.searchsorted(present, place)) for place in each)
            for each in annotations[content["name"]].values()
        )
        yield Case(content["name"], "Turing", raw[present], marks)
