"""The example's one option: plant a real slowdown."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--plant-slowdown", action="store_true", help="Let parse_csv check itself: twice the work.")


@pytest.fixture
def careful(request: pytest.FixtureRequest) -> bool:
    """Whether the slowdown is planted."""
    return bool(request.config.getoption("--plant-slowdown"))
