"""The page of a project's history in a real browser: it draws, is driven by keys, and asks for nothing."""

import base64
import hashlib
import re
import shutil
import subprocess

import pytest
from history_cases import known_history
from msgspec.structs import replace

from pytest_perfgate.report.project_page import render_project_page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--enable-logging=stderr",
]
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
# Everything that the page does itself happens in microtasks, so that a driver can wait for it before the page is dumped.
DRIVER = """
(async () => {
  const told = [];
  const plot = document.getElementById("plot");
  const key = async (name) => {
    plot.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true }));
    for (let turn = 0; turn < 5; turn += 1) await null;
    told.push(`${name}: ${document.getElementById("said").textContent.split("\\n")[0]}`);
  };
  for (const name of ["End", "ArrowLeft", "p", "+", "0"]) await key(name);
  told.push(`painted: ${new Set(plot.querySelector("canvas").getContext("2d").getImageData(0, 0, 600, 300).data).size > 3}`);
  await key("Escape");
  told.push(`hidden: ${document.getElementById("detail").hidden}`);
  document.documentElement.dataset.told = told.join("|");
})();
"""


def with_driver(page, driver=DRIVER):
    digest = base64.b64encode(hashlib.sha256(driver.encode()).digest()).decode()
    page = page.replace("script-src ", f"script-src 'sha256-{digest}' ", 1)
    return page.replace("</body>", f"<script>{driver}</script></body>")


@pytest.fixture
def browse(tmp_path):
    def run(page, *flags, place="#0.1"):
        path = tmp_path / "history.html"
        path.write_text(page, encoding="utf-8")
        command = [CHROMIUM, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", *flags, path.as_uri() + place]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)

    return run


def test_the_page_draws_is_driven_by_keys_and_runs_nobody_elses_script(browse):
    done = browse(with_driver(render_project_page(known_history())), "--dump-dom")
    assert 'data-ready="yes"' in done.stdout
    assert done.stdout.count('class="card"') == 2
    assert "<title>perfgate: history</title>" in done.stdout
    assert "&lt;img src=x onerror=" in done.stdout
    told = re.search(r'data-told="([^"]*)"', done.stdout)[1].split("|")
    assert told[0].startswith("End: 2026-03-03 03:00")
    assert told[1].startswith("ArrowLeft: 2026-03-03 02:00")
    assert told[2].startswith("p: 2026-03-02 13:00")
    assert "painted: true" in told
    assert told[-1] == "hidden: true"
    assert not re.search(r"CONSOLE.*(error|refused|Uncaught)", done.stderr, re.IGNORECASE)


ODD_DRIVER = """
(async () => {
  const told = [];
  for (const card of [...document.querySelectorAll(".card")]) {
    card.click();
    for (let turn = 0; turn < 5; turn += 1) await null;
    for (const key of ["ArrowLeft", "n", "+", "-", "0", "End"]) {
      document.getElementById("plot").dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
      for (let turn = 0; turn < 5; turn += 1) await null;
    }
    told.push(document.getElementById("title").textContent);
  }
  document.documentElement.dataset.told = told.sort().join("|");
})();
"""


def test_series_of_one_point_constant_or_without_a_number_are_drawn_too(browse):
    history = known_history(["one", "constant", "nothing", "two"], runs=12, step=None)
    (environment,) = history.environments
    one, constant, nothing, two = environment.series
    gone, none = (0,) * 11, (None,) * 11
    columns = ("level", "adjusted", "lowest", "highest")
    odd = (
        replace(one, processes=(*gone, 3), **dict.fromkeys(columns, (*none, 0.001))),
        replace(constant, **dict.fromkeys(columns, (1e-3,) * 12)),
        replace(nothing, adjusted=(), **dict.fromkeys(("level", "lowest", "highest"), (None,) * 12)),
        replace(two, processes=(*gone[:10], 3, 1), **dict.fromkeys(columns, (*none[:10], 0.001, 0.002))),
    )
    page = render_project_page(replace(history, environments=(replace(environment, series=odd),)))
    done = browse(with_driver(page, ODD_DRIVER), "--dump-dom")
    names = [f"{name} · execution_time" for name in ("constant", "nothing", "one", "two")]
    assert re.search(r'data-told="([^"]*)"', done.stdout)[1].split("|") == names
    assert not re.search(r"CONSOLE.*(error|refused|Uncaught)", done.stderr, re.IGNORECASE)


def test_it_follows_light_and_dark_and_fits_a_phone(browse, tmp_path):
    pictures = []
    page = render_project_page(known_history())
    for scheme, size in (("1", "1000,800"), ("0", "1000,800"), ("0", "500,800")):
        picture = tmp_path / f"{scheme}-{size}.png"
        browse(
            page,
            f"--blink-settings=preferredColorScheme={scheme}",
            f"--window-size={size}",
            "--virtual-time-budget=2000",
            f"--screenshot={picture}",
        )
        pictures.append(picture.read_bytes())
    assert len(set(pictures)) == 3
    assert all(len(picture) > 10_000 for picture in pictures)
