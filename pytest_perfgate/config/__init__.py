"""Configuration: keys, checks, settings and marks."""

from pytest_perfgate.config.checks import REPORT_SUFFIXES
from pytest_perfgate.config.keys import KEYS, Key
from pytest_perfgate.config.marker import MarkerOptions, parse_marker
from pytest_perfgate.config.settings import Config, find_pyproject, load_config, paired_policy_from, policy_from

__all__ = [
    "KEYS",
    "REPORT_SUFFIXES",
    "Config",
    "Key",
    "MarkerOptions",
    "find_pyproject",
    "load_config",
    "paired_policy_from",
    "parse_marker",
    "policy_from",
]
