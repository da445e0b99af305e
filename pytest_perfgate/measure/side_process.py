"""`python -m pytest_perfgate.measure.side_process RULE.json [pytest's arguments]`: `python -m pytest`, redirected."""

from __future__ import annotations


def main() -> None:
    """Install the rule, then be `python -m pytest`."""
    raise NotImplementedError


if __name__ == "__main__":
    main()
