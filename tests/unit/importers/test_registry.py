import importlib.metadata

import pytest
from msgspec.structs import replace

from pytest_perfgate.errors import CannotJudgeError, ConfigError, ForeignFileError
from pytest_perfgate.importers import Imported, Importer, Setting, Source
from pytest_perfgate.importers.importer import effective_settings
from pytest_perfgate.importers.registry import BUILT_IN, ENTRY_POINTS, Registry, all_importers, built_in

TEXTS = dict.fromkeys(("title", "versions", "reads", "replicates", "unit", "lost"), "x")


def importer(name="mine", *, knows=True, **options):
    return Importer(
        name=name,
        recognises=lambda _source: knows,
        parse=lambda _source, _settings: [Imported("x", ())],
        **TEXTS,
        **options,
    )


def test_every_built_in_importer_fills_its_row_of_the_table():
    importers = built_in()
    assert len({one.name for one in importers}) == len(BUILT_IN)
    for one in importers:
        for text in (one.name, one.title, one.versions, one.reads, one.replicates, one.unit, one.lost):
            assert text, one.name
            assert "|" not in text, one.name
            assert "\n" not in text, one.name


def test_one_that_recognises_is_taken_and_two_are_both_named():
    source = Source.of_text("x", "file")
    assert Registry([importer("a", knows=False), importer("b")]).recognise(source).name == "b"
    with pytest.raises(
        CannotJudgeError, match="'file' can be read as 'a' and 'b'; say which: 'perfgate import a file'"
    ):
        Registry([importer("a"), importer("b")]).recognise(source)
    with pytest.raises(CannotJudgeError, match="'file' is in no format that is known; name the format, one of: a"):
        Registry([importer("a", knows=False)]).recognise(source)


def test_what_is_damaged_to_one_is_known_to_another_and_an_error_only_if_nobody_knows_it():
    def stumbles(source):
        raise ForeignFileError(source.name, "not valid JSON", place="line 1")

    first = replace(importer("a"), recognises=stumbles)
    source = Source.of_text("[json] parse x 5 ops/sec", "file")
    assert Registry([first, importer("b")]).recognise(source).name == "b"
    with pytest.raises(ForeignFileError, match="'file', line 1: not valid JSON"):
        Registry([first, importer("b", knows=False)]).recognise(source)


def test_a_slip_gets_the_nearest_name():
    with pytest.raises(ConfigError, match="no format 'criterionn'. Did you mean 'criterion'"):
        Registry(built_in()).named("criterionn")


class EntryPoint:
    value = "package:IMPORTER"

    def __init__(self, name, result):
        self.name, self._result = name, result

    def load(self):
        if isinstance(self._result, Exception):
            raise self._result
        return self._result


def test_an_installed_importer_is_used_and_a_broken_one_is_a_problem_not_the_end(monkeypatch):
    points = [
        EntryPoint("good", importer("good")),
        EntryPoint("broken", ImportError("no module named 'x'")),
        EntryPoint("thing", object()),
        EntryPoint("twice", importer("criterion")),
        EntryPoint("auto", importer("auto")),
    ]
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: points if group == ENTRY_POINTS else [])
    registry = all_importers()
    assert "good" in registry.importers
    assert len(registry.importers) == len(BUILT_IN) + 1
    assert len(registry.problems) == 4
    with pytest.raises(
        ConfigError, match=r"'broken' \(package:IMPORTER\) can't be used: ImportError: no module named 'x'"
    ):
        registry.named("brokenn-thing")


SETTINGS = (
    Setting("text", "t", "x"),
    Setting("number", 3, "x"),
    Setting("flag", False, "x"),
    Setting("list", ("a",), "x"),
)


def test_settings_are_those_of_the_configuration_then_those_of_the_command_line():
    one = importer(settings=SETTINGS)
    assert effective_settings(one, {}, {}) == {"text": "t", "number": 3, "flag": False, "list": ("a",)}
    table = {"text": "u", "number": 4, "flag": True, "list": ["b", "c"]}
    assert effective_settings(one, table, {}) == {"text": "u", "number": 4, "flag": True, "list": ("b", "c")}
    given = {"text": "v", "number": "5", "flag": "False", "list": "d,e"}
    assert effective_settings(one, table, given) == {"text": "v", "number": 5, "flag": False, "list": ("d", "e")}


def test_every_wrong_setting_is_told_at_once():
    table = {"text": 1, "number": "many", "flag": "perhaps", "list": [1], "nothing": 1}
    with pytest.raises(ConfigError) as caught:
        effective_settings(importer(settings=SETTINGS), table, {"other": "x"})
    assert len(caught.value.problems) == 6
    assert "'mine' has no setting 'nothing'; it has: text, number, flag, list" in str(caught.value)
