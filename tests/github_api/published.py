"""GitHub's own descriptions, as npm's packages publish them: fetched once, cut to what the tests need, kept.

Nothing of them is in the repository. `@octokit/openapi` describes the REST API, `@octokit/webhooks-examples` holds the
payloads of events, `@octokit/fixtures` whole conversations with GitHub that others recorded (all under the MIT licence).
"""

import functools
import hashlib
import json
import re
from pathlib import Path

from npm_packages import archive_of, keep

OPENAPI = ("@octokit/openapi", "23.0.2", "package/generated/api.github.com.json")
EVENTS_FILE = ("@octokit/webhooks-examples", "7.6.1", "package/api.github.com/index.json")
CONVERSATIONS = ("@octokit/fixtures", "23.1.2", "package/scenarios/api.github.com/{}/normalized-fixture.json")
REPOSITORY = "/repos/{owner}/{repo}"
USED = {
    "/user": ["get"],
    f"{REPOSITORY}/pulls": ["get"],
    f"{REPOSITORY}/pulls/{{pull_number}}": ["get"],
    f"{REPOSITORY}/issues": ["get", "post"],
    f"{REPOSITORY}/issues/{{issue_number}}": ["get", "patch"],
    f"{REPOSITORY}/issues/{{issue_number}}/comments": ["get", "post"],
    f"{REPOSITORY}/issues/comments/{{comment_id}}": ["patch", "delete"],
    f"{REPOSITORY}/labels": ["post"],
    f"{REPOSITORY}/labels/{{name}}": ["get", "delete"],
    f"{REPOSITORY}/commits/{{ref}}/check-runs": ["get"],
    f"{REPOSITORY}/check-runs": ["post"],
    f"{REPOSITORY}/check-runs/{{check_run_id}}": ["patch"],
    f"{REPOSITORY}/actions/runs/{{run_id}}/artifacts": ["get"],
    f"{REPOSITORY}/actions/artifacts/{{artifact_id}}/{{archive_format}}": ["get"],
    f"{REPOSITORY}/compare/{{basehead}}": ["get"],
}
EVENTS = ("pull_request", "push", "workflow_run", "merge_group", "workflow_dispatch")
_PROSE = {"description", "summary", "externalDocs", "tags", "x-github", "examples", "example"}


def without_prose(value, *, names=False):
    """The same without texts for people; `names`: the keys are names of others, such as a field called `description`."""
    if isinstance(value, list):
        return [without_prose(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = value if names else {key: item for key, item in value.items() if key not in _PROSE}
    return {
        key: item
        if key in {"required", "enum", "default"} and not names
        else without_prose(item, names=key == "properties")
        for key, item in kept.items()
    }


def references(value):
    return set(re.findall(r'"#/components/([^"]+)"', json.dumps(value)))


def extract(whole):
    paths = {}
    for path, methods in USED.items():
        operations = whole["paths"][path]
        paths[path] = {method: without_prose(operations[method]) for method in methods}
    components = {}
    wanted = references(paths)
    while wanted:
        kind, name = wanted.pop().split("/", 1)
        if name not in components.setdefault(kind, {}):
            components[kind][name] = without_prose(whole["components"][kind][name])
            wanted |= references(components[kind][name])
    ordered = {kind: dict(sorted(found.items())) for kind, found in sorted(components.items())}
    return {"paths": paths, "components": ordered}


def without_addresses(value):
    if isinstance(value, list):
        return [without_addresses(item) for item in value]
    if not isinstance(value, dict):
        return value
    dropped = {name for name in value if name == "_links" or name.endswith(("_url", "url", "node_id"))}
    return {name: without_addresses(item) for name, item in value.items() if name not in dropped}


SCENARIOS = ("paginate-issues", "errors", "rename-repository", "labels", "add-labels-to-issue")


@functools.cache
def openapi():
    """`paths` and `components` of the operations in `USED`, with all that they refer to."""
    return _kept("openapi.json", OPENAPI, lambda read: extract(json.loads(read())))


@functools.cache
def events():
    """One payload of each event in `EVENTS`, as GitHub sent it, without its addresses."""

    def cut(read):
        named = [event for event in json.loads(read()) if event["name"] in EVENTS]
        return {event["name"]: without_addresses(event["examples"][0]) for event in named}

    return _kept("events.json", EVENTS_FILE, cut)


@functools.cache
def conversations():
    """Each scenario's requests and answers, in their order."""
    return _kept("conversations.json", CONVERSATIONS, lambda read: {name: json.loads(read(name)) for name in SCENARIOS})


def _kept(name, source, cut):
    """What was cut before from this version of this package, or is now."""
    package, version, member = source

    def make(path):
        with archive_of(package, version) as archive:
            content = cut(lambda *part: archive.extractfile(member.format(*part)).read())
        path.write_text(json.dumps(content), encoding="utf-8")

    # What is cut is said in this file, so another file is another cut.
    digest = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]
    return json.loads(keep(f"{version}-{digest}-{name}", make).read_text(encoding="utf-8"))
