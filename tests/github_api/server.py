"""A GitHub to test against: a real HTTP server that keeps state; GitHub's own description judges all that is said.

What the description does not allow, in a request or in an answer, is collected in `violations`.
"""

import hashlib
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode, urlsplit

from github_api.description import filled, operation, schema_of

REPOSITORY = "acme/shop"
TOKEN = "ghs_PlantedTokenThatMustAppearNowhere0000"
WORKFLOW = "github-actions[bot]"
HEAD = "5f0c9a7e" * 5
TIME = "2026-03-02T10:00:00Z"


@dataclass
class Token:
    """`permissions`: name -> read or write; `is_app`: a workflow's token may not ask who it is."""

    login: str = WORKFLOW
    permissions: dict = field(
        default_factory=lambda: dict.fromkeys(("pull-requests", "issues", "checks", "actions", "contents"), "write")
    )
    is_app: bool = True


@dataclass
class Fault:
    """What happens instead of, or after, the next `times` requests whose line holds `match`.

    `kind`: "answer" (status, headers, message), "drop" (the request is lost), "lose" (it is done, the answer is lost),
    "truncate" (it is done, the answer is cut off), "hang" (never an answer).
    """

    match: str
    kind: str = "answer"
    status: int = 503
    message: str = "Service Unavailable"
    headers: dict = field(default_factory=dict)
    times: int = 1


class Refused(Exception):  # noqa: N818 - an answer, not an error of ours
    def __init__(self, status, message, **more):
        self.status, self.content = status, {"message": message, "documentation_url": "https://docs.github.com", **more}


class FakeGitHub:
    """The state, and the server that shows it."""

    def __init__(self, prefix=""):
        self.prefix = prefix
        self.lock = threading.RLock()
        self.tokens = {TOKEN: Token()}
        self.comments, self.issues, self.labels, self.check_runs = {}, {}, {}, {}
        self.pulls = {7: {"head_sha": HEAD, "head_repo": REPOSITORY, "head_ref": "faster", "state": "open"}}
        self.artifacts, self.commits = {}, []
        self.locked, self.issues_disabled, self.moved_to = set(), False, ""
        self.requests, self.violations, self.faults = [], [], []
        self.before = None
        self._numbers = 100
        self.over = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}{prefix}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def number(self):
        self._numbers += 1
        return self._numbers

    def sent(self, *methods):
        """`METHOD path` of the requests that were sent, without GETs unless asked for."""
        wanted = methods or ("POST", "PATCH", "DELETE", "PUT")
        return [f"{method} {path}" for method, path, _, _ in self.requests if method in wanted]

    def bodies(self, method):
        return [body for sent, _, _, body in self.requests if sent == method]

    # What a test puts there.

    def add_comment(self, body, *, login=WORKFLOW, number=7):
        identity = self.number()
        self.comments[identity] = {"id": identity, "issue": number, "login": login, "body": body}
        return identity

    def add_issue(self, title, body, *, login=WORKFLOW, **facts):
        number = self.number()
        self.issues[number] = {
            "number": number, "title": title, "body": body, "login": login, "state": "open", "state_reason": None,
            "labels": [], "closed_at": None, "closed_by": None, "comments": [], **facts,
        }  # fmt: skip
        return number

    # Requests.

    def handle(self, method, target, headers, body):
        """(status, headers, content) of a request; judged by the description on the way in and out."""
        split = urlsplit(target)
        path, query = split.path.removeprefix(self.prefix), dict(parse_qsl(split.query))
        if self.before is not None:
            self.before(method, path)
        with self.lock:
            self.requests.append((method, path, query, body))
            found = operation(method, path)
            if found is None:
                self.violations.append(f"{method} {path}: GitHub has no such operation")
                return 404, {}, {"message": "Not Found"}
            self._note(f"{method} {path}", found.request_problems(query, body))
            try:
                status, content = self._answer(found, headers, query, body)
            except Refused as refused:
                status, content = refused.status, refused.content
            more = {}
            if isinstance(content, tuple):
                content, more = content
            if status != 302:
                self._note(f"{method} {path}", found.answer_problems(status, content))
            return status, more, content

    def _note(self, where, problems):
        self.violations += [f"{where}: {problem}" for problem in problems]

    def _answer(self, found, headers, query, body):
        if self.moved_to:
            return 307, ({"message": "Moved Permanently", "url": self.moved_to}, {"Location": self.moved_to})
        token = self.tokens.get(headers.get("Authorization", "").removeprefix("token ").removeprefix("Bearer "))
        if token is None:
            raise Refused(401, "Bad credentials")
        name = f"{found.method.lower()} {found.path.removeprefix('/repos/{owner}/{repo}')}"
        parameters = found.parameters
        if "owner" in parameters and f"{parameters['owner']}/{parameters['repo']}" != REPOSITORY:
            raise Refused(404, "Not Found")
        permission, needed, method = _OPERATIONS[name]
        if permission and not _may(token, permission, needed):
            raise Refused(403, "Resource not accessible by integration")
        return method(self, found, token, query, body)

    def _page(self, found, query, items, wrap=lambda items: items):
        size, page = int(query.get("per_page", 30)), int(query.get("page", 1))
        part = items[(page - 1) * size : page * size]
        links = {}
        if page * size < len(items):
            following = urlencode({**query, "page": page + 1})
            links["Link"] = f'<{self.url}{self.requests[-1][1]}?{following}>; rel="next"'
        return 200, (wrap(part), links)

    def _user(self, _found, token, _query, _body):
        if token.is_app:
            raise Refused(403, "Resource not accessible by integration")
        return 200, filled(schema_of("public-user"), login=token.login, user_view_type="public")

    def _pull(self, number, kind):
        facts = self.pulls[number]
        made = filled(schema_of(kind), number=number, state=facts["state"], title="x", user=_user(login="someone"))
        made["head"] |= {"sha": facts["head_sha"], "ref": facts["head_ref"], "repo": None}
        if facts["head_repo"]:
            made["head"]["repo"] = filled(schema_of("repository"), full_name=facts["head_repo"])
        return made

    def _get_pull(self, found, _token, _query, _body):
        number = int(found.parameters["pull_number"])
        if number not in self.pulls:
            raise Refused(404, "Not Found")
        return 200, self._pull(number, "pull-request")

    def _list_pulls(self, found, _token, query, _body):
        def wanted(facts):
            owner, _, branch = query.get("head", "").partition(":")
            here = not branch or (facts["head_repo"].split("/")[0] == owner and facts["head_ref"] == branch)
            return here and query.get("state", "open") in {"all", facts["state"]}

        numbers = sorted((number for number, facts in self.pulls.items() if wanted(facts)), reverse=True)
        return self._page(found, query, [self._pull(number, "pull-request-simple") for number in numbers])

    def _comment(self, facts):
        return filled(schema_of("issue-comment"), id=facts["id"], body=facts["body"], user=_user(login=facts["login"]))

    def _list_comments(self, found, _token, query, _body):
        number = int(found.parameters["issue_number"])
        own = [self._comment(c) for _, c in sorted(self.comments.items()) if c["issue"] == number]
        return self._page(found, query, own)

    def _post_comment(self, found, token, _query, body):
        number = int(found.parameters["issue_number"])
        if number not in self.pulls and number not in self.issues:
            raise Refused(404, "Not Found")
        if number in self.locked:
            raise Refused(403, "Unable to create comment because issue is locked.")
        if len(body["body"]) > 65_536:
            raise Refused(422, "Validation Failed", errors=[{"code": "custom", "message": "body is too long"}])
        identity = self.add_comment(body["body"], login=token.login, number=number)
        return 201, self._comment(self.comments[identity])

    def _patch_comment(self, found, _token, _query, body):
        facts = self._own_comment(found)
        facts["body"] = body["body"]
        return 200, self._comment(facts)

    def _delete_comment(self, found, _token, _query, _body):
        del self.comments[self._own_comment(found)["id"]]
        return 204, None

    def _own_comment(self, found):
        facts = self.comments.get(int(found.parameters["comment_id"]))
        if facts is None:
            raise Refused(404, "Not Found")
        return facts

    def _issue(self, facts):
        return filled(
            schema_of("issue"),
            number=facts["number"],
            title=facts["title"],
            body=facts["body"],
            user=_user(login=facts["login"]),
            state=facts["state"],
            state_reason=facts["state_reason"],
            labels=[{"name": name} for name in facts["labels"]],
            closed_at=facts["closed_at"],
            closed_by=_user(login=facts["closed_by"]) if facts["closed_by"] else None,
        )

    def _list_issues(self, found, _token, query, _body):
        wanted = [
            self._issue(facts)
            for _, facts in sorted(self.issues.items(), reverse=True)
            if query.get("state", "open") in {"all", facts["state"]}
            and query.get("creator", facts["login"]) == facts["login"]
        ]
        return self._page(found, query, wanted)

    def _post_issue(self, _found, token, _query, body):
        self._need_issues()
        number = self.add_issue(
            body["title"], body.get("body", ""), login=token.login, labels=list(body.get("labels", []))
        )
        return 201, self._issue(self.issues[number])

    def _get_issue(self, found, _token, _query, _body):
        return 200, self._issue(self._own_issue(found))

    def _patch_issue(self, found, token, _query, body):
        self._need_issues()
        facts = self._own_issue(found)
        if body.get("state") == "closed" and facts["state"] == "open":
            facts |= {"closed_at": TIME, "closed_by": token.login, "state_reason": "completed"}
        if body.get("state") == "open" and facts["state"] == "closed":
            facts |= {"closed_at": None, "closed_by": None, "state_reason": "reopened"}
        facts |= {
            name: value for name, value in body.items() if name in {"title", "body", "state", "state_reason", "labels"}
        }
        return 200, self._issue(facts)

    def _own_issue(self, found):
        facts = self.issues.get(int(found.parameters["issue_number"]))
        if facts is None:
            raise Refused(404, "Not Found")
        return facts

    def _need_issues(self):
        if self.issues_disabled:
            raise Refused(410, "Issues are disabled for this repo")

    def _label(self, facts):
        return filled(schema_of("label"), **facts)

    def _post_label(self, _found, _token, _query, body):
        if body["name"] in self.labels:
            raise Refused(
                422, "Validation Failed", errors=[{"resource": "Label", "code": "already_exists", "field": "name"}]
            )
        self.labels[body["name"]] = {"name": body["name"], "description": body.get("description", "")}
        return 201, self._label(self.labels[body["name"]])

    def _get_label(self, found, _token, _query, _body):
        return 200, self._label(self._own_label(found))

    def _delete_label(self, found, _token, _query, _body):
        del self.labels[self._own_label(found)["name"]]
        return 204, None

    def _own_label(self, found):
        facts = self.labels.get(found.parameters["name"])
        if facts is None:
            raise Refused(404, "Not Found")
        return facts

    def _check(self, facts):
        output = facts["output"]
        shown = {"title": output["title"], "summary": output["summary"], "text": None,
                 "annotations_count": len(facts["annotations"]), "annotations_url": "https://api.github.com/x"}  # fmt: skip
        known = {name: facts.get(name) for name in ("id", "name", "head_sha", "status", "conclusion")}
        return filled(schema_of("check-run"), **known, output=shown, app=None, details_url=facts.get("details_url"))

    def _list_checks(self, found, _token, query, _body):
        own = [
            self._check(facts)
            for facts in self.check_runs.values()
            if facts["head_sha"] == found.parameters["ref"] and query.get("check_name", facts["name"]) == facts["name"]
        ]
        return self._page(found, query, own, lambda part: {"total_count": len(own), "check_runs": part})

    def _post_check(self, _found, _token, _query, body):
        identity = self.number()
        self.check_runs[identity] = {**body, "id": identity, "annotations": list(body["output"].get("annotations", []))}
        return 201, self._check(self.check_runs[identity])

    def _patch_check(self, found, _token, _query, body):
        facts = self.check_runs[int(found.parameters["check_run_id"])]
        # As GitHub does it: annotations are added to those that are there.
        facts["annotations"] += body.get("output", {}).get("annotations", [])
        facts |= {name: value for name, value in body.items() if name != "annotations"}
        return 200, self._check(facts)

    def _list_artifacts(self, found, _token, query, _body):
        run = int(found.parameters["run_id"])
        own = [
            filled(
                schema_of("artifact"),
                id=identity,
                name=facts["name"],
                size_in_bytes=len(facts["content"]),
                expired=facts.get("expired", False),
            )
            for identity, facts in self.artifacts.items()
            if facts["run"] == run and query.get("name", facts["name"]) == facts["name"]
        ]
        return self._page(found, query, own, lambda part: {"total_count": len(own), "artifacts": part})

    def _get_artifact(self, found, _token, _query, _body):
        identity = int(found.parameters["artifact_id"])
        if self.artifacts[identity].get("expired"):
            raise Refused(410, "Artifact has expired")
        return 302, (None, {"Location": f"{self.url.removesuffix(self.prefix)}/store/{identity}?signature=x"})

    def _compare(self, _found, _token, _query, _body):
        commits = [
            filled(
                schema_of("commit"),
                sha=sha,
                author=_user(login=login),
                commit={**filled(schema_of("commit"))["commit"], "message": message},
            )
            for sha, login, message in self.commits
        ]
        return 200, filled(schema_of("commit-comparison"), commits=commits, total_commits=len(commits))


def _user(**values):
    return filled(schema_of("simple-user"), **values)


def _may(token, permission, needed):
    grades = {None: 0, "read": 1, "write": 2}
    # A pull request's conversation takes either permission.
    names = {permission, "issues", "pull-requests"} if permission == "conversation" else {permission}
    return max(grades[token.permissions.get(name)] for name in names) >= grades[needed]


_OPERATIONS = {
    "get /user": ("", "", FakeGitHub._user),
    "get /pulls": ("pull-requests", "read", FakeGitHub._list_pulls),
    "get /pulls/{pull_number}": ("pull-requests", "read", FakeGitHub._get_pull),
    "get /issues": ("issues", "read", FakeGitHub._list_issues),
    "post /issues": ("issues", "write", FakeGitHub._post_issue),
    "get /issues/{issue_number}": ("issues", "read", FakeGitHub._get_issue),
    "patch /issues/{issue_number}": ("issues", "write", FakeGitHub._patch_issue),
    "get /issues/{issue_number}/comments": ("conversation", "read", FakeGitHub._list_comments),
    "post /issues/{issue_number}/comments": ("conversation", "write", FakeGitHub._post_comment),
    "patch /issues/comments/{comment_id}": ("conversation", "write", FakeGitHub._patch_comment),
    "delete /issues/comments/{comment_id}": ("conversation", "write", FakeGitHub._delete_comment),
    "post /labels": ("issues", "write", FakeGitHub._post_label),
    "get /labels/{name}": ("issues", "read", FakeGitHub._get_label),
    "delete /labels/{name}": ("issues", "write", FakeGitHub._delete_label),
    "get /commits/{ref}/check-runs": ("checks", "read", FakeGitHub._list_checks),
    "post /check-runs": ("checks", "write", FakeGitHub._post_check),
    "patch /check-runs/{check_run_id}": ("checks", "write", FakeGitHub._patch_check),
    "get /actions/runs/{run_id}/artifacts": ("actions", "read", FakeGitHub._list_artifacts),
    "get /actions/artifacts/{artifact_id}/{archive_format}": ("actions", "read", FakeGitHub._get_artifact),
    "get /compare/{basehead}": ("contents", "read", FakeGitHub._compare),
}


def _handler(github):
    return type("Handler", (_Handler,), {"github": github})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    github = None

    def log_message(self, *_):
        pass

    def handle_request(self):
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length)
        if self.path.startswith("/store/"):
            self._store()
            return
        fault = self._fault()
        kind = fault.kind if fault is not None else ""
        if kind == "answer":
            self._write(fault.status, fault.headers, {"message": fault.message})
            return
        if kind == "hang":
            self.github.over.wait()
        if kind not in {"hang", "drop"}:
            body = json.loads(raw) if raw else None
            answer = self.github.handle(self.command, self.path, self.headers, body)
            if kind != "lose":
                self._write(*answer, cut=kind == "truncate")
                return
        self.close_connection = True

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = handle_request  # noqa: N815 - the names that http.server asks for

    def _fault(self):
        line = f"{self.command} {self.path}"
        with self.github.lock:
            for fault in self.github.faults:
                if fault.match in line and fault.times > 0:
                    fault.times -= 1
                    return fault
        return None

    def _store(self):
        """Another host's file: whoever sends it GitHub's token has lost it."""
        if "Authorization" in self.headers:
            self.github.violations.append("the token was sent to the store")
        content = self.github.artifacts[int(self.path.split("/")[2].split("?")[0])]["content"]
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _write(self, status, headers, content, *, cut=False):
        data = b"" if content is None else json.dumps(content).encode()
        if self.command == "GET" and status == 200:
            headers = {**headers, "ETag": f'W/"{hashlib.sha256(data).hexdigest()}"'}
            if self.headers.get("If-None-Match") == headers["ETag"]:
                status, data = 304, b""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if cut else data)
        self.close_connection = self.close_connection or cut
