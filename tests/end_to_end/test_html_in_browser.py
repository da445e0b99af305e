"""The HTML report in a real browser: it renders, and asks for nothing."""

import re
import shutil
import subprocess

import pytest
from builders import history, make_run

from pytest_perfgate.model import Policy
from pytest_perfgate.report import render
from pytest_perfgate.storage.memory import MemoryBaselines
from pytest_perfgate.workflows.gate import gate
from pytest_perfgate.workflows.reference import History, Window

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
COSTS = {"tests/test_codec.py::test_loads[big]": 1e-3, "b | <script>alert(1)</script>": 2e-3, "c": 5e-6, "d": 7e-5}


def page():
    store = MemoryBaselines()
    runs = history(8, COSTS)
    for run in runs:
        store.save_run(run)
    slow = {**COSTS, "tests/test_codec.py::test_loads[big]": 1.2e-3}
    candidate = make_run(50, slow, processes=6)
    report = gate(
        candidate,
        store=store,
        policy=Policy(),
        window=Window(),
        history=History(),
        acceptances=[],
        now=candidate.started_at,
    )
    from msgspec.structs import replace

    return render(replace(report, baseline=tuple(runs)), ".html")


FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


@pytest.fixture
def browse(tmp_path):
    path = tmp_path / "report.html"
    path.write_text(page(), encoding="utf-8")

    def run(*flags):
        command = [CHROMIUM, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", *flags, path.as_uri()]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)

    return run


def test_the_page_renders_with_its_table_and_plots_and_without_a_network(browse):
    done = browse("--enable-logging=stderr", "--dump-dom")
    assert done.stdout.index("<table") < done.stdout.index("<svg")
    assert done.stdout.count("<svg") >= 8
    assert "FAIL: 1 benchmark got worse" in done.stdout
    assert "&lt;script&gt;" in done.stdout
    assert not re.search(r"CONSOLE.*(error|refused)", done.stderr, re.IGNORECASE)


def test_the_page_follows_light_and_dark_and_fits_a_phone(browse, tmp_path):
    pictures = []
    for scheme, size in (("1", "1000,800"), ("0", "1000,800"), ("0", "500,800")):
        picture = tmp_path / f"{scheme}-{size}.png"
        browse(f"--blink-settings=preferredColorScheme={scheme}", f"--window-size={size}", f"--screenshot={picture}")
        pictures.append(picture.read_bytes())
    assert len(set(pictures)) == 3
    assert all(len(picture) > 10_000 for picture in pictures)
