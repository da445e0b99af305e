"""Series with agreed change points: real, recorded and made by hand."""

import json
from pathlib import Path

import numpy as np
import pytest

from pytest_perfgate.stats.level_shifts import level_shifts

SERIES = json.loads(Path(__file__).with_name("series.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", SERIES)
def test_the_change_points_are_the_agreed_ones(name):
    case = SERIES[name]
    found = level_shifts(np.log(case["levels"]), alpha=0.01, smallest=5e-4)
    places = [shift.place for shift in found.shifts]
    assert len(places) == len(case["changes"])
    for place, agreed in zip(places, case["changes"], strict=True):
        assert abs(place - agreed) <= 1
    assert bool(found.slopes) == case["creeps"]
