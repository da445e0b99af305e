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


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_the_page_renders_with_its_plots_and_without_a_network(tmp_path):
    path = tmp_path / "report.html"
    path.write_text(page(), encoding="utf-8")
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
    ]
    command = [
        CHROMIUM,
        *flags,
        f"--user-data-dir={tmp_path / 'profile'}",
        "--enable-logging=stderr",
        "--dump-dom",
        path.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.count("<svg") >= 8
    assert "FAIL: 1 benchmark got worse" in done.stdout
    assert "&lt;script&gt;" in done.stdout
    assert not re.search(r"CONSOLE.*(error|refused)", done.stderr, re.IGNORECASE)
