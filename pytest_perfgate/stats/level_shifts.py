"""Where the level of a series shifts for good, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

import numpy as np
from msgspec import Struct

from pytest_perfgate.stats.partition import Piece, Sums, partition
from pytest_perfgate.stats.quantiles import Floats
from pytest_perfgate.stats.series_noise import SeriesNoise, series_noise, without_outliers
from pytest_perfgate.stats.shift_tests import SHORTEST, BorderJudge, LevelShift, Slope

# A level that has come and gone must have held for so many points.
LASTING = 6


class Levels(Struct, frozen=True):
    """What a series consists of; `edges`: places at which a level or a slope ends, shift or not."""

    shifts: tuple[LevelShift, ...]
    slopes: tuple[Slope, ...]
    edges: tuple[int, ...]
    noise: SeriesNoise


def level_shifts(
    values: Floats,
    *,
    alpha: float,
    smallest: float,
    noise: SeriesNoise | None = None,
    known: Mapping[int, float] = MappingProxyType({}),
) -> Levels:
    """Cut the series where that pays, then keep the shifts that noise does not explain at `alpha`.

    `values`: no gaps, on a scale on which changes add up (logarithms); `smallest`: scatter that is always assumed.
    `noise`: of the series when more is known than it tells by itself. `known`: places at which others shifted: a shift
    there was not searched for, so its p-value is multiplied by the number given instead.
    """
    noise = noise or series_noise(values, smallest)
    if len(values) < 2 * SHORTEST:
        return Levels((), (), (), noise)
    clipped = without_outliers(values, noise.scale)
    variance = noise.scale**2 * noise.inflation
    price = 2.0 * np.log(len(values)) + 3.0
    pieces = partition(Sums(clipped), len(values), variance=variance, price=price, shortest=SHORTEST)
    pieces = _with_known(pieces, known)
    judge = BorderJudge(values, clipped, noise, variance, known)
    while len(pieces) > 1:
        found = [judge.shift(*pair) for pair in pairwise(pieces)]
        weak = [
            (p_value, found[index].p_here, index)
            for index, p_value in enumerate(_lasting(found, pieces))
            if p_value > alpha and not judge.is_bend(pieces[index], pieces[index + 1], price)
        ]
        if not weak:
            break
        *_, index = max(weak)
        pieces[index : index + 2] = [judge.merged(pieces[index], pieces[index + 1], price)]
    shifts = [(judge.shift(*pair), *pair) for pair in pairwise(pieces)]
    p_values = _lasting([shift for shift, _, _ in shifts], pieces)
    slopes = [judge.slope(piece) for piece in pieces if piece.is_line]
    return Levels(
        tuple(judge.placed(*each) for each, p_value in zip(shifts, p_values, strict=True) if p_value <= alpha),
        tuple(slope for slope in slopes if slope.p_value <= alpha),
        tuple(piece.start for piece in pieces[1:]),
        noise,
    )


def _lasting(shifts: Sequence[LevelShift], pieces: Sequence[Piece]) -> list[float]:
    """The shifts' p-values; 1 at the ends of a level that has come and gone too soon."""
    passing = [piece.stop - piece.start < LASTING for piece in pieces]
    passing[0] = passing[-1] = False
    return [1.0 if one or two else shift.p_value for shift, (one, two) in zip(shifts, pairwise(passing), strict=True)]


def _with_known(pieces: Sequence[Piece], known: Mapping[int, float]) -> list[Piece]:
    """The pieces cut also where others shifted, if no cut is near already."""
    cut: list[Piece] = list(pieces)
    for place in sorted(known):
        for index, piece in enumerate(cut):
            if piece.start + SHORTEST <= place <= piece.stop - SHORTEST and not piece.is_line:
                cut[index : index + 1] = [Piece(piece.start, place, False), Piece(place, piece.stop, False)]
                break
    return cut
