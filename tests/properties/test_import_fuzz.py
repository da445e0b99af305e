"""Foreign files, damaged in every way: an error with a name, or a sound result, never a traceback."""

import json
import math
import os
import random
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_perfgate.errors import PerfgateError
from pytest_perfgate.importers import Source
from pytest_perfgate.importers.combine import Output, combine
from pytest_perfgate.importers.files import open_source
from pytest_perfgate.importers.importer import effective_settings
from pytest_perfgate.importers.registry import Registry, built_in

FIXTURES = Path(__file__).parents[1] / "fixtures" / "importers"
ENTRIES = sorted(path for folder in FIXTURES.iterdir() if folder.is_dir() for path in folder.iterdir())
NAMES = [f"{path.parent.name}/{path.name}" for path in ENTRIES]
REGISTRY = Registry(built_in())
# More with FUZZ_EXAMPLES=1000; the suite takes a few of each.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "15"))
FUZZ = settings(deadline=None, max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**400), 10**400),
    st.integers(-3, 3),
    st.floats(),
    st.sampled_from(
        ["", "1.5", "1,5", "NaN", "\ud800", "\x00", "µs", "=1+1", "a" * 500, "2026-13-45T99:99:99", "../../etc"]
    ),
    st.text(max_size=20),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def files_of(path):
    source = open_source(str(path))
    return {name: source.content(name) for name in source.files}


def check(name, files):
    """Read it as what it was, and by recognising it: only errors that are meant for a person may come out."""
    importer = REGISTRY.named(name)
    for read in (lambda: importer, lambda: REGISTRY.recognise(Source.of_files(files))):
        try:
            chosen = read()
            executions = chosen.parse(Source.of_files(files), effective_settings(chosen, {}, {}))
            for execution in combine([Output("fuzz", tuple(executions))]):
                for sample in execution.samples:
                    assert math.isfinite(sample.location)
                    sample.benchmark.encode("utf-8")
        except (PerfgateError, ValueError) as error:
            assert str(error)  # noqa: PT017 - both ways are right


@pytest.mark.parametrize("path", ENTRIES, ids=NAMES)
@FUZZ
@given(data=st.data())
def test_bytes_that_are_lost_changed_or_doubled(path, data):
    files = files_of(path)
    victim = data.draw(st.sampled_from(sorted(files)))
    raw = files[victim]
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, min(len(raw), start + 200)))
    how = data.draw(st.sampled_from(["cut", "drop", "double", "noise", "gone", "empty"]))
    middle = {"drop": b"", "double": raw[start:end] * 2, "noise": data.draw(st.binary(max_size=20))}
    if how == "gone" and len(files) > 1:
        del files[victim]
    elif how == "empty":
        files[victim] = b""
    elif how in middle:
        files[victim] = raw[:start] + middle[how] + raw[end:]
    else:
        files[victim] = raw[:start]
    check(path.parent.name, files)


NASTY = [
    None, True, 0, -1, 1.5, 10**400, math.nan, math.inf, "", "1,5", "12", "NaN", "\ud800", "\x00", "a" * 500,
    "2026-13-45T99:99:99", "../../etc", [], {}, [[]], {"a": 1}, [None], ["x"], [1, 2, 3],
]  # fmt: skip
MISSING = object()
MOST = 400  # per fixture; which ones is drawn with a fixed seed


@pytest.mark.parametrize("path", ENTRIES, ids=NAMES)
def test_every_json_value_replaced_by_nonsense_or_missing(path):
    files = files_of(path)
    changes = [
        (victim, number, line, place)
        for victim in sorted(files)
        for number, line in _texts(files[victim])
        for place in _places(line)
    ]
    every = [(*change, nonsense) for change in changes for nonsense in (*NASTY, MISSING)]
    for victim, number, line, place, nonsense in random.Random(1).sample(every, min(MOST, len(every))):
        changed = json.dumps(_replaced(line, place, nonsense))
        if number is not None:
            lines = files[victim].decode().split("\n")
            changed = "\n".join([*lines[:number], changed, *lines[number + 1 :]])
        check(path.parent.name, {**files, victim: changed})


def _texts(raw):
    """(line, value) of the JSON in a file: the whole, or each line that is one; an object is wanted, not a number."""
    text = raw.decode("utf-8", "replace")
    whole = _json(text)
    if whole is not None:
        return [(None, whole)]
    parsed = ((number, _json(line)) for number, line in enumerate(text.split("\n")))
    return [(number, value) for number, value in parsed if isinstance(value, (dict, list))]


def _places(value):
    """Paths to every value; of a list its first and last stand for all."""
    yield ()
    if isinstance(value, dict):
        for key, item in value.items():
            yield from ((key, *rest) for rest in _places(item))
    elif isinstance(value, list):
        for index in {0, len(value) - 1} if value else ():
            yield from ((index, *rest) for rest in _places(value[index]))


def _replaced(value, place, nonsense):
    if not place:
        return None if nonsense is MISSING else nonsense
    key, *rest = place
    copied = dict(value) if isinstance(value, dict) else list(value)
    if not rest and nonsense is MISSING:
        del copied[key]
    else:
        copied[key] = _replaced(value[key], rest, nonsense)
    return copied


@pytest.mark.parametrize("path", ENTRIES, ids=NAMES)
def test_every_number_of_a_text_replaced_by_nonsense(path):
    files = files_of(path)
    found = []
    for victim in sorted(files):
        text = files[victim].decode("utf-8", "replace")
        if _json(text) is None:
            found += [(victim, text, match.span()) for match in re.finditer(r"-?[\d.]+(?:e[+-]?\d+)?", text)]
    words = ["", "-", "nan", "inf", "-1", "0", "1,5", "1e999", "x", "9" * 400, "\n", ",", '"', "µ"]
    every = [(*place, word) for place in found for word in words]
    for victim, text, (start, end), word in random.Random(1).sample(every, min(MOST, len(every))):
        check(path.parent.name, {**files, victim: text[:start] + word + text[end:]})


def _json(text):
    try:
        return json.loads(text)
    except ValueError:
        return None


@FUZZ
@given(content=st.binary(max_size=300))
def test_any_bytes_are_no_traceback_for_any_importer(content):
    for name in REGISTRY.importers:
        check(name, {"": content})


@FUZZ
@given(content=values)
def test_any_json_is_no_traceback_for_any_importer(content):
    for name in REGISTRY.importers:
        check(name, {"": json.dumps(content)})
