"""Which tree a path belongs to, and which it should come from."""

import os
import sys
from pathlib import Path

import pytest

from pytest_perfgate.measure.redirect import Redirect
from pytest_perfgate.measure.trees import Place, Trees


@pytest.fixture
def trees(tmp_path):
    home = tmp_path / "home"
    tree = home / ".perfgate" / "worktrees" / "base"
    tree.mkdir(parents=True)
    return Trees(
        str(home), str(tree), python_files=("test_*.py", "checks/*.py", "*.py"), benchmark_code=("perf", "./speed/*.py")
    )


def test_the_innermost_tree_counts(trees):
    assert trees.place(str(Path(trees.tree, "src", "a.py"))) == Place(trees.tree, "src/a.py")
    assert trees.place(str(Path(trees.home, "src", "a.py"))) == Place(trees.home, "src/a.py")
    assert trees.place(trees.home) == Place(trees.home, "")
    assert trees.place(f"{trees.home}-other") is None
    assert trees.place(os.__file__) is None


@pytest.mark.parametrize(
    "relative",
    [
        "conftest.py",
        "src/shop/conftest.py",
        "src/shop/test_orders.py",
        "tests/helpers.py",
        "src/shop/tests/data/loader.py",
        "benchmarks/",
        "bench/x.py",
        "deep/checks/x.py",
        "perf/x.py",
        "perf/deep/x.py",
        "speed/x.py",
    ],
)
def test_benchmark_code_comes_from_home(trees, relative):
    assert trees.is_benchmark_code(relative)
    assert trees.wanted(relative) == trees.home


@pytest.mark.parametrize(
    "relative",
    ["src/shop/orders.py", "shop/testing.py", "tests.py", "benchmark.py", "src/perf/x.py", "src/", "checks.py"],
)
def test_other_code_comes_from_the_tree_even_where_a_pattern_matches_everything(trees, relative):
    assert not trees.is_benchmark_code(relative)
    assert trees.wanted(relative) == trees.tree


@pytest.mark.parametrize("inner", [".venv/lib/python3/site-packages/a.py", "usr/lib/python3/dist-packages/a.py"])
def test_what_is_installed_inside_a_tree_is_no_part_of_it(trees, inner):
    assert trees.place(str(Path(trees.home, inner))) is None


def test_an_environment_inside_a_tree_is_no_part_of_it(trees, tmp_path, monkeypatch):
    (tmp_path / "home" / "env").mkdir()
    path = str(tmp_path / "home" / "env" / "lib" / "a.py")
    assert trees.place(path) is not None
    (tmp_path / "home" / "env" / "pyvenv.cfg").touch()
    assert Trees(trees.home, trees.tree).place(path) is None
    (tmp_path / "home" / "env" / "pyvenv.cfg").unlink()
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "home" / "env"))
    assert Trees(trees.home, trees.tree).place(path) is None


def test_a_project_below_the_interpreters_prefix_is_one(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    trees = Trees(str(tmp_path / "app"), str(tmp_path / "base"))
    assert trees.place(str(tmp_path / "app" / "a.py")) == Place(str(tmp_path / "app"), "a.py")


def test_site_packages_can_be_the_tree(tmp_path):
    trees = Trees(str(tmp_path / "home"), str(tmp_path / "venv" / "site-packages"))
    path = tmp_path / "venv" / "site-packages" / "shop" / "__init__.py"
    assert trees.place(str(path)) == Place(trees.tree, "shop/__init__.py")


@pytest.mark.skipif(os.name == "nt", reason="Windows makes symbolic links only for administrators")
def test_links_are_followed(trees, tmp_path):
    (tmp_path / "home" / "shop").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "home")
    (tmp_path / "installed").symlink_to(tmp_path / "home" / "shop")
    assert trees.place(str(tmp_path / "link" / "shop" / "a.py")) == Place(trees.home, "shop/a.py")
    assert trees.place(str(tmp_path / "installed" / "a.py")) == Place(trees.home, "shop/a.py")


def test_the_version_file_counts_only_where_the_tree_has_none(trees, tmp_path):
    assert trees.is_version_file("src/shop/_version.py")
    assert not trees.is_version_file("src/shop/orders.py")
    folder = tmp_path / "home" / ".perfgate" / "worktrees" / "base" / "src" / "shop"
    folder.mkdir(parents=True)
    (folder / "_version.py").touch()
    assert not trees.is_version_file("src/shop/_version.py")


def test_copies_are_trees_that_nothing_comes_from(tmp_path):
    rule = Redirect(str(tmp_path / "base"), str(tmp_path / "base"), copies=(str(tmp_path / "candidate"),))
    trees = rule.trees()
    place = trees.place(str(tmp_path / "candidate" / "shop.py"))
    assert place == Place(str(tmp_path / "candidate"), "shop.py")
    assert not trees.is_right(place)
    assert trees.counterpart(str(tmp_path / "candidate" / "shop.py"), trees.tree) == str(tmp_path / "base" / "shop.py")
