import pytest

from pytest_perfgate.config import KEYS, load_config, parse_marker, policy_from
from pytest_perfgate.errors import ConfigError
from pytest_perfgate.model.quantity import parse_quantity


def problems_of(pyproject=None, environ=None, overrides=None):
    with pytest.raises(ConfigError) as caught:
        load_config(pyproject, environ or {}, overrides or {})
    return caught.value.problems


def test_later_wins_and_says_where_from():
    text = "[tool.perfgate]\nprocesses = 4\nalpha = 0.02\nmax_looks = 2\n"
    config = load_config(text, {"PERFGATE_PROCESSES": "5", "PERFGATE_ALPHA": "0.03"}, {"processes": "6"})
    assert (config.processes, config.alpha, config.max_looks, config.minimum_runs) == (6, 0.03, 2, 3)
    sources = config.sources
    assert (sources["processes"], sources["alpha"], sources["max_looks"], sources["minimum_runs"]) == (
        "command line",
        "environment",
        "[tool.perfgate]",
        "default",
    )


def test_the_defaults_are_valid():
    for key in KEYS:
        assert key.check(key.default) == key.default, key.name


def test_every_problem_is_shown_at_once():
    text = "[tool.perfgate]\nalhpa = 1\nprocesses = 0\nmethod = 'magic'\nmetrics = ['execution_tim']\n"
    found = "\n".join(problems_of(text, {"PERFGATE_MAX_TIME": "soon", "PERFGATE_METODH": "x"}, {"report": ["a.pdf"]}))
    for part in (
        "did you mean 'alpha'",
        "'processes' is 0",
        "'canary', 'welch'",
        "'execution_tim'",
        "PERFGATE_MAX_TIME",
        "PERFGATE_METODH",
        "--perfgate-report",
    ):
        assert part in found


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("processes = 1.5", "whole number"),
        ("processes = true", "whole number"),
        ("max_time = 'x'", "number"),
        ("max_time = nan", "number"),
        ("max_time = -1", "over 0"),
        ("alpha = 1", "below 1"),
        ("only_benchmarks = 'maybe'", "true or false"),
        ("report = [1]", "list"),
        ("processes = 'zero'", "'zero'; it must be a whole number, 1 or more"),
        ("alpha = 'low'", "a number over 0 and below 1"),
        ("report = ['a.doc']", "is 'a.doc'; it must be files that end in .json"),
        ("min_change = {execution_time = 'fast'}", "a share such as"),
        ("min_change = {execution_tim = 0.1}", "did you mean"),
        ("baseline = ''", "folder"),
        ("baseline = 'git-branch:'", "git-branch:NAME"),
        ("min_change = 3", "table"),
    ],
)
def test_wrong_values_say_what_is_wanted(line, word):
    assert word in problems_of(f"[tool.perfgate]\n{line}\n")[0]


def test_broken_toml_is_named_with_its_line():
    assert "line 2" in problems_of("[tool.perfgate]\nalpha = = 1\n")[0]


def test_lists_and_tables_can_be_written_in_a_variable():
    config = load_config(
        None, {"PERFGATE_KEY_DEPENDENCIES": "numpy, scipy", "PERFGATE_MIN_CHANGE": "execution_time=10%,rss=0.2"}, {}
    )
    assert config.key_dependencies == ("numpy", "scipy")
    assert config.min_change == {"execution_time": 0.1, "rss": 0.2}


def test_the_policy_takes_presets_and_single_values():
    policy = policy_from(load_config("[tool.perfgate]\ntolerance = 'wide'\nmin_change = {rss = 0.5}\n", {}, {}))
    assert (policy.min_change["execution_time"], policy.min_change["rss"]) == (0.10, 0.5)


def test_a_pyproject_without_us_is_fine():
    assert load_config("[tool.other]\nx = 1\n", {}, {}).processes == 3


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("5ms", 5e-3, "s"),
        ("1.5 GiB", 1.5 * 2**30, "B"),
        ("300 ns", 3e-7, "s"),
        ("20us", 2e-5, "s"),
        ("20µs", 2e-5, "s"),
        ("1e6/s", 1e6, "1/s"),
        ("2 MB/s", 2e6, "B/s"),
        ("8%", 0.08, "1"),
        ("3", 3.0, "1"),
    ],
)
def test_quantities_are_read(text, value, unit):
    amount, base = parse_quantity(text)
    assert (amount, base) == (pytest.approx(value), unit)


@pytest.mark.parametrize("text", ["", "fast", "5 parsecs", "5 s/s", "--3ms", "1e999s", "ms"])
def test_what_is_no_quantity_says_what_one_is(text):
    with pytest.raises(ValueError, match="'5ms'|too large"):
        parse_quantity(text)


def test_a_mark_is_read():
    options = parse_marker(
        {
            "min_change": "10%",
            "budget": {"execution_time": "5ms", "allocated_peak": "2 MiB"},
            "bytes": 100,
            "skip": True,
        },
        "t",
    )
    assert options.min_change == 0.1
    assert options.budget == {"execution_time": 5e-3, "allocated_peak": 2 * 2**20}
    assert options.work == {"bytes": 100.0}
    assert options.skip


def test_a_budget_in_the_wrong_unit_is_refused():
    with pytest.raises(ConfigError, match="in s for 'execution_time'"):
        parse_marker({"budget": "5 MiB"}, "t")
