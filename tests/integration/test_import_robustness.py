"""Files that nobody should have, as a user has them: file and place, exit 10, nothing recorded."""

import gzip
import os
import re
import sys
from pathlib import Path

import pytest

from pytest_perfgate.importers.registry import BUILT_IN, built_in

GOOD = '{"sort": {"latency": {"value": 88.0}}, "hash": {"latency": {"value": 8.5}}}'
LINE = "test a ... bench: 5 ns/iter (+/- 1)\n"

CASES = {
    "empty": (b"", "'x': it is empty|in no format that is known"),
    "truncated": (GOOD[:40].encode(), r"'x', line 1, column \d+: it ends in the middle \(truncated\?\)"),
    "another encoding": ('[\n"ä"]'.encode("latin-1"), "'x', line 2: byte 0xe4 is not UTF-8; save the file as UTF-8"),
    "half a UTF-16": (GOOD.encode("utf-16")[:-1], "'x', line 1: byte 0x.. is not UTF-16"),
    "damaged gzip": (gzip.compress(GOOD.encode() * 9)[:-7], "'x': it is packed by gzip, and damaged"),
    "a number as text": (
        GOOD.replace("8.5", '"8.5"').encode(),
        r"'x', 'hash', 'latency', \$.value: a number is needed, but it is a text \(in quotes\)",
    ),
    "a decimal comma": (GOOD.replace("8.5", "8,5").encode(), r"'x', line 1, column \d+: not valid JSON"),
    "a key twice": (GOOD.replace("hash", "sort").encode(), "'x': the key 'sort' stands twice in one object"),
    "deep nesting": (b"[" * 100_000, "'x': it is nested too deep"),
    "a number of 5,000 digits": (GOOD.replace("8.5", "9" * 5000).encode(), "'x': .*4300"),
    "a line of another locale": (LINE.replace("5 ns", "1.234,5 ns").encode(), "'x', line 1: '1.234,5' is no number"),
    "a text in a stream": (
        b'{"type": "bench", "name": "a", "median": "5"}',
        r"\$.median: a number is needed, but it is a",
    ),
    "no number": (GOOD.replace("8.5", "NaN").encode(), "'x': 'hash' has a execution_time of nan"),
    "a time of zero": (GOOD.replace("8.5", "0").encode(), "'x': 'hash' took 0 s; a measured time is above zero"),
    "binary": (bytes(range(256)), "'x', line 2: byte 0x80 is not UTF-8"),
}


def stored(project):
    return sorted(project.glob("baselines/*/*.jsonl"))


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_with_a_file_is_told_and_nothing_is_recorded(project, perfgate, case):
    content, words = CASES[case]
    (project / "x").write_bytes(content)
    code, _, err = perfgate("import", "auto", "x", "--record")
    assert re.search(words, err), err
    assert "Traceback" not in err
    assert (code, stored(project)) == (10, []), err


def test_one_bad_file_among_good_ones_records_none(project, perfgate):
    (project / "good.json").write_text(GOOD)
    (project / "bad.json").write_text(GOOD[:40])
    code, _, err = perfgate("import", "bmf", "good.json", "bad.json", "--record")
    assert "'bad.json', line 1" in err
    assert (code, stored(project)) == (10, [])


def test_a_gigabyte_is_refused_with_the_limit_named_whatever_it_is_said_to_be(project, perfgate):
    with (project / "huge.json").open("wb") as file:
        file.truncate(2**30)  # takes no room on the disk
    for name in ("auto", *(importer.name for importer in built_in())):
        code, _, err = perfgate("import", name, "huge.json", "--record")
        assert "'huge.json': it is larger than 256 MiB, the most that is read" in err, name
        assert code == 10


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right of their own there")
def test_links_that_loop_end_and_are_named(project, perfgate):
    (project / "itself").symlink_to("itself")
    (project / "folder").mkdir()
    (project / "folder" / "up").symlink_to(project / "folder", target_is_directory=True)
    code, _, err = perfgate("import", "auto", "itself")
    assert (code, "'itself': it can't be read" in err) == (10, True), err
    code, _, err = perfgate("import", "auto", "folder")
    assert (code, "'folder': the folder is empty" in err) == (10, True), err


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root and Windows read everything")
def test_a_file_that_may_not_be_read_is_named(project, perfgate):
    (project / "x").write_text(GOOD)
    (project / "x").chmod(0)
    code, _, err = perfgate("import", "auto", "x")
    assert (code, "'x': it can't be read: Permission denied" in err) == (10, True), err


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="no file here that opens but can't be read")
def test_a_file_that_opens_but_fails_when_it_is_read_is_named(project, perfgate):
    code, _, err = perfgate("import", "auto", "/proc/self/mem")
    assert (code, "'/proc/self/mem': it can't be read: Input/output error" in err) == (10, True), err


def test_every_importer_refuses_every_other_ones_kind_of_content(project, perfgate):
    (project / "x").write_text('{"what": "is this"}')
    assert len(BUILT_IN) > 10
    for importer in built_in():
        code, _, err = perfgate("import", importer.name, "x", "--record")
        assert (code, "Traceback" in err, "stumbled" in err) == (10, False, False), f"{importer.name}: {err}"
    assert stored(project) == []
