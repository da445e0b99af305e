"""pytest-perfgate: a performance gate whose verdicts can be trusted."""

__version__ = "0.1.0"
