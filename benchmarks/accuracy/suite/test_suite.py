"""Twelve small benchmarks of different kinds; each is 100 equal units of work, so that it can really be slowed.

`SLOW="json_loads=10,fib=3"` in the environment adds 10 % of its own work to json_loads and 3 % to fib.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re

import numpy as np
import pytest

_UNITS = 100
_SLOW = dict(pair.split("=") for pair in os.environ.get("SLOW", "").split(",") if pair)
_DOCUMENT = {"name": "x" * 8, "values": list(range(12)), "nested": {"a": 1.5, "b": None}}
_TEXT = json.dumps(_DOCUMENT)
_FLOATS = [float(index * 7919 % 101) for index in range(60)]
_ARRAY = np.asarray([float(index * 7919 % 307) for index in range(300)])
_PATTERN = re.compile(r"(\w+)@(\w+)\.com")
_LINE = "some words and user@example.com then more words"
_BYTES = bytes(1024)
_WORDS = ["alpha", "beta", "gamma", "delta"] * 5


class _Point:
    def __init__(self, x: float, y: float) -> None:
        self.x, self.y = x, y


def _fib(n: int) -> int:
    return n if n < 2 else _fib(n - 1) + _fib(n - 2)


UNITS = {
    "json_loads": lambda: json.loads(_TEXT),
    "json_dumps": lambda: json.dumps(_DOCUMENT),
    "fib": lambda: _fib(7),
    "sort_list": lambda: sorted(_FLOATS),
    "regex": lambda: _PATTERN.search(_LINE),
    "np_sort": lambda: np.sort(_ARRAY),
    "np_sum": lambda: _ARRAY.sum(),
    "sha": lambda: hashlib.sha256(_BYTES).digest(),
    "dict_build": lambda: {number: str(number) for number in range(20)},
    "str_join": lambda: ",".join(_WORDS).upper(),
    "objects": lambda: [_Point(1.0, 2.0) for _ in range(10)],
    "sqrt_loop": lambda: sum(math.sqrt(number) for number in range(30)),
}


def _work(name: str):
    unit = UNITS[name]
    count = round(_UNITS * (1 + float(_SLOW.get(name, 0)) / 100))

    def work() -> None:
        for _ in range(count):
            unit()

    return work


@pytest.mark.parametrize("name", UNITS)
def test_suite(benchmark, name):
    benchmark(_work(name))
