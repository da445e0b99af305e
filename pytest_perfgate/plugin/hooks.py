"""What pytest calls; everything of substance is in the session, imported only when one of our options is given."""

from __future__ import annotations

import pytest

from pytest_perfgate.plugin.options import add_options, read_options

MARKER = (
    "perfgate(min_change=, metrics=, alpha=, skip=, budget=, bytes=, elements=, whole_test=): "
    "how the performance gate judges this benchmark."
)

RECORDERS = pytest.StashKey["dict[str, Recorder]"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare --perfgate and its companions."""
    add_options(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the hooks that a conftest.py may implement."""
    from pytest_perfgate.plugin import hookspec  # noqa: PLC0415 - a start without us must stay cheap

    pluginmanager.add_hookspecs(hookspec)


@pytest.hookimpl(tryfirst=True)  # a worker silences other plugins' output files before they open them
def pytest_configure(config: pytest.Config) -> None:
    """Start a session where one of our options asks for it."""
    config.addinivalue_line("markers", MARKER)
    options = read_options(config)
    if options.active and not hasattr(config, "workerinput"):
        from pytest_perfgate.plugin.start import start  # noqa: PLC0415 - a start without us must stay cheap

        start(config, options)


class Recorder:
    """What the `perfgate` fixture gives to a test; records nothing unless a session measures."""

    def __init__(self, item: pytest.Item) -> None:
        self._item = item
        self.values: dict[str, list[tuple[float, str, str]]] = {}

    def metric(self, name: str, value: float, *, unit: str = "1", direction: str = "lower") -> None:
        """Record a value of a metric of your own for this test.

        `name`: letters, digits, `_`, `-` or `.`; `unit`: a base unit (`s`, `B`, `1`, `1/s`); `direction`: which
        way is better, "lower" or "higher". Call it again for further values of the same metric.
        """
        self._check(name, value, unit, direction)
        self.values.setdefault(name, []).append((float(value), unit, direction))

    def _check(self, name: str, value: float, unit: str, direction: str) -> None:
        where = f"perfgate.metric({name!r:.80}, …) in '{self._item.nodeid:.200}'"
        if direction not in {"lower", "higher"}:
            msg = f"{where}: direction is 'lower' or 'higher' (which way is better), not {direction!r:.80}"
            raise ValueError(msg)
        if not (isinstance(name, str) and name and all(c.isalnum() or c in "_-." for c in name)):
            msg = f"{where}: a metric's name has letters, digits, '_', '-' and '.' only"
            raise ValueError(msg)
        if isinstance(value, bool) or not hasattr(value, "__float__"):
            msg = f"{where}: the value is a number, not {value!r:.80}"
            raise TypeError(msg)
        known = self.values.get(name)
        if known and known[0][1:] != (unit, direction):
            msg = f"{where}: recorded before with unit and direction {known[0][1:]}, now {(unit, direction)}"
            raise ValueError(msg)


@pytest.fixture
def perfgate(request: pytest.FixtureRequest) -> Recorder:
    """Record metrics of your own: `perfgate.metric("rows", 1200, unit="1", direction="higher")`."""
    recorder = Recorder(request.node)
    recorders = request.config.stash.get(RECORDERS, None)
    if recorders is not None:
        recorders[request.node.nodeid] = recorder
    return recorder
