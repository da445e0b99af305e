"""The page of a project's history in a real browser: it draws, is driven by keys, and asks for nothing."""

import base64
import csv
import hashlib
import io
import json
import re
import shutil
import subprocess
from xml.etree import ElementTree as ET

import pytest
from history_cases import HOSTILE, known_history
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


# Where a download ends is the browser's business, and a browser without a window may wait for it for ever: the page's
# last step is the click on a link with an address and a name.
SAVING_DRIVER = """
(() => {
  const saved = [];
  const Whole = Blob;
  window.Blob = class extends Whole {
    constructor(parts, options) { super(parts, options); saved.push({ type: this.type, text: parts.join(""), size: this.size }); }
  };
  HTMLAnchorElement.prototype.click = function () { Object.assign(saved[saved.length - 1], { name: this.download, address: this.href }); };
  for (const id of ["vector", "table"]) {
    const button = document.getElementById(id);
    button.focus();
    if (document.activeElement === button && button.tabIndex === 0) button.click();
  }
  const bytes = new TextEncoder().encode(JSON.stringify(saved));
  document.documentElement.dataset.saved = btoa([...bytes].map((byte) => String.fromCharCode(byte)).join(""));
})();
"""
SVG = "{http://www.w3.org/2000/svg}"


def saved_of(done):
    return json.loads(base64.b64decode(re.search(r'data-saved="([^"]*)"', done.stdout)[1]))


@pytest.mark.parametrize(("place", "name"), [("#0.1", "t.py::plain"), ("#0.0", HOSTILE)])
def test_a_series_is_saved_as_a_picture_and_as_a_table(browse, tmp_path, place, name):
    history = known_history()
    done = browse(with_driver(render_project_page(history), SAVING_DRIVER), "--dump-dom", place=place)
    assert not re.search(r"CONSOLE.*(error|refused|Uncaught)", done.stderr, re.IGNORECASE)
    picture, values = saved_of(done)
    assert (picture["type"], picture["name"]) == ("image/svg+xml", "history.svg")
    assert (values["type"], values["name"]) == ("text/csv", "history.csv")
    assert all(one["address"].startswith("blob:") and one["size"] for one in (picture, values))
    svg, table = picture["text"], values["text"]
    series = next(one for one in history.environments[0].series if one.benchmark == name)
    root = ET.fromstring(svg)
    assert root.find(f"{SVG}title").text.startswith(name)
    assert {node.tag.removeprefix(SVG) for node in root.iter()} <= {
        *("svg", "title", "rect", "text", "line", "clipPath", "g", "polygon", "polyline")
    }
    raw, adjusted = (node.get("points").split() for node in root.iter(f"{SVG}polyline"))
    assert len(raw) == len(adjusted) == 40
    # The highest level stands highest, where y is least.
    heights = [float(point.split(",")[1]) for point in raw]
    assert heights.index(min(heights)) == series.level.index(max(series.level))
    assert len([line for line in root.iter(f"{SVG}line") if line.get("stroke-width") == "2"]) == len(series.changes)
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [row["benchmark"] for row in rows] == [name] * 40
    assert [float(row["level"]) for row in rows] == pytest.approx(series.level, rel=1e-5)
    assert [float(row["adjusted"]) for row in rows] == pytest.approx(series.adjusted, rel=1e-5)
    assert rows[3]["started_at"] == "2026-03-01T15:00:00+00:00"
    assert [row["change"] for row in rows if row["change"]] == ["0.2"] * len(series.changes)

    (tmp_path / "saved.svg").write_text(svg, encoding="utf-8")
    seen = browse('<img src="saved.svg" onload="document.title = this.naturalWidth">', "--dump-dom", place="")
    assert f"<title>{root.get('width')}</title>" in seen.stdout


def test_a_table_holds_no_formula(browse):
    page = render_project_page(known_history(['=HYPERLINK("x"),1'], step=None))
    done = browse(with_driver(page, SAVING_DRIVER), "--dump-dom", place="#0.0")
    (row, *_) = csv.DictReader(io.StringIO(saved_of(done)[1]["text"]))
    assert row["benchmark"] == '\'=HYPERLINK("x"),1'


ODD_DRIVER = """
(async () => {
  const told = [];
  HTMLAnchorElement.prototype.click = () => {};
  for (const card of [...document.querySelectorAll(".card")]) {
    card.click();
    for (let turn = 0; turn < 5; turn += 1) await null;
    for (const key of ["ArrowLeft", "n", "+", "-", "0", "End"]) {
      document.getElementById("plot").dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
      for (let turn = 0; turn < 5; turn += 1) await null;
    }
    for (const id of ["vector", "table"]) document.getElementById(id).click();
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
