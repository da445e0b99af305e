import pytest

from pytest_perfgate.errors import ConfigError
from pytest_perfgate.model.source import Installed, Released, Revision, WorkingTree, parse_source


@pytest.mark.parametrize(
    ("texts", "source"),
    [
        (["."], WorkingTree()),
        (["v1.2"], Revision("v1.2")),
        ([":/pip: was slow"], Revision(":/pip: was slow")),
        (["venv:../old env"], Installed("../old env")),
        (["pip:shop==1.0"], Released(("shop==1.0",))),
        (["pip:shop==1.0, sort==2"], Released(("shop==1.0", "sort==2"))),
        (["pip:shop==1.0", "pip:sort==2"], Released(("shop==1.0", "sort==2"))),
        (["pip:shop[fast,cli]>=1,<2,sort"], Released(("shop[fast,cli]>=1,<2", "sort"))),
    ],
)
def test_a_source_is_read_from_its_text(texts, source):
    assert parse_source(texts, "--base") == source


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ([""], "is empty"),
        (["pip:"], "names no package"),
        (["pip:shop==1.0", "pip:"], "names no package"),
        (["venv:"], "names no folder"),
        (["v1", "v2"], "'v1' and 'v2'"),
        (["pip:shop", "v2"], "only 'pip:' may be repeated"),
    ],
)
def test_what_is_no_source_is_named_with_its_option(texts, words):
    with pytest.raises(ConfigError, match=words) as caught:
        parse_source(texts, "--candidate")
    assert "--candidate" in str(caught.value)


@pytest.mark.parametrize(
    ("packages", "names"),
    [
        (("Shop.Core[fast]==1.0", "sort"), ("Shop.Core", "sort")),
        (("shop @ file:///x/shop.whl",), ("shop",)),
        (("./dist/shop-1.0.whl",), ()),
        (("shop==1.0", "git+https://host/x"), ()),
    ],
)
def test_names_of_packages_are_known_where_every_requirement_says_its_own(packages, names):
    assert Released(packages).names == names
