"""Foreign files, damaged in every way: an error with a name, or a sound result, never a traceback."""

import json
import math
import os
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


@pytest.mark.parametrize("path", ENTRIES, ids=NAMES)
@FUZZ
@given(data=st.data())
def test_json_values_that_are_replaced_or_missing(path, data):
    files = files_of(path)
    victim = data.draw(st.sampled_from(sorted(files)))
    lines = files[victim].decode("utf-8", "replace").split("\n")
    whole = _json("\n".join(lines))
    if whole is not None:
        files[victim] = _dump(_mutated(whole, data)).encode()
    else:  # one JSON text per line, or no JSON at all
        number = data.draw(st.integers(0, len(lines) - 1))
        line = _json(lines[number])
        lines[number] = data.draw(st.text(max_size=30)) if line is None else _dump(_mutated(line, data))
        files[victim] = "\n".join(lines).encode("utf-8", "replace")
    check(path.parent.name, files)


def _json(text):
    try:
        return json.loads(text)
    except ValueError:
        return None


def _dump(value):
    return json.dumps(value)


def _mutated(value, data):
    """The value with one part replaced or left out, wherever chance leads."""
    if isinstance(value, dict) and value and data.draw(st.integers(0, 4)):
        key = data.draw(st.sampled_from(sorted(value)))
        if not data.draw(st.integers(0, 5)):
            return {name: item for name, item in value.items() if name != key}
        return {**value, key: _mutated(value[key], data)}
    if isinstance(value, list) and value and data.draw(st.integers(0, 4)):
        place = data.draw(st.integers(0, len(value) - 1))
        return [*value[:place], _mutated(value[place], data), *value[place + 1 :]]
    return data.draw(values)


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
