"""Cuts what the tests need out of GitHub's published descriptions; run it again for a newer version.

    npm pack @octokit/openapi@VERSION && tar xzf octokit-openapi-VERSION.tgz
    python tests/github_api/extract.py openapi package VERSION

writes `openapi.json` beside this file: the operations in `USED`, with every schema, parameter, response and header that
they refer to. Descriptions and examples are left out; nothing else is changed.

    npm pack @octokit/webhooks-examples@VERSION && tar xzf octokit-webhooks-examples-VERSION.tgz
    python tests/github_api/extract.py events package VERSION

writes `events.json`: one payload of each event in `EVENTS`, as GitHub sent it, without its addresses.
"""

import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
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


def cut_openapi(package, version):
    whole = json.loads((package / "generated" / "api.github.com.json").read_text(encoding="utf-8"))
    source = f"npm package @octokit/openapi {version}, generated/api.github.com.json (MIT licence), cut by extract.py"
    return {"source": source, "openapi": whole["openapi"], "info": whole["info"]["version"], **extract(whole)}


def cut_events(package, version):
    whole = json.loads((package / "api.github.com" / "index.json").read_text(encoding="utf-8"))
    examples = {event["name"]: without_addresses(event["examples"][0]) for event in whole if event["name"] in EVENTS}
    source = f"npm package @octokit/webhooks-examples {version}, api.github.com (MIT licence), cut by extract.py"
    return {"source": source, "events": examples}


if __name__ == "__main__":
    what, package, version = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    content = {"openapi": cut_openapi, "events": cut_events}[what](package, version)
    (HERE / f"{what}.json").write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")
