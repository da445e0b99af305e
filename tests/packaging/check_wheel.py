"""Whether the built wheel carries what is no Python file; run by `just build`."""

import sys
import zipfile
from pathlib import Path

WANTED = (
    "py.typed",
    "report/templates/report.html",
    "report/templates/export.js",
    "report/templates/history.html",
    "report/templates/history.js",
    "report/templates/period.html",
    "report/templates/sensitivity.html",
    "report/vendor/uPlot.iife.min.js",
    "report/vendor/uPlot.min.css",
    "report/vendor/LICENSE-uPlot.txt",
    "report/schemas/report-1.json",
    "plugin/hooks.py",
    "cli/__init__.py",
)

newest = max(Path("dist").glob("*.whl"), key=lambda path: path.stat().st_mtime)
names = set(zipfile.ZipFile(newest).namelist())
missing = [name for name in WANTED if f"pytest_perfgate/{name}" not in names]
foreign = [name for name in names if not name.startswith("pytest_perfgate")]
if missing or foreign:
    sys.exit(f"{newest}: missing {missing}, should not be there {foreign}")
