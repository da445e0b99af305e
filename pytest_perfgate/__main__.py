"""`python -m pytest_perfgate` is the command-line tool."""

from pytest_perfgate.cli import main

if __name__ == "__main__":
    main()
