"""Real pytest processes that collect one tree's benchmarks and import another tree's code, in every layout."""

import json
import os
import subprocess
import sys
import textwrap
import venv
from pathlib import Path

import msgspec
import pytest

from pytest_perfgate.measure.redirect import Redirect

REPOSITORY = Path(__file__).parents[2]

# Writes, at the end, which side's code each module held, and what the guard says.
CONFTEST = """
import json, os, sys

def pytest_sessionfinish(session):
    import msgspec
    from pytest_perfgate.measure import leak_guard, redirect
    rule, _ = redirect.installed()
    seen = {name: module.SIDE for name, module in list(sys.modules.items()) if hasattr(module, "SIDE")}
    report = {
        "seen": seen,
        "modules": [msgspec.to_builtins(each) for each in leak_guard.project_modules(rule)],
        "leaks": [msgspec.to_builtins(each) for each in leak_guard.leaks(rule)],
        "path": sys.path,
    }
    with open(os.environ["REPORT"], "w") as file:
        json.dump(report, file)
"""


class Project:
    """A candidate's tree with the base's worktree inside it; every module says in SIDE which it is of."""

    def __init__(self, folder):
        self.folder = folder
        self.home = folder / "project"
        self.tree = self.home / ".perfgate" / "worktrees" / "base"
        self.tree.mkdir(parents=True)
        self.python = sys.executable
        self.rule = Redirect(str(self.home), str(self.tree))
        self.environ = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        self.write("conftest.py", CONFTEST)

    def write(self, path, text="", *, tree=None):
        """A file of the candidate, or of another tree."""
        file = (tree or self.home) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text), encoding="utf-8")
        return file

    def write_both(self, *paths, text=""):
        """Modules that both trees have."""
        for path in paths:
            for side, tree in (("candidate", self.home), ("base", self.tree)):
                self.write(path, f"SIDE = {side!r}\n{textwrap.dedent(text)}", tree=tree)

    def run(self, *arguments, rule=None, cwd=None, passes=True):
        rule_file, report = self.folder / "rule.json", self.folder / "report.json"
        rule_file.write_bytes(msgspec.json.encode(rule or self.rule))
        done = subprocess.run(
            [self.python, "-m", "pytest_perfgate.measure.side_process", str(rule_file), "-q", *arguments],
            cwd=cwd or self.home,
            env={**self.environ, "REPORT": str(report)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode == 0) == passes, done.stdout + done.stderr
        return Report(json.loads(report.read_text()), done.stdout + done.stderr)


class Report:
    def __init__(self, facts, output):
        self.seen, self.path, self.output = facts["seen"], facts["path"], output
        self.modules = {module["name"]: module for module in facts["modules"]}
        self.leaks = {leak["module"]: leak for leak in facts["leaks"]}


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


@pytest.fixture
def site_packages(project):
    """The project's python is that of a new environment, which sees pytest and this package; its site-packages."""
    folder = project.folder / "venv"
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    project.python = str(folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    found = Path(subprocess.check_output([project.python, "-c", asked], text=True).strip())
    outside = [entry for entry in sys.path if "site-packages" in entry]
    (found / "outside.pth").write_text("\n".join([str(REPOSITORY), *outside]) + "\n")
    return found


BENCHMARK = """
from shop import orders
import shop

def test_it():
    assert shop.orders is orders
"""


def test_a_source_layout_on_the_path(project):
    project.write("pytest.ini", "[pytest]\npythonpath = src\n")
    project.write_both("src/shop/__init__.py", "src/shop/orders.py")
    project.write("benchmarks/test_orders.py", "SIDE = 'candidate'\n" + BENCHMARK)
    project.write("benchmarks/test_orders.py", "raise AssertionError", tree=project.tree)
    report = project.run()
    assert report.seen == {"shop": "base", "shop.orders": "base", "test_orders": "candidate"}
    assert report.leaks == {}
    assert {name: module["path"] for name, module in report.modules.items()} == {
        "shop": "src/shop/__init__.py",
        "shop.orders": "src/shop/orders.py",
    }


def test_the_candidates_side_runs_through_the_same_and_sees_its_own(project):
    project.write("pytest.ini", "[pytest]\npythonpath = src\n")
    project.write_both("src/shop/__init__.py", "src/shop/orders.py")
    project.write("test_orders.py", BENCHMARK)
    report = project.run(rule=Redirect(str(project.home), str(project.home)))
    assert report.seen == {"shop": "candidate", "shop.orders": "candidate"}
    assert report.leaks == {}
    assert set(report.modules) == {"shop", "shop.orders"}


@pytest.mark.parametrize("mode", ["prepend", "append", "importlib"])
def test_a_package_beside_the_benchmarks(project, mode):
    project.write_both("shop/__init__.py", "shop/orders.py")
    project.write("test_orders.py", BENCHMARK)
    report = project.run(f"--import-mode={mode}")
    assert report.seen == {"shop": "base", "shop.orders": "base"}
    assert report.leaks == {}


@pytest.mark.parametrize("mode", ["prepend", "importlib"])
@pytest.mark.parametrize("in_base", [True, False])
def test_benchmarks_inside_the_package_come_from_the_candidate(project, mode, in_base):
    project.write("pytest.ini", "[pytest]\npythonpath = src\n")
    project.write_both("src/shop/__init__.py", "src/shop/orders.py")
    if in_base:
        project.write("src/shop/tests/__init__.py", tree=project.tree)
        project.write("src/shop/tests/test_orders.py", "raise AssertionError", tree=project.tree)
    project.write("src/shop/tests/__init__.py", "SIDE = 'candidate'")
    project.write("src/shop/tests/data.py", "SIDE = 'candidate'")
    project.write("src/shop/tests/test_orders.py", "from shop.tests import data\nfrom . import data" + BENCHMARK)
    report = project.run(f"--import-mode={mode}")
    # pytest 8.0 imports them as 'src.shop' too.
    assert {name.removeprefix("src."): side for name, side in report.seen.items()} == {
        "shop": "base",
        "shop.orders": "base",
        "shop.tests": "candidate",
        "shop.tests.data": "candidate",
    }
    assert report.leaks == {}


def test_asserts_of_the_benchmarks_are_still_explained(project):
    project.write_both("shop/__init__.py")
    project.write("shop/tests/__init__.py")
    project.write("shop/tests/test_it.py", "import shop\ndef test_it():\n    assert shop.SIDE == 'other'\n")
    assert "assert 'base' == 'other'" in project.run(passes=False).output


def test_an_editable_install_by_path(project, site_packages):
    (site_packages / "_shop.pth").write_text(f"{project.home / 'src'}\n")
    project.write_both("src/shop/__init__.py", "src/shop/orders.py")
    project.write("tests/test_orders.py", BENCHMARK)
    report = project.run()
    assert report.seen == {"shop": "base", "shop.orders": "base"}
    assert report.leaks == {}


# As setuptools' editable finder does: answers by name, whatever path it is asked with.
EDITABLE_FINDER = """
import sys
from importlib.util import spec_from_file_location
from pathlib import Path

class Finder:
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        top, *rest = name.split(".")
        if top not in MAPPING:
            return None
        for file in (Path(MAPPING[top], *rest, "__init__.py"), Path(MAPPING[top], *rest).with_suffix(".py")):
            if file.exists():
                return spec_from_file_location(name, file)

sys.meta_path.append(Finder)
"""


@pytest.mark.parametrize("folder", ["src/shop", "library/sources"])
def test_an_editable_install_by_import_hook(project, site_packages, folder):
    (site_packages / "_editable.py").write_text(
        f"MAPPING = {{'shop': {str(project.home / folder)!r}}}\n{EDITABLE_FINDER}"
    )
    (site_packages / "_editable.pth").write_text("import _editable\n")
    project.write_both(f"{folder}/__init__.py", f"{folder}/orders.py")
    project.write(f"{folder}/new.py", "SIDE = 'candidate'")
    project.write(
        "tests/test_orders.py",
        f"{BENCHMARK}\n    import pytest\n    with pytest.raises(ImportError, match='new'):\n        from shop import new\n",
    )
    report = project.run()
    assert report.seen == {"shop": "base", "shop.orders": "base"}
    assert report.leaks == {}


@pytest.mark.skipif(os.name == "nt", reason="Windows makes symbolic links only for administrators")
def test_an_install_by_symbolic_link(project, site_packages):
    project.write_both("src/shop/__init__.py", "src/shop/orders.py")
    (site_packages / "shop").symlink_to(project.home / "src" / "shop")
    project.write("tests/test_orders.py", BENCHMARK)
    report = project.run()
    assert report.seen == {"shop": "base", "shop.orders": "base"}
    assert report.leaks == {}


def test_a_namespace_package_shared_with_an_installed_one(project, site_packages):
    project.write("pytest.ini", "[pytest]\npythonpath = src\n")
    project.write_both("src/company/shop/__init__.py", "src/company/orders.py")
    project.write("src/company/only_base.py", "SIDE = 'base'", tree=project.tree)
    project.write("company/billing.py", "SIDE = 'installed'", tree=site_packages)
    project.write("later/company/late.py", "SIDE = 'candidate'")
    project.write("later/company/late.py", "SIDE = 'base'", tree=project.tree)
    project.write(
        "tests/test_orders.py",
        """
        import sys
        from pathlib import Path
        import company.shop, company.orders, company.billing, company.only_base
        sys.path.append(str(Path(__file__).parents[1] / "later"))
        import company.late
        import importlib.resources

        def test_resources():
            assert importlib.resources.files("company").joinpath("orders.py").is_file()
            own = [folder for folder in company.__path__ if "site-packages" not in folder]
            assert len(own) == 2 and all(".perfgate" in folder for folder in own)
        """,
    )
    report = project.run()
    assert report.seen == {
        "company.shop": "base",
        "company.orders": "base",
        "company.only_base": "base",
        "company.late": "base",
        "company.billing": "installed",
    }
    assert report.leaks == {}


def test_a_namespace_that_was_a_package(project):
    project.write("pytest.ini", "[pytest]\npythonpath = src\n")
    project.write_both("src/shop/orders.py")
    project.write("src/shop/__init__.py", "SIDE = 'base'", tree=project.tree)
    project.write("test_orders.py", BENCHMARK)
    assert project.run().seen == {"shop": "base", "shop.orders": "base"}


def test_a_module_that_became_a_package(project):
    project.write("pytest.ini", "[pytest]\npythonpath = src\n")
    project.write("src/shop.py", "SIDE = 'base'\nclass orders: pass", tree=project.tree)
    project.write("src/shop/__init__.py", "SIDE = 'candidate'")
    project.write("src/shop/orders.py", "SIDE = 'candidate'")
    project.write("test_orders.py", BENCHMARK)
    assert project.run().seen == {"shop": "base"}


def test_a_layout_that_changed_and_a_module_that_is_gone(project):
    project.write("pytest.ini", "[pytest]\npythonpath = src\n")
    project.write("src/shop/__init__.py", "SIDE = 'candidate'")
    project.write("src/shop/orders.py", "SIDE = 'candidate'")
    project.write("shop/__init__.py", "SIDE = 'base'\nimport old", tree=project.tree)
    project.write("shop/orders.py", "SIDE = 'base'", tree=project.tree)
    project.write("src/old.py", "SIDE = 'base'", tree=project.tree)
    project.write("test_orders.py", BENCHMARK)
    report = project.run()
    assert report.seen == {"shop": "base", "shop.orders": "base", "old": "base"}
    assert report.leaks == {}


def test_a_module_that_only_the_candidate_has_is_not_there(project):
    project.write("pytest.ini", "[pytest]\npythonpath = src\n")
    project.write_both("src/shop/__init__.py")
    project.write("src/shop/new.py")
    project.write("src/newer.py")
    project.write(
        "test_orders.py",
        """
        import pytest

        def test_it():
            with pytest.raises(ImportError, match="new"):
                from shop import new
            with pytest.raises(ModuleNotFoundError, match="No module named 'newer' in .*base.*only in"):
                import newer
            with pytest.raises(ModuleNotFoundError, match="No module named 'nowhere'$"):
                import nowhere
        """,
    )
    report = project.run()
    assert report.seen == {"shop": "base"}
    assert report.leaks == {}


def test_the_file_that_a_build_writes_the_version_to_comes_from_the_candidate(project):
    project.write("pytest.ini", "[pytest]\npythonpath = src\n")
    project.write_both("src/shop/__init__.py", text="from shop._version import version")
    project.write("src/shop/_version.py", "SIDE = 'candidate'\nversion = '1'")
    project.write("test_orders.py", "import shop\ndef test_it(): pass")
    report = project.run()
    assert report.seen == {"shop": "base", "shop._version": "candidate"}
    assert report.leaks == {}


def compiled_suffix():
    from importlib.machinery import EXTENSION_SUFFIXES

    return EXTENSION_SUFFIXES[0]


def test_a_compiled_module_that_the_base_lacks_is_a_leak_even_where_the_code_does_without(project):
    project.write("pytest.ini", "[pytest]\npythonpath = src\n")
    project.write_both(
        "src/shop/__init__.py", text="try:\n    import shop._fast\nexcept ImportError:\n    pass\nimport shop.orders"
    )
    project.write_both("src/shop/orders.py")
    project.write(f"src/shop/_fast{compiled_suffix()}")
    project.write(f"src/shop/orders{compiled_suffix()}")
    project.write("test_orders.py", "import shop\ndef test_it(): pass")
    report = project.run()
    assert set(report.leaks) == {"shop._fast", "shop.orders"}
    assert report.leaks["shop._fast"]["expected"] == str(project.tree / f"src/shop/_fast{compiled_suffix()}")
    assert all("--perfgate-setup" in leak["remedy"] for leak in report.leaks.values())


def test_roles_swapped_the_bases_benchmarks_measure_the_candidate(project):
    project.write("pytest.ini", "[pytest]\npythonpath = src\n", tree=project.tree)
    project.write("conftest.py", CONFTEST, tree=project.tree)
    project.write_both("src/shop/__init__.py", "src/shop/orders.py")
    project.write("tests/test_orders.py", "SIDE = 'base'" + BENCHMARK, tree=project.tree)
    report = project.run(rule=Redirect(str(project.tree), str(project.home)), cwd=project.tree)
    assert report.seen == {"shop": "candidate", "shop.orders": "candidate", "test_orders": "base"}
    assert report.leaks == {}


def test_roles_swapped_the_bases_side_does_not_follow_an_editable_install_to_the_candidate(project, site_packages):
    (site_packages / "_shop.pth").write_text(f"{project.home / 'src'}\n")
    project.write("conftest.py", CONFTEST, tree=project.tree)
    project.write_both("src/shop/__init__.py", "src/shop/orders.py")
    project.write("tests/test_orders.py", "SIDE = 'base'" + BENCHMARK, tree=project.tree)
    rule = Redirect(str(project.tree), str(project.tree), copies=(str(project.home),))
    report = project.run(rule=rule, cwd=project.tree)
    assert report.seen == {"shop": "base", "shop.orders": "base", "test_orders": "base"}
    assert report.leaks == {}


def test_the_path_is_that_of_python_m_pytest(project):
    project.write("test_it.py", "def test_it(): pass")
    report = project.run()
    plain = project.write(
        "plain.py", "import json, sys\ndef pytest_sessionfinish(): print('PATH', json.dumps(sys.path))"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-s", "--noconftest", "-p", "plain"],
        cwd=project.home,
        env=project.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    plain.unlink()
    (line,) = [line for line in done.stdout.splitlines() if "PATH" in line]
    assert json.loads(line.partition("PATH ")[2]) == report.path


def test_a_file_named_on_the_command_line_is_a_benchmark(project):
    project.write_both("shop/__init__.py", "shop/orders.py")
    project.write("speed.py", "SIDE = 'candidate'" + BENCHMARK)
    project.write("speed.py", "raise AssertionError", tree=project.tree)
    report = project.run("speed.py::test_it")
    assert report.seen == {"shop": "base", "shop.orders": "base", "speed": "candidate"}
    assert report.leaks == {}


def test_a_pytest_plugin_under_test_is_redirected_before_its_asserts_are_rewritten(project):
    project.write_both("shop.py")
    project.write("test_it.py", "def test_it(): pass")
    report = project.run("-p", "shop")
    assert report.seen == {"shop": "base"}
    assert report.leaks == {}


def test_a_copy_in_site_packages_is_a_leak_with_its_remedy(project, site_packages):
    project.write_both("src/shop/__init__.py", "src/shop/orders.py")
    project.write("shop/__init__.py", "SIDE = 'installed'", tree=site_packages)
    project.write("shop/orders.py", "SIDE = 'installed'", tree=site_packages)
    project.write("tests/test_orders.py", BENCHMARK)
    report = project.run()
    leak = report.leaks["shop.orders"]
    assert leak["path"] == str(site_packages / "shop" / "orders.py")
    assert leak["expected"] == str(project.tree / "src" / "shop" / "orders.py")
    assert "pip install -e ." in leak["remedy"]
    assert report.modules["shop.orders"]["path"] == "shop/orders.py"


def test_a_copy_is_known_by_the_folder_that_it_was_installed_from(project, site_packages):
    project.write("packages/shop/sources/__init__.py")
    project.write("shop/__init__.py", "SIDE = 'installed'", tree=site_packages)
    project.write("shop-1.dist-info/METADATA", "Name: shop\nVersion: 1\n", tree=site_packages)
    project.write("shop-1.dist-info/RECORD", "shop/__init__.py,,\n", tree=site_packages)
    noted = {"url": (project.home / "packages" / "shop").as_uri(), "dir_info": {}}
    project.write("shop-1.dist-info/direct_url.json", json.dumps(noted), tree=site_packages)
    project.write("tests/test_orders.py", "import shop\ndef test_it(): pass")
    assert set(project.run().leaks) == {"shop"}


def test_a_copy_in_the_sides_own_environment_is_no_leak(project, site_packages):
    project.write_both("src/shop/__init__.py")
    project.write("shop/__init__.py", "SIDE = 'installed'", tree=site_packages)
    project.write("tests/test_orders.py", "import shop\ndef test_it(): pass")
    rule = msgspec.structs.replace(project.rule, environment=str(project.folder / "venv"))
    report = project.run(rule=rule)
    assert report.leaks == {}
    assert set(report.modules) == {"shop"}


def test_what_was_imported_before_the_rule_is_a_leak(project):
    # As this package is where it is measured itself.
    project.write_both("shop/__init__.py", "shop/orders.py")
    project.write("test_orders.py", BENCHMARK)
    start = f"import sys\nsys.path.insert(0, {str(project.home)!r})\nimport shop"
    project.write("start/sitecustomize.py", start, tree=project.folder)
    project.environ["PYTHONPATH"] = str(project.folder / "start")
    report = project.run()
    assert report.seen["shop"] == "candidate"
    assert set(report.leaks) == {"shop"}
    assert report.leaks["shop"]["path"] == str(project.home / "shop" / "__init__.py")
    assert report.leaks["shop"]["expected"] == str(project.tree / "shop" / "__init__.py")
    assert "--perfgate-setup" in report.leaks["shop"]["remedy"]


def test_a_virtual_environment_inside_the_candidate_is_no_part_of_it(project):
    project.write(".venv/pyvenv.cfg")
    project.write(".venv/lib/thing.py", "SIDE = 'installed'")
    project.write(".venv/lib/site-packages/other.py", "SIDE = 'installed'")
    project.write(
        "test_it.py",
        """
        import sys
        from pathlib import Path
        sys.path[:0] = [str(Path(__file__).parent / ".venv/lib"), str(Path(__file__).parent / ".venv/lib/site-packages")]
        import thing, other
        def test_it(): pass
        """,
    )
    report = project.run()
    assert report.seen == {"thing": "installed", "other": "installed"}
    assert (report.leaks, report.modules) == ({}, {})


def test_python_processes_that_a_benchmark_starts_follow_the_rule(project):
    project.write("pytest.ini", "[pytest]\npythonpath = src\n")
    project.write_both("src/shop/__init__.py", "src/shop/orders.py", text="import os")
    project.write("src/shop/__main__.py", "import shop.orders; print(shop.SIDE, shop.orders.SIDE)", tree=project.tree)
    project.write("start/sitecustomize.py", "import builtins; builtins.THEIRS = True", tree=project.folder)
    project.write(
        "test_child.py",
        """
        import multiprocessing, os, subprocess, sys
        import shop

        def test_by_module():
            environ = {**os.environ, "PYTHONPATH": os.environ["PYTHONPATH"] + os.pathsep + "src" + os.pathsep + os.environ["START"]}
            printed = subprocess.check_output([sys.executable, "-m", "shop"], env=environ, text=True)
            assert printed.split() == ["base", "base"]
            code = "import sys, sitecustomize; assert THEIRS; print(sys.path)"
            assert len(os.environ["_PERFGATE_REDIRECT"]) == 2048
            assert "child_start" not in subprocess.check_output([sys.executable, "-c", code], env=environ, text=True)

        def test_by_multiprocessing():
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                # Where the worker cannot import 'shop', the pool would start another one for ever.
                assert pool.apply_async(shop.side).get(timeout=60) == "base"
        """,
    )
    project.write("src/shop/__init__.py", "SIDE = 'base'\ndef side(): return SIDE", tree=project.tree)
    project.environ["START"] = str(project.folder / "start")
    report = project.run()
    assert report.leaks == {}


def test_a_suite_that_makes_every_warning_an_error_runs(project):
    del project.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
    project.write("pytest.ini", "[pytest]\nfilterwarnings = error\npythonpath = src\n")
    project.write_both("src/shop/__init__.py", "src/shop/orders.py")
    project.write("test_orders.py", BENCHMARK)
    # Plugins of the machine that cost time at every start.
    assert project.run("-p", "no:hypothesispytest", "-p", "no:xdist", "-p", "no:pytest_cov").leaks == {}


@pytest.fixture
def installed(project, site_packages):
    """The base is what is installed; the candidate's tree, with its sources on the path, is still home."""
    nothing = project.folder / "nothing"
    nothing.mkdir()
    environment = str(site_packages.parents[2 if os.name != "nt" else 1])
    project.rule = Redirect(
        str(project.home), str(nothing), environment=environment, installed=True, packages=("shop",)
    )
    project.write("shop/__init__.py", "SIDE = 'base'", tree=site_packages)
    project.write("shop/orders.py", "SIDE = 'base'", tree=site_packages)
    return site_packages


@pytest.mark.parametrize("layout", ["src", "."])
def test_an_installed_side_runs_what_is_installed_whatever_stands_first_on_the_path(project, installed, layout):
    project.write("pytest.ini", f"[pytest]\npythonpath = {layout}\n")
    project.write(f"{layout}/shop/__init__.py", "SIDE = 'candidate'")
    project.write(f"{layout}/shop/orders.py", "SIDE = 'candidate'")
    project.write("tests/test_orders.py", "SIDE = 'candidate'\n" + BENCHMARK)
    report = project.run()
    assert report.seen == {"shop": "base", "shop.orders": "base", "test_orders": "candidate"}
    assert report.leaks == {}
    assert {name: module["path"] for name, module in report.modules.items()} == {
        "shop": "shop/__init__.py",
        "shop.orders": "shop/orders.py",
    }


def test_an_installed_side_lacks_what_only_the_tree_has(project, installed):
    project.write("shop/__init__.py", "SIDE = 'candidate'")
    project.write("shop/new.py", "SIDE = 'candidate'")
    project.write(
        "tests/test_new.py",
        "import pytest, shop\ndef test_it():\n    with pytest.raises(ImportError):\n        import shop.new\n",
    )
    report = project.run()
    assert report.seen == {"shop": "base"}


def test_benchmarks_that_a_release_brings_along_are_not_run(project, installed):
    project.write("pytest.ini", "[pytest]\npythonpath = src\n")
    for package in ("src/shop", "src/shop/tests"):
        project.write(f"{package}/__init__.py", "SIDE = 'candidate'")
    project.write("src/shop/tests/data.py", "SIDE = 'candidate'")
    project.write("src/shop/tests/test_orders.py", "from shop.tests import data" + BENCHMARK)
    for name in ("__init__", "data", "test_orders"):
        project.write(f"shop/tests/{name}.py", "SIDE = 'base'", tree=installed)
    report = project.run()
    assert report.seen == {
        "shop": "base",
        "shop.orders": "base",
        "shop.tests": "candidate",
        "shop.tests.data": "candidate",
    }
    assert report.leaks == {}


def test_an_environment_that_points_to_the_tree_is_no_side_of_its_own(project, installed):
    (installed / "shop" / "orders.py").unlink()
    (installed / "shop" / "__init__.py").unlink()
    (installed / "shop").rmdir()
    project.write("src/shop/__init__.py", "SIDE = 'candidate'")
    project.write("conftest.py", CONFTEST + f"import sys; sys.path.insert(0, {str(project.home / 'src')!r})\n")
    project.write("tests/test_orders.py", "import pytest\ndef test_it():\n    import shop\n")
    report = project.run(passes=False)
    assert "shop" not in report.seen
    assert "No module named 'shop'" in report.output


def test_code_of_the_tree_that_an_installed_side_runs_all_the_same_is_a_leak(project, installed):
    project.write("shop/__init__.py", "SIDE = 'candidate'")
    project.write(
        "tests/test_orders.py",
        f"""
        import importlib.util, sys
        spec = importlib.util.spec_from_file_location("shop", {str(project.home / "shop" / "__init__.py")!r})
        sys.modules["shop"] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        def test_it():
            pass
        """,
    )
    report = project.run()
    assert report.leaks["shop"]["path"] == str(project.home / "shop" / "__init__.py")
    assert report.leaks["shop"]["expected"] == project.rule.environment


def test_of_an_environment_without_named_packages_all_counts(project, installed):
    rule = msgspec.structs.replace(project.rule, packages=())
    project.write("tests/test_orders.py", BENCHMARK)
    report = project.run(rule=rule)
    assert {"shop", "shop.orders"} <= set(report.modules)
    assert report.leaks == {}


def test_python_processes_of_an_installed_side_run_what_is_installed(project, installed):
    project.write("shop/__init__.py", "SIDE = 'candidate'")
    project.write(
        "tests/test_child.py",
        """
        import subprocess, sys
        def test_it():
            printed = subprocess.check_output([sys.executable, "-c", "import shop; print(shop.SIDE)"], text=True)
            assert printed.strip() == "base"
        """,
    )
    project.run()
