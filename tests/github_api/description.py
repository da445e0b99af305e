"""GitHub's own description of its REST API, as a judge of requests and answers."""

import json
import re
from functools import cache
from urllib.parse import unquote

from github_api import published
from jsonschema import Draft202012Validator


def _modern(value):
    """OpenAPI 3.0's `nullable` as JSON Schema says it today."""
    if isinstance(value, list):
        return [_modern(item) for item in value]
    if not isinstance(value, dict):
        return value
    made = {key: _modern(item) for key, item in value.items() if key != "nullable"}
    if value.get("nullable") is True:
        return {"anyOf": [made, {"type": "null"}]}
    return made


@cache
def _components():
    return _modern(published.openapi()["components"])


@cache
def _paths():
    return _modern(published.openapi()["paths"])


@cache
def _patterns():
    # A commit's name or a range of them may hold slashes.
    return {
        path: re.compile(
            re.sub(r"\{(ref|basehead)\}", r"(?P<\1>.+)", path).replace("{", "(?P<").replace("}", ">[^/]+)")
        )
        for path in _paths()
    }


def resolved(schema):
    """The schema that a reference stands for."""
    while "$ref" in schema:
        kind, name = schema["$ref"].removeprefix("#/components/").split("/", 1)
        schema = _components()[kind][name]
    return schema


@cache
def _validator(text):
    return Draft202012Validator({**json.loads(text), "components": _components()})


def _problems(schema, value, where):
    validator = _validator(json.dumps(schema, sort_keys=True))
    return [
        f"{where}: {'/'.join(map(str, error.path))}: {error.message[:300]}" for error in validator.iter_errors(value)
    ]


class Operation:
    """One operation: which requests it takes and which answers it gives."""

    def __init__(self, method, path, parameters):
        self.method, self.path, self.parameters = method, path, parameters
        self._facts = _paths()[path][method.lower()]

    def request_problems(self, query, body):
        declared = [resolved(parameter) for parameter in self._facts.get("parameters", [])]
        in_query = {parameter["name"]: parameter["schema"] for parameter in declared if parameter["in"] == "query"}
        problems = [f"query: there is no parameter '{name}'" for name in query if name not in in_query]
        for name, text in query.items():
            if name in in_query:
                problems += _problems(in_query[name], _typed(text, in_query[name]), f"query '{name}'")
        wanted = self._facts.get("requestBody")
        if wanted is None:
            return problems + (["a body where none is taken"] if body is not None else [])
        schema = resolved(wanted)["content"]["application/json"]["schema"]
        if body is None:
            return problems + ([] if not wanted.get("required") else ["no body"])
        return problems + _problems(schema, body, "body") + _unknown_fields(schema, body, "body")

    def answer_problems(self, status, content):
        answers = self._facts["responses"]
        answer = answers.get(str(status))
        if answer is None:
            # Redirects, failures of the service and of authentication are described for the API as a whole, not per operation.
            return [] if status in {307, 401, 403, 404, 429} or status >= 500 else [f"status {status} is not described"]
        schema = resolved(answer).get("content", {}).get("application/json", {}).get("schema")
        if schema is None:
            return [] if content is None else [f"status {status} has no content"]
        return [problem for problem in _problems(schema, content, f"answer {status}") if not _is_known_gap(problem)]

    def answer_schema(self, status):
        return resolved(self._facts["responses"][str(status)])["content"]["application/json"]["schema"]


def _is_known_gap(problem):
    """Where the description forbids what GitHub does: a pull request whose head repository was deleted has none."""
    return "head/repo: None is not of type" in problem


def operation(method, path):
    """The operation of a request, or None where GitHub has none like it."""
    for template in sorted(_patterns(), key=lambda text: text.count("{")):
        match = _patterns()[template].fullmatch(path)
        if match and method.lower() in _paths()[template]:
            return Operation(method, template, {name: unquote(text) for name, text in match.groupdict().items()})
    return None


def _typed(text, schema):
    kind = resolved(schema).get("type")
    return int(text) if kind == "integer" and text.isdigit() else text


def _unknown_fields(schema, value, where):
    """Fields that the description does not know: GitHub would pass them over, so they are slips of ours."""
    schema = resolved(schema)
    if isinstance(value, list):
        return [problem for item in value for problem in _unknown_fields(schema.get("items", {}), item, f"{where}[]")]
    known = schema.get("properties")
    if not isinstance(value, dict) or known is None:
        return []
    problems = [f"{where}: there is no field '{name}'" for name in value if name not in known]
    for name, item in value.items():
        if name in known:
            problems += _unknown_fields(known[name], item, f"{where}.{name}")
    return problems


def filled(schema, **values):
    """The least object that a schema takes, with `values` in it."""
    schema = resolved(schema)
    if "allOf" in schema:
        merged = {}
        for part in schema["allOf"]:
            merged |= filled(part)
        return merged | values
    for choice in ("oneOf", "anyOf"):
        if choice in schema:
            return filled(schema[choice][0], **values)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "object")
    if kind == "object":
        known = schema.get("properties", {})
        made = {name: _empty(known.get(name, {})) for name in schema.get("required", [])}
        return made | values
    return {"string": _text(schema), "integer": 1, "number": 1.0, "boolean": False, "array": []}[kind]


def _empty(schema):
    """Nothing where nothing is allowed, else the least."""
    schema = resolved(schema)
    if any(resolved(choice).get("type") == "null" for choice in schema.get("anyOf", [])):
        return None
    return filled(schema)


def _text(schema):
    known = {"uri": "https://api.github.com/x", "date-time": "2026-01-01T00:00:00Z"}
    return known.get(schema.get("format"), "x")


def schema_of(name):
    return {"$ref": f"#/components/schemas/{name}"}
