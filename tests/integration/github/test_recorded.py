"""Conversations with GitHub that others recorded: our client says the same and understands the same."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest
from github_api import published

from pytest_perfgate.errors import PublishError
from pytest_perfgate.github.client import Client, Patience
from pytest_perfgate.github.request import Request


class Recorded:
    """Answers as GitHub did; what was not recorded is a fault of ours."""

    def __init__(self, scenario):
        self.turns = published.conversations()[scenario]
        self.repository = f"/repos/octokit-fixture-org/{scenario}"
        self.unknown = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self):
        self._thread.start()
        url = f"http://127.0.0.1:{self._server.server_port}"
        self.client = Client(url, "token", Patience(0.0, lambda _s: None, lambda: 0.0, lambda _text: None))
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def ask(self, method, part, body=None, **query):
        request = Request(method, self.repository + part, "try it", "contents: read", body, query)
        return self.client.send(request)

    def turn(self, method, target, body):
        """GitHub's links name a repository by its number; both names mean the same one."""
        split = urlsplit(target)
        for turn in self.turns:
            theirs = urlsplit(turn["path"])
            same_path = split.path == theirs.path.replace("/repositories/1000", self.repository)
            same_query = dict(parse_qsl(split.query)) == dict(parse_qsl(theirs.query))
            if method == turn["method"].upper() and same_path and same_query and body == (turn["body"] or None):
                return turn
        return None

    def _handler(self):
        recorded = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                turn = recorded.turn(self.command, self.path, body)
                if turn is None:
                    recorded.unknown.append(f"{self.command} {self.path} {body}")
                    turn = {"status": 418, "response": {"message": "not recorded"}, "headers": {}}
                content = json.dumps(turn["response"]).encode() if turn["response"] != "" else b""
                self.send_response(turn["status"])
                for name in ("link", "location"):
                    if name in turn["headers"]:
                        self.send_header(name, turn["headers"][name])
                self.send_header("Content-Type", "application/json; charset=utf-8")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = answer  # noqa: N815 - the base class's names

            def log_message(self, *_):
                """Say nothing."""

        return Handler


def test_all_pages_of_a_list_are_read_and_no_item_twice():
    with Recorded("paginate-issues") as github:
        request = Request("GET", f"{github.repository}/issues", "list", "issues: read", query={"per_page": "3"})
        numbers = [issue["number"] for issue in github.client.pages(request)]
    assert numbers == list(range(13, 0, -1))
    assert github.unknown == []


def test_what_github_finds_wrong_is_told_with_its_words():
    with Recorded("errors") as github, pytest.raises(PublishError, match="Validation Failed") as caught:
        github.ask("POST", "/labels", {"name": "foo", "color": "invalid"})
    assert caught.value.status == 422
    assert github.unknown == []


def test_a_label_is_made_read_and_deleted():
    with Recorded("labels") as github:
        made = github.ask("POST", "/labels", {"name": "test-label", "color": "663399"})
        assert (made.status, made.content["name"]) == (201, "test-label")
        assert github.ask("GET", "/labels/test-label").content["color"] == "663399"
        assert github.ask("DELETE", "/labels/test-label-updated").content is None
    assert github.unknown == []


def test_an_issue_is_opened():
    with Recorded("add-labels-to-issue") as github:
        made = github.ask("POST", "/issues", {"title": "Issue without a label"})
    assert (made.status, made.content["number"], made.content["state"]) == (201, 1, "open")
    assert github.unknown == []


def test_a_repository_that_moved_is_told_and_the_token_goes_nowhere_else():
    with Recorded("rename-repository") as github, pytest.raises(PublishError) as caught:
        github.ask("GET", "")
    assert "token" not in str(caught.value)
    assert github.unknown == []
