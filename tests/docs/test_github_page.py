"""What the page 'On GitHub' says of messages, commands and limits is what the program says."""

import re
from pathlib import Path

import pytest

from pytest_perfgate.cli.github import _COMMANDS
from pytest_perfgate.cli.github.check import command as check
from pytest_perfgate.cli.github.comment import command as comment
from pytest_perfgate.cli.github.issues import command as issues

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "github.md").read_text(encoding="utf-8")
SOURCES = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "pytest_perfgate").rglob("*.py"))
# As one text: messages are written over several lines of source.
PLAIN = re.sub(r"\{[^{}]*\}", "", re.sub(r'"\s*\n\s*f?"', "", SOURCES))
MESSAGES = re.findall(r"^\| `([^`]+)` \|", PAGE.split("| message | what to do |")[1].split("## ")[0], re.MULTILINE)


@pytest.mark.parametrize("message", MESSAGES)
def test_every_message_of_the_troubleshooting_is_one_that_is_shown(message):
    pieces = [piece.strip() for piece in re.split(r"\.\.\.|'[^']*'|#7|(?<=:) ", message) if piece.strip(" '")]
    assert pieces
    for piece in pieces:
        assert piece in PLAIN, piece


def test_every_command_is_on_the_page():
    assert len(MESSAGES) > 10
    for name in _COMMANDS:
        assert f"`perfgate github {name} " in PAGE


def test_every_example_workflow_is_on_the_page():
    for path in (ROOT / ".github" / "workflows" / "examples").glob("*.yml"):
        assert f"`{path.name}`" in PAGE


def test_defaults_on_the_page_are_those_of_the_commands():
    def default(command, name):
        return next(option.default for option in command.params if option.name == name)

    assert default(comment, "patience") == default(check, "patience") == 120
    assert default(issues, "most_new") == 5
