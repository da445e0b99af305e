"""The rim: what a user may name, and what is refused with which words."""

import gzip
import os
import sys

import pytest
from criterion_trees import result, write

from pytest_perfgate.errors import CannotJudgeError, ForeignFileError
from pytest_perfgate.importers import Source
from pytest_perfgate.importers.files import LARGEST_FILE, open_source
from pytest_perfgate.importers.registry import Registry, built_in

REGISTRY = Registry(built_in())
JSON = b'{"a": 1}'


def test_a_packed_file_is_unpacked(tmp_path):
    path = tmp_path / "x.json.gz"
    path.write_bytes(gzip.compress(JSON))
    assert open_source(str(path)).json() == {"a": 1}


@pytest.mark.parametrize(
    "damage", [lambda raw: raw[:-6], lambda raw: raw[:12], lambda raw: raw[:15] + b"\0\0\0\0" + raw[19:]]
)
def test_a_damaged_packed_file_is_named(tmp_path, damage):
    path = tmp_path / "x.json.gz"
    path.write_bytes(damage(gzip.compress(JSON * 100)))
    with pytest.raises(ForeignFileError, match=r"x.json.gz': it is packed by gzip, and damaged"):
        open_source(str(path)).text()


def test_a_gigabyte_is_refused_before_it_is_read_and_the_limit_is_named(tmp_path):
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(2**30)  # takes no room on the disk
    with pytest.raises(ForeignFileError, match="huge.json': it is larger than 256 MiB"):
        open_source(str(path)).text()
    assert LARGEST_FILE == 256 * 2**20


def test_a_small_file_that_unpacks_to_a_large_one_is_refused(tmp_path):
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(b" " * 3_000_000))
    with pytest.raises(ForeignFileError, match="larger than 1 MiB"):
        open_source(str(path), largest=2**20).text()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_encoding_with_a_mark_and_every_line_end_is_the_same_text(encoding, end):
    text = f'{{"ä": "🚀",{end}"b": 1}}{end}'
    assert Source.of_text(text.encode(encoding)).json() == {"ä": "🚀", "b": 1}


def test_another_encoding_is_named_with_its_line():
    with pytest.raises(ForeignFileError, match=r"'x.json', line 3: byte 0xe4 is not UTF-8; save the file as UTF-8"):
        Source.of_text('{"a": 1,\n"b": 2,\n"ä": 3}'.encode("latin-1"), "x.json").json()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it is empty"),
        ("  \n ", "it is empty"),
        ('{"a": [1, 2', r"line 1, column 12: it ends in the middle \(truncated\?\)"),
        ('{"a": "b', "it ends in the middle"),
        ('{"a": 1}\n{"b": 2}', "line 2, column 1: not valid JSON: extra data"),
        ('{"a": 1,5}', "line 1, column 9: not valid JSON"),
        ('{"a": {"b": 1, "b": 2}}', "the key 'b' stands twice in one object"),
        ("[" * 50_000 + "]" * 50_000, "it is nested too deep"),
        ('{"a": ' + "9" * 5000 + "}", "4300"),
    ],
)
def test_damaged_json_says_what_and_where(text, words):
    with pytest.raises(ForeignFileError, match=words):
        Source.of_text(text).json()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ForeignFileError, match="it is neither a file nor a folder"):
        open_source(str(tmp_path / "pipe"))
    with pytest.raises(ForeignFileError, match="it is neither a file nor a folder"):
        open_source(str(tmp_path)).text("pipe")


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right of their own there")
def test_links_to_themselves_are_named_and_loops_are_left(tmp_path):
    (tmp_path / "itself").symlink_to(tmp_path / "itself")
    with pytest.raises(ForeignFileError, match="itself': it can't be read"):
        open_source(str(tmp_path / "itself"))
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "x.json").write_bytes(JSON)
    (tmp_path / "folder" / "up").symlink_to(tmp_path / "folder", target_is_directory=True)
    assert list(open_source(str(tmp_path / "folder")).files) == ["x.json"]


def test_reading_many_files_of_a_folder_is_heard_now_and_then(tmp_path):
    for number in range(250):
        (tmp_path / f"{number}.json").write_bytes(JSON)
    heard = []
    source = open_source(str(tmp_path), heard=lambda read, there: heard.append((read, there)))
    for path in source.files:
        assert source.json(path) == {"a": 1}
    assert heard == [(100, 250), (200, 250)]


def test_a_missing_file_and_a_folder_for_a_file_are_named(tmp_path):
    with pytest.raises(ForeignFileError, match="nothing': it can't be read: No such file"):
        open_source(str(tmp_path / "nothing"))
    with pytest.raises(ForeignFileError, match="a file is needed, not a folder"):
        open_source(str(tmp_path)).text()
    with pytest.raises(ForeignFileError, match="x.json': it is missing"):
        open_source(str(tmp_path)).text("x.json")


def test_a_folder_that_holds_two_formats_is_not_guessed(tmp_path):
    write(tmp_path, result("a"))
    (tmp_path / "0001_session.json").write_text('{"machine_info": {}, "benchmarks": [], "datetime": ""}')
    with pytest.raises(CannotJudgeError, match=r"can be read as 'criterion' and 'pytest-benchmark'; say which"):
        REGISTRY.recognise(open_source(str(tmp_path)))


def test_damaged_json_that_nobody_knows_is_told_as_damaged(tmp_path):
    (tmp_path / "x.json").write_text('{"a": [1, 2')
    with pytest.raises(ForeignFileError, match="it ends in the middle"):
        REGISTRY.recognise(open_source(str(tmp_path / "x.json")))
