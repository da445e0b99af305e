"""[tool.perfgate] and its companions: every key in one table, every problem shown at once."""

from __future__ import annotations

import difflib
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from pytest_perfgate.errors import ConfigError
from pytest_perfgate.model import BUILT_IN_METRICS, MetricKind, Policy
from pytest_perfgate.model.metric import JUDGED_BY_DEFAULT
from pytest_perfgate.model.policy import DEFAULT_MIN_CHANGE, WIDE_MIN_CHANGE
from pytest_perfgate.model.quantity import parse_quantity

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ENVIRONMENT_PREFIX = "PERFGATE_"
_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}
# Variables with our prefix that are no configuration key.
_OTHER_VARIABLES = {"PERFGATE_SIDE"}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("a text")  # noqa: TRY004 - the caller turns it into one message
    return value


def _whole(least: int) -> Callable[[object], int]:
    def check(value: object) -> int:
        number = int(value) if isinstance(value, str) else value
        if isinstance(number, bool) or not isinstance(number, int) or number < least:
            raise ValueError(f"a whole number, {least} or more")
        return number

    return check


def _number(least: float, most: float = math.inf, *, open_ends: bool = True) -> Callable[[object], float]:
    wanted = f"a number over {least:g}" + (f" and below {most:g}" if math.isfinite(most) else "")

    def check(value: object) -> float:
        number = float(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else math.nan
        if not math.isfinite(number) or not (least < number < most if open_ends else least <= number <= most):
            raise ValueError(wanted)
        return number

    return check


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in _TRUE | _FALSE:
        return value.lower() in _TRUE
    raise ValueError("true or false")


def _choice(*allowed: str) -> Callable[[object], str]:
    def check(value: object) -> str:
        if value not in allowed:
            raise ValueError("one of " + ", ".join(f"'{name}'" for name in allowed))
        return str(value)

    return check


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, (list, tuple)) and all(isinstance(part, str) for part in value):
        return tuple(value)
    raise ValueError("a list of texts")


def _metrics(value: object) -> tuple[str, ...]:
    names = _texts(value)
    for name in names:
        if name not in BUILT_IN_METRICS:
            raise ValueError(f"a list of metrics; '{name}' is none{_hint(name, BUILT_IN_METRICS)}")
    return names


def _reports(value: object) -> tuple[str, ...]:
    names = _texts(value)
    if any(Path(name).suffix not in REPORT_SUFFIXES for name in names):
        raise ValueError("files that end in " + ", ".join(REPORT_SUFFIXES))
    return names


def _changes(value: object) -> dict[str, float]:
    if isinstance(value, str):
        pairs = dict(part.split("=", 1) for part in value.split(",") if "=" in part)
        value = {name.strip(): text for name, text in pairs.items()}
    if not isinstance(value, Mapping):
        raise ValueError("a table such as {execution_time = 0.05}")  # noqa: TRY004 - one message for all
    return {str(name): _fraction(share) for name, share in value.items()}


def _fraction(value: object) -> float:
    """A share: 0.05 or '5%'."""
    if isinstance(value, str):
        number, unit = parse_quantity(value)
        if unit != "1":
            raise ValueError("a share such as 0.05 or '5%'")
        value = number
    return _number(0.0, 10.0)(value)


def _baseline(value: object) -> str:
    text = _text(value)
    if not text or text == "git-branch:":
        raise ValueError("a folder, or 'git-branch:NAME'")
    return text


REPORT_SUFFIXES = (".json", ".md", ".html", ".txt")


class Key(Struct, frozen=True):
    """One configuration key: `check` turns a raw value into the real one or says what is wanted."""

    name: str
    default: object
    check: Callable[[object], object]
    help: str


KEYS: tuple[Key, ...] = (
    Key("baseline", "baselines", _baseline, "Where recorded runs are kept: a folder, or 'git-branch:NAME'."),
    Key("processes", 3, _whole(1), "Fresh processes per run; processes are the replicates."),
    Key("max_time", 0.45, _number(0), "Seconds of measuring per benchmark over all processes of one look."),
    Key("benchmark_timeout", 300.0, _number(0), "Seconds after which a silent benchmark process is stopped."),
    Key("report", (), _reports, "Files to write the report to: .json, .md, .html or .txt by ending."),
    Key("only_benchmarks", False, _flag, "Run no test that measures nothing."),
    Key("suite", "", _text, "Name of the suite, where one store keeps several."),
    Key("method", "canary", _choice("canary", "welch"), "'canary', or the textbook 'welch' on pooled values."),
    Key("alpha", 0.01, _number(0, 1), "Error level after the correction for the size of the suite."),
    Key(
        "correction",
        "benjamini-hochberg",
        _choice("benjamini-hochberg", "holm", "none"),
        "How alpha is corrected for the number of comparisons.",
    ),
    Key("tolerance", "standard", _choice("standard", "wide"), "Preset of the minimum changes; 'wide' is 10/15/10/20 %."),
    Key("min_change", {}, _changes, "Smallest relative change that matters, by metric or kind; wins over tolerance."),
    Key("metrics", JUDGED_BY_DEFAULT, _metrics, "Metrics that the gate judges; the others are recorded only."),
    Key("minimum_runs", 3, _whole(1), "Fewer recorded runs than this are no baseline."),
    Key("max_looks", 5, _whole(1), "Looks at a benchmark in doubt, the first included."),
    Key("window_days", 30, _whole(1), "Recorded runs older than this are no reference."),
    Key("window_runs", 50, _whole(1), "At most so many recorded runs are the reference."),
    Key("target_branch", "", _text, "Branch whose merge base is the reference; empty finds it."),
    Key("ignore_damaged", False, _flag, "Judge on what is left when a recorded file is damaged."),
    Key("seed", 0, _whole(0), "Seed of the benchmarks' order; 0 takes a new one each time and prints it."),
    Key("key_dependencies", (), _texts, "Packages whose versions split environments, such as numpy."),
    Key("environment_label", "", _text, "A name of your own for machines that look alike but are not."),
)
_BY_NAME = {key.name: key for key in KEYS}


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
    minimum_runs: int
    max_looks: int
    window_days: int
    window_runs: int
    target_branch: str
    ignore_damaged: bool
    seed: int
    key_dependencies: tuple[str, ...]
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
            key = _BY_NAME.get(name)
            if key is None:
                problems.append(f"{source}: there is no key '{name:.80}'{_hint(name, _BY_NAME)}")
                continue
            try:
                values[name] = key.check(raw)
                sources[name] = source
            except (ValueError, TypeError) as error:
                shown = _spelled(spelling, name)
                problems.append(f"{source}: '{shown}' is {raw!r:.80}; it must be {_wanted(error)}")
    problems += _unknown_min_changes(values["min_change"])
    if problems:
        raise ConfigError(problems)
    return Config(**values, sources=sources)  # type: ignore[arg-type]


def _spelled(spelling: str, name: str) -> str:
    if spelling.startswith("--"):
        return spelling.format(name.replace("_", "-"))
    return spelling.format(name.upper() if spelling.startswith(ENVIRONMENT_PREFIX) else name)


def _wanted(error: Exception) -> str:
    text = str(error)
    return "a number" if "invalid literal" in text or "could not convert" in text else text


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
            if name in _BY_NAME:
                found[name] = value
            else:
                problems.append(f"environment: '{variable:.80}' sets no key{_hint(name, _BY_NAME)}")
    return found


def _unknown_min_changes(table: object) -> list[str]:
    names = {*BUILT_IN_METRICS, *(kind.value for kind in MetricKind)}
    # Users' own metrics are not known here, so only what looks like a slip is a problem.
    slips = [name for name in table if name not in names and difflib.get_close_matches(name, names, cutoff=0.8)]  # type: ignore[attr-defined]
    return [f"min_change: '{name:.80}' is no metric{_hint(name, names)}" for name in slips]


def _hint(name: str, known: Mapping[str, object] | Sequence[str] | set[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


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
    )


class MarkerOptions(Struct, frozen=True):
    """Arguments of `@pytest.mark.perfgate(...)`, checked; `work`: bytes and elements per iteration."""

    min_change: float | None = None
    alpha: float | None = None
    metrics: tuple[str, ...] = ()
    budget: dict[str, float] = {}
    skip: str = ""
    whole_test: bool = False
    work: dict[str, float] = {}


_MARKER_CHECKS: dict[str, Callable[[Any], object]] = {
    "min_change": _fraction,
    "alpha": _number(0, 1),
    "metrics": _metrics,
    "skip": lambda value: "marked skip" if value is True else "" if value is False else _text(value),
    "whole_test": _flag,
    "bytes": _number(0),
    "elements": _number(0),
    "budget": lambda value: _budget(value),
}


def parse_marker(arguments: Mapping[str, Any], where: str) -> MarkerOptions:
    """Check a mark's arguments; ConfigError carries every problem, `where` names the test."""
    problems: list[str] = []
    values: dict[str, Any] = {}
    for name, raw in arguments.items():
        check = _MARKER_CHECKS.get(name)
        if check is None:
            wrong = "positional arguments" if name == "(positional)" else f"the argument '{name:.80}'"
            problems.append(f"'{where:.200}': the mark perfgate does not take {wrong}{_hint(name, _MARKER_CHECKS)}")
            continue
        try:
            values[name] = check(raw)
        except (ValueError, TypeError) as error:
            problems.append(f"'{where:.200}': perfgate({name}={raw!r:.80}): it must be {_wanted(error)}")
    if problems:
        raise ConfigError(problems)
    work = {name: values.pop(name) for name in ("bytes", "elements") if name in values}
    return MarkerOptions(work=work, **values)


def _budget(value: Any) -> dict[str, float]:  # noqa: ANN401 - whatever the author wrote
    """`"5ms"` bounds the execution time; `{"allocated_peak": "2 MiB"}` bounds what it names."""
    table = value if isinstance(value, Mapping) else {"execution_time": value}
    budget = {}
    for name, text in table.items():
        amount, unit = (float(text), None) if isinstance(text, (int, float)) else parse_quantity(_text(text))
        known = BUILT_IN_METRICS.get(name)
        if known is not None and unit is not None and unit != known.unit:
            raise ValueError(f"a quantity in {known.unit} for '{name}'")
        budget[str(name)] = _number(0)(amount)
    return budget


def find_pyproject(start: Path) -> Path | None:
    """The nearest pyproject.toml at `start` or above it."""
    for folder in (start, *start.parents):
        path = folder / "pyproject.toml"
        if path.is_file():
            return path
    return None
