"""The page of 100 benchmarks × 1,000 runs in a real Chromium: its size, and how long a reader waits."""

import base64
import hashlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2] / "tests")]

SIZES = ((12, 100), (100, 1000))
# Opens every series in the large plot, then steps through one with the keys.
DRIVER = """
(async () => {
  const cards = [...document.querySelectorAll(".card")];
  const turn = async () => { for (let n = 0; n < 5; n += 1) await null; };
  const opened = [], stepped = [];
  for (const card of cards) {
    const began = performance.now();
    card.click();
    await turn();
    opened.push(performance.now() - began);
  }
  const plot = document.getElementById("plot");
  for (let n = 0; n < 100; n += 1) {
    const began = performance.now();
    plot.dispatchEvent(new KeyboardEvent("keydown", { key: n % 10 ? "ArrowLeft" : n % 20 ? "+" : "0", bubbles: true }));
    await turn();
    stepped.push(performance.now() - began);
  }
  const middle = (times) => [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)].toFixed(1);
  const most = (times) => Math.max(...times).toFixed(1);
  const loaded = window.readyAt.toFixed(0);
  document.documentElement.dataset.told = [loaded, middle(opened), most(opened), middle(stepped), most(stepped)].join("|");
})();
"""


def one(benchmarks: int, runs: int) -> str:
    from history_cases import known_history

    from pytest_perfgate.report.project_page import render_project_page

    random.seed(1)
    history = known_history([f"tests/test_module.py::test_it[{n}]" for n in range(benchmarks)], runs, step=runs // 2)
    began = time.process_time()
    page = render_project_page(history)
    rendered = time.process_time() - began
    size = len(page.encode()) / 2**20
    driver = f"window.readyAt = performance.now();{DRIVER}"
    digest = base64.b64encode(hashlib.sha256(driver.encode()).digest()).decode()
    page = page.replace("script-src ", f"script-src 'sha256-{digest}' ", 1).replace(
        "</body>", f"<script>{driver}</script></body>"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        path.write_text(page, encoding="utf-8")
        browser = shutil.which("chromium") or shutil.which("google-chrome") or "chromium-browser"
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile"]
        done = subprocess.run([*command, "--dump-dom", path.as_uri()], capture_output=True, text=True, check=True)
    loaded, *times = re.search(r'data-told="([^"]*)"', done.stdout)[1].split("|")
    return f"| {benchmarks} × {runs:,} | {rendered:.2f} s | {size:.1f} MiB | {loaded} ms | {times[0]} / {times[1]} ms | {times[2]} / {times[3]} ms |"


if __name__ == "__main__":
    from results import write

    rows = [one(*size) for size in SIZES]
    write(
        __file__,
        "The page of a project's history",
        "| benchmarks × runs | made in | size | read and laid out | a large plot opened (median / longest) | a key (median / longest) |\n"
        "| --- | --- | --- | --- | --- | --- |\n"
        + "\n".join(rows)
        + "\n\nIn headless Chromium without a GPU. A frame of 60 Hz is 16.7 ms.",
    )
