"""What holds for every format, on every fixture."""

import gzip
from pathlib import Path

import pytest

from pytest_perfgate.importers.files import open_source
from pytest_perfgate.importers.importer import effective_settings
from pytest_perfgate.importers.registry import Registry, built_in

FIXTURES = Path(__file__).parents[2] / "fixtures" / "importers"
ENTRIES = sorted(path for folder in FIXTURES.iterdir() if folder.is_dir() for path in folder.iterdir())
NAMES = [f"{path.parent.name}/{path.name}" for path in ENTRIES]
FILES = [name for name, path in zip(NAMES, ENTRIES, strict=True) if path.is_file()]
REGISTRY = Registry(built_in())


def read(path):
    importer = REGISTRY.named(path.parent.name)
    return importer.parse(open_source(str(path)), effective_settings(importer, {}, {}))


def test_every_format_has_a_fixture():
    assert {path.parent.name for path in ENTRIES} == set(REGISTRY.importers)


@pytest.mark.parametrize("path", ENTRIES, ids=NAMES)
def test_exactly_one_importer_recognises_it(path):
    source = open_source(str(path))
    found = [importer.name for importer in REGISTRY.importers.values() if importer.recognises(source)]
    assert found == [path.parent.name]


@pytest.mark.parametrize("path", ENTRIES, ids=NAMES)
def test_it_holds_samples_in_base_units_with_unique_places(path):
    for execution in read(path):
        assert execution.tool
        assert execution.samples
        places = [(s.benchmark, s.metric.name, s.process) for s in execution.samples]
        assert len(set(places)) == len(places)
        for sample in execution.samples:
            assert sample.metric.unit not in {"ns", "us", "ms", "KiB", "MB"}
            assert min(sample.values) <= sample.location <= max(sample.values)
            if sample.metric.unit == "s":
                assert 1e-12 < sample.location < 1e4
        processes = {sample.process for sample in execution.samples}
        assert processes == set(range(len(processes)))


@pytest.mark.parametrize("path", [path for path in ENTRIES if path.is_file()], ids=FILES)
@pytest.mark.parametrize("how", ["packed", "utf-8-sig and CRLF", "utf-16"])
def test_packed_marked_or_with_other_line_ends_it_is_the_same(path, how, tmp_path):
    text = path.read_text(encoding="utf-8")
    changed = tmp_path / path.name
    changed.write_bytes(
        gzip.compress(text.encode())
        if how == "packed"
        else text.encode("utf-16")
        if how == "utf-16"
        else text.replace("\n", "\r\n").encode("utf-8-sig")
    )
    importer = REGISTRY.recognise(open_source(str(changed)))
    assert importer.name == path.parent.name
    settings = effective_settings(importer, {}, {})
    found = importer.parse(open_source(str(changed)), settings)
    assert [execution.samples for execution in found] == [execution.samples for execution in read(path)]


@pytest.mark.parametrize("path", ENTRIES, ids=NAMES)
def test_reading_it_twice_gives_the_same(path):
    assert read(path) == read(path)
