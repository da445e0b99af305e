"""Where the main process imported from when it loaded the plugin, before any conftest.py added to it."""

from __future__ import annotations

import sys

IMPORT_PATH = tuple(sys.path)
