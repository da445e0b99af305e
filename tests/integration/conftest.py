"""A suite under a fake instrument: every benchmark costs what `COSTS` says, on a machine that is a little noisy."""

import shutil
import textwrap

import pytest

CONFTEST = '''
import os, sys
sys.path.insert(0, {tests!r})
from fakes import FakeClock, fake_instrument, noise, process_of

CLOCK = FakeClock()
RUN = os.environ.get("FAKE_RUN", "candidate")

import pytest
@pytest.hookimpl(optionalhook=True)
def pytest_perfgate_instrument(config):
    CLOCK.process = process_of(config)
    # Both sides of a pair have the machine in common.
    CLOCK.factor = noise(RUN, str(CLOCK.process).split("-")[-1], "machine", spread=0.03)
    return fake_instrument(CLOCK)

def spend(name, seconds):
    """What a benchmark calls: it costs so many seconds, on this machine, in this process."""
    CLOCK.spend(seconds * CLOCK.factor * noise(RUN, CLOCK.process, name, spread=0.002))
'''
SUITE = """
import os, pytest
from conftest import spend

SLOW = dict(pair.split("=") for pair in os.environ.get("SLOW", "").split(",") if pair)

def cost(name, seconds):
    return seconds * (1 + float(SLOW.get(name, 0)) / 100)

@pytest.mark.parametrize("name", ["a", "b", "c", "d"])
def test_it(benchmark, name):
    benchmark(spend, name, cost(name, 1e-4))

def test_plain():
    pass
"""
PYPROJECT = """
[tool.pytest.ini_options]
# Plugins of the machine that cost time at every start.
addopts = ["-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-p", "no:pytest_cov"]

[tool.perfgate]
processes = 2
max_looks = 2
seed = 1
"""


class Suite:
    """A folder with a suite; `record` and `gate` run real pytest in a subprocess."""

    def __init__(self, pytester, monkeypatch):
        self.pytester, self._monkeypatch = pytester, monkeypatch

    def write(self, **files):
        for name, text in files.items():
            path = self.pytester.path / (name.replace("__", "/") + ".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text), encoding="utf-8")

    def configure(self, text):
        path = self.pytester.path / "pyproject.toml"
        path.write_text(path.read_text() + textwrap.dedent(text), encoding="utf-8")

    def run(self, *arguments, **environ):
        for name, value in environ.items():
            self._monkeypatch.setenv(name, str(value))
        try:
            return self.pytester.runpytest_subprocess(*arguments, timeout=120)
        finally:
            for name in environ:
                self._monkeypatch.delenv(name)

    def record(self, count=3, **environ):
        for number in range(count):
            result = self.run("--perfgate-record", FAKE_RUN=number, **environ)
            assert result.ret == 0, result.stdout.str()

    def gate(self, *arguments, slow="", **environ):
        return self.run("--perfgate", *arguments, SLOW=slow, **environ)

    @property
    def run_files(self):
        return sorted(self.pytester.path.glob("baselines/*/*.jsonl"))


@pytest.fixture
def suite(pytester, monkeypatch, request):
    """An empty folder with the fake instrument."""
    tests = str(request.config.rootpath / "tests")
    pytester.makeconftest(CONFTEST.format(tests=tests))
    (pytester.path / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    # A folder below the project's own repository would find that repository's git.
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(pytester.path.parent))
    return Suite(pytester, monkeypatch)


_RECORDED = {}


@pytest.fixture
def recorded(suite, tmp_path_factory):
    """The suite of four benchmarks with a baseline of three runs, measured once and copied."""
    suite.write(test_it=SUITE)
    if "store" not in _RECORDED:
        suite.record(3)
        _RECORDED["store"] = tmp_path_factory.mktemp("recorded") / "baselines"
        shutil.copytree(suite.pytester.path / "baselines", _RECORDED["store"])
    else:
        shutil.copytree(_RECORDED["store"], suite.pytester.path / "baselines")
    return suite
