"""Runs when a Python starts that a benchmark of a paired run has started: its imports follow the side's rule too.

Otherwise a benchmark that times `python -m package` would measure the candidate on both sides. What it needs is loaded
by path, since this package itself may be what is measured; standard library only.
"""

import importlib
import os
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from types import ModuleType

_HERE = os.path.dirname(os.path.abspath(__file__))


def _load(name: str) -> ModuleType:
    loader = SourceFileLoader(f"_perfgate_{name}", os.path.join(os.path.dirname(_HERE), f"{name}.py"))
    spec = spec_from_loader(loader.name, loader)
    if spec is None:
        raise ImportError(name)
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def _install() -> None:
    import json

    rule = json.loads(os.environ["_PERFGATE_REDIRECT"])
    for unused in ("environment", "packages"):
        rule.pop(unused, None)
    trees = _load("trees").Trees(rule.pop("home"), rule.pop("tree"), **rule)
    _load("tree_finder").TreeFinder(trees).install()


if "_PERFGATE_REDIRECT" in os.environ:
    _install()
# The user's own file of this name, which ours stands before.
sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != _HERE]
_ours = sys.modules.pop("sitecustomize")
try:
    importlib.import_module("sitecustomize")
except ModuleNotFoundError as _error:
    if _error.name != "sitecustomize":
        raise
finally:
    sys.modules.setdefault("sitecustomize", _ours)
