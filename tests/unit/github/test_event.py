"""Events as GitHub sends them, by its own examples."""

import json

import pytest
from github_api import published

from pytest_perfgate.errors import ConfigError
from pytest_perfgate.github.event import parse_event


def example(name):
    return parse_event(name, json.dumps(published.events()[name]).encode())


def test_a_pull_request():
    event = example("pull_request")
    assert event.pull_request == published.events()["pull_request"]["number"]
    assert event.head_sha == published.events()["pull_request"]["pull_request"]["head"]["sha"]
    assert event.repository == published.events()["pull_request"]["repository"]["full_name"]
    assert not event.from_fork


@pytest.mark.parametrize("source", [None, {"full_name": "someone/else"}])
def test_a_pull_request_from_a_fork_or_from_one_that_is_gone(source):
    payload = json.loads(json.dumps(published.events()["pull_request"]))
    payload["pull_request"]["head"]["repo"] = source
    assert parse_event("pull_request", json.dumps(payload).encode()).from_fork


def test_a_run_that_has_ended():
    event = example("workflow_run")
    assert event.pull_request is None
    assert event.run.id == published.events()["workflow_run"]["workflow_run"]["id"]
    assert event.run.head_sha == event.head_sha
    assert event.run.head_repository == "octo-org/octo-repo"


def test_a_run_whose_repository_was_deleted():
    payload = json.loads(json.dumps(published.events()["workflow_run"]))
    payload["workflow_run"] |= {"head_repository": None, "head_branch": None}
    event = parse_event("workflow_run", json.dumps(payload).encode())
    assert (event.run.head_repository, event.run.head_branch) == ("", "")


@pytest.mark.parametrize(("name", "path"), [("push", ("after",)), ("merge_group", ("merge_group", "head_sha"))])
def test_the_commit_of_other_events(name, path):
    wanted = published.events()[name]
    for key in path:
        wanted = wanted[key]
    event = example(name)
    assert event.head_sha == wanted
    assert event.pull_request is None


def test_an_event_without_a_commit():
    assert example("workflow_dispatch").head_sha == ""
    assert parse_event("schedule", b'{"schedule": "0 3 * * *"}').pull_request is None


@pytest.mark.parametrize("text", [b"", b"[]", b'{"pull_request": 1}', b"\xff"])
def test_a_payload_that_is_none_is_a_word_and_no_traceback(text):
    with pytest.raises(ConfigError, match="GITHUB_EVENT_PATH"):
        parse_event("pull_request", text)
