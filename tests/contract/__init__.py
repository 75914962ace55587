"""What RingCentral publishes about its API, as checks for requests and answers.

`ringcentral-openapi.json` is a trimmed copy of the RingCentral public OpenAPI document, August 2026.
Paths may be given as in the document (`/…/{sessionId}`) or as they were called (`/…/8001`).

    check_request("POST", path, body={...})          # raises AssertionError with what is wrong
    check_answer("POST", path, 201, {...})
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jsonschema import validators
from jsonschema.exceptions import best_match
from openapi_schema_validator import OAS30ReadValidator, OAS30WriteValidator, oas30_format_checker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

DOCUMENT_FILE = Path(__file__).with_name("ringcentral-openapi.json")
DOCUMENT_URI = "urn:ringcentral-openapi"
REGISTRATION_SESSION = "/webinar/registration/v1/sessions/{sessionId}"
GENERAL_STATUSES = frozenset({401, 403, 429, 503})  # sign-in, rights, quota, overload: listed by some, possible on all

_PARTIAL_WRITE = validators.extend(OAS30WriteValidator, {"required": lambda *_: None})


@cache
def document() -> dict[str, Any]:
    """The trimmed document; treat it as read-only."""
    return json.loads(DOCUMENT_FILE.read_text(encoding="utf-8"))


@cache
def _registry() -> Registry[Any]:
    empty: Registry[Any] = Registry()
    return empty.with_resource(DOCUMENT_URI, Resource(contents=document(), specification=DRAFT4))


def path_template(path: str) -> str:
    """`/…/sessions/8001` → `/…/sessions/{sessionId}`; raises KeyError for a path the document does not have."""
    bare = path.partition("?")[0]
    if bare in document()["paths"]:
        return bare
    parts = bare.split("/")
    matches = [template for template in document()["paths"] if _fits(template.split("/"), parts)]
    if not matches:
        raise KeyError(f"the RingCentral document has no path {bare}")
    return min(matches, key=lambda template: template.count("{"))


def _fits(template: list[str], parts: list[str]) -> bool:
    return len(template) == len(parts) and all(
        one.startswith("{") or one == other for one, other in zip(template, parts, strict=True)
    )


def operation(method: str, path: str) -> dict[str, Any]:
    """One operation of the document, e.g. to read its `x-throttling-group` or `x-app-permission`."""
    template = path_template(path)
    try:
        return document()["paths"][template][method.lower()]
    except KeyError:
        raise KeyError(f"the RingCentral document has no {method} {template}") from None


def _resolved(node: dict[str, Any]) -> dict[str, Any]:
    """The node itself, or what its reference (`#/components/<kind>/<name>`) points to."""
    if "$ref" not in node:
        return node
    _, components, kind, name = node["$ref"].split("/")
    return document()[components][kind][name]


def parameters(method: str, path: str) -> dict[str, dict[str, Any]]:
    """Parameter name → its definition, those of the path included."""
    shared = document()["paths"][path_template(path)].get("parameters", ())
    found = [_resolved(one) for one in (*shared, *operation(method, path).get("parameters", ()))]
    return {one["name"]: one for one in found}


def schema_for(method: str, path: str, status: int) -> dict[str, Any] | None:
    """The schema of an answer as a reference into the document; None where the answer has no body.

    The general ones (401, 403, 429, 503) have the general error body. Raises KeyError for a status that the
    operation does not document.
    """
    responses = operation(method, path)["responses"]
    if str(status) not in responses:
        if status in GENERAL_STATUSES:
            return _reference("components", "schemas", "ApiErrorResponseModel")
        raise KeyError(f"{method} {path_template(path)} documents no answer {status}")
    answer = responses[str(status)]
    where = (
        answer["$ref"].removeprefix("#/").split("/")
        if "$ref" in answer
        else ["paths", path_template(path), method.lower(), "responses", str(status)]
    )
    if "application/json" not in _resolved(answer).get("content", {}):
        return None
    return _reference(*where, "content", "application/json", "schema")


def _reference(*parts: str) -> dict[str, Any]:
    """A pointer into the document: the schema stays inside it, so its own references resolve."""
    pointer = "/".join(quote(part.replace("~", "~0").replace("/", "~1"), safe="~") for part in parts)
    return {"$ref": f"{DOCUMENT_URI}#/{pointer}"}


def _problem(validator: type, schema: dict[str, Any], value: object) -> str:
    """The most telling violation, with its place; empty when the value conforms."""
    checker = validator(schema, registry=_registry(), format_checker=oas30_format_checker)
    error = best_match(checker.iter_errors(value))
    return f"{error.json_path}: {error.message}" if error else ""


def check_answer(method: str, path: str, status: int, body: object = None) -> None:
    """Assert that an answer is one that RingCentral documents. `body` is the parsed JSON, None when empty."""
    schema = schema_for(method, path, status)
    if schema is None:
        assert body is None or status >= 400, f"{method} {path} {status} has no body, got one"
        return
    problem = _problem(OAS30ReadValidator, schema, body)
    assert not problem, f"{method} {path} answered {status} against the document: {problem}"


def check_request(method: str, path: str, *, query: Mapping[str, Any] | None = None, body: object = None) -> None:
    """Assert that a request is one that RingCentral documents.

    `query` holds strings, or lists for repeated parameters, as they were sent; `body` is parsed JSON, or a dict of
    form fields for the token. The registration session's PATCH is partial by its description, although its schema
    requires properties: `required` does not count there.
    """
    _check_query(method, path, query or {})
    described = operation(method, path).get("requestBody")
    if described is None:
        assert body is None, f"{method} {path} takes no body"
        return
    [(media_type, _)] = described["content"].items()
    where = ("paths", path_template(path), method.lower(), "requestBody", "content", media_type, "schema")
    partial = (method.upper(), path_template(path)) == ("PATCH", REGISTRATION_SESSION)
    validator = _PARTIAL_WRITE if partial else OAS30WriteValidator
    problem = _problem(validator, _reference(*where), body)
    assert not problem, f"{method} {path} was sent against the document: {problem}"


def _check_query(method: str, path: str, query: Mapping[str, Any]) -> None:
    known = {name: one for name, one in parameters(method, path).items() if one["in"] == "query"}
    unknown = query.keys() - known.keys()
    assert not unknown, f"{method} {path} knows no parameter {sorted(unknown)}"
    for name, one in known.items():
        assert name in query or not one.get("required"), f"{method} {path} needs the parameter {name}"
        if name in query:
            problem = _problem(OAS30ReadValidator, _absolute(one["schema"]), _typed(query[name], one["schema"]))
            assert not problem, f"{method} {path} was sent {name} against the document: {problem}"


def _absolute(schema: dict[str, Any]) -> dict[str, Any]:
    """The same schema with its references made absolute."""
    return json.loads(json.dumps(schema).replace('"#/', f'"{DOCUMENT_URI}#/'))


def _typed(value: Any, schema: Mapping[str, Any]) -> object:
    """A query value as the type its schema names: everything on the wire is text."""
    match schema.get("type"):
        case "array":
            return value if isinstance(value, list) else str(value).split(",")
        case "integer":
            return int(value)
        case "boolean":
            return {"true": True, "false": False}.get(str(value).lower(), value)
    return value
