"""Settings from defaults, [tool.perfgate], PERFGATE_* variables and the command line; every problem shown at once."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.config.checks import hint, shown
from pytest_perfgate.config.keys import BY_NAME, KEYS
from pytest_perfgate.errors import ConfigError
from pytest_perfgate.model import BUILT_IN_METRICS, MetricKind, Policy
from pytest_perfgate.model.policy import (
    DEFAULT_MIN_CHANGE,
    FEWEST_PAIRS,
    PAIRED_LEAST_ESTIMATE,
    PAIRED_MIN_CHANGE,
    WIDE_MIN_CHANGE,
)

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # the same module under its older name

ENVIRONMENT_PREFIX = "PERFGATE_"
# Variables with our prefix that are no configuration key.
_OTHER_VARIABLES = {"PERFGATE_SIDE", "PERFGATE_PADDING"}


class Config(Struct, frozen=True):
    """Effective settings; `sources`: key -> where its value comes from."""

    baseline: str
    processes: int
    max_time: float
    benchmark_timeout: float
    report: tuple[str, ...]
    only_benchmarks: bool
    suite: str
    method: str
    alpha: float
    correction: str
    tolerance: str
    min_change: dict[str, float]
    metrics: tuple[str, ...]
    against: str
    budget: float
    setup: str
    benchmarks_from: str
    benchmark_code: tuple[str, ...]
    alternate: bool
    measure_unchanged: bool
    pin: bool
    paired_min_change: dict[str, float]
    confirm: str
    anomaly: str
    min_history: int
    minimum_runs: int
    max_looks: int
    window_days: int
    window_runs: int
    target_branch: str
    ignore_damaged: bool
    seed: int
    key_dependencies: tuple[str, ...]
    importers: dict[str, dict[str, object]]
    environment_label: str
    sources: dict[str, str]


def load_config(pyproject: str | None, environ: Mapping[str, str], overrides: Mapping[str, object]) -> Config:
    """Defaults, then [tool.perfgate] of `pyproject` (its text), then PERFGATE_*, then the command line.

    Raises ConfigError with every problem of all of them.
    """
    problems: list[str] = []
    values: dict[str, object] = {key.name: key.default for key in KEYS}
    sources = dict.fromkeys(values, "default")
    layers = (
        ("[tool.perfgate]", _table(pyproject, problems), "{}"),
        ("environment", _variables(environ, problems), f"{ENVIRONMENT_PREFIX}{{}}"),
        ("command line", overrides, "--perfgate-{}"),
    )
    for source, layer, spelling in layers:
        for name, raw in layer.items():
            key = BY_NAME.get(name)
            if key is None:
                problems.append(f"{source}: there is no key '{name:.80}'{hint(name, BY_NAME)}")
                continue
            try:
                values[name] = key.check(raw)
                sources[name] = source
            except (ValueError, TypeError) as error:
                problems.append(f"{source}: '{_spelled(spelling, name)}' is {shown(raw)}; it must be {error}")
    for table in ("min_change", "paired_min_change"):
        problems += _unknown_min_changes(table, values[table])
    if problems:
        raise ConfigError(problems)
    return Config(**values, sources=sources)  # type: ignore[arg-type]


def _spelled(spelling: str, name: str) -> str:
    if spelling.startswith("--"):
        return spelling.format(name.replace("_", "-"))
    return spelling.format(name.upper() if spelling.startswith(ENVIRONMENT_PREFIX) else name)


def _table(pyproject: str | None, problems: list[str]) -> Mapping[str, object]:
    if pyproject is None:
        return {}
    try:
        table = tomllib.loads(pyproject).get("tool", {}).get("perfgate", {})
    except tomllib.TOMLDecodeError as error:
        problems.append(f"pyproject.toml is not valid TOML: {error}")
        return {}
    if not isinstance(table, Mapping):
        problems.append("pyproject.toml: 'tool.perfgate' must be a table")
        return {}
    return table


def _variables(environ: Mapping[str, str], problems: list[str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for variable, value in environ.items():
        if variable.startswith(ENVIRONMENT_PREFIX) and variable not in _OTHER_VARIABLES:
            name = variable.removeprefix(ENVIRONMENT_PREFIX).lower()
            if name in BY_NAME:
                found[name] = value
            else:
                problems.append(f"environment: '{variable:.80}' sets no key{hint(name, BY_NAME)}")
    return found


def _unknown_min_changes(key: str, table: object) -> list[str]:
    names = {*BUILT_IN_METRICS, *(kind.value for kind in MetricKind)}
    # Users' own metrics are not known here, so only what looks like a slip is a problem.
    slips = [
        name
        for name in (table if isinstance(table, Mapping) else ())
        if name not in names and difflib.get_close_matches(name, names, cutoff=0.8)
    ]
    return [f"{key}: '{name:.80}' is no metric{hint(name, names)}" for name in slips]


def policy_from(config: Config) -> Policy:
    """The thresholds of a configuration."""
    preset = WIDE_MIN_CHANGE if config.tolerance == "wide" else DEFAULT_MIN_CHANGE
    return Policy(
        method=config.method,
        alpha=config.alpha,
        correction=config.correction,
        min_change={**preset, **config.min_change},
        minimum_runs=config.minimum_runs,
        metrics=config.metrics,
        max_looks=config.max_looks,
        anomaly=config.anomaly,
        min_history=config.min_history,
    )


def paired_policy_from(config: Config) -> Policy:
    """The thresholds of a paired run: what is measured in the same minutes can be asked for more."""
    return replace(
        policy_from(config),
        method="paired",
        min_change={**DEFAULT_MIN_CHANGE, **PAIRED_MIN_CHANGE, **config.min_change, **config.paired_min_change},
        minimum_runs=FEWEST_PAIRS,
        least_estimate=PAIRED_LEAST_ESTIMATE,
    )


def find_pyproject(start: Path) -> Path | None:
    """The nearest pyproject.toml at `start` or above it."""
    for folder in (start, *start.parents):
        path = folder / "pyproject.toml"
        if path.is_file():
            return path
    return None
