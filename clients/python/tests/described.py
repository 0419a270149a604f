"""Holds what a node answers against its description, so that the types of this package say the truth."""

from __future__ import annotations

import json
import re
from typing import Any

from nodes import DOCS

DESCRIPTION = json.loads((DOCS / "openapi.json").read_text())
SCHEMAS = DESCRIPTION["components"]["schemas"]
KINDS: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}


def check(method: str, path: str, media_type: str, text: str) -> None:
    """Fails if an answer is not as the description says."""
    content = DESCRIPTION["paths"][template(path)][method.lower()]["responses"]["200"]["content"]
    described = content[media_type.partition(";")[0] if media_type not in content else media_type]
    if media_type == "application/x-ndjson":
        for line in text.split("\n"):
            if line:
                conforms(json.loads(line), described["x-mithaq-line"], path)
    elif media_type == "application/json":
        conforms(json.loads(text), described["schema"], path)


def template(path: str) -> str:
    """The described path that a path is one of; one without a variable part first."""
    for described in sorted(DESCRIPTION["paths"], key=lambda described: described.count("{")):
        if re.fullmatch(re.sub(r"\{[a-z0-9]+\}", "[^/]+", described), path):
            return str(described)
    raise AssertionError(f"{path} is not described")


def conforms(value: Any, schema: dict[str, Any], place: str) -> None:
    """Fails if a value is not of a schema, as far as the description uses JSON Schema."""
    problem = fault(value, schema, place)
    assert problem is None, f"not as described: {problem}"


def fault(value: Any, schema: dict[str, Any], place: str, beside: frozenset[str] = frozenset()) -> str | None:
    """Where and how a value differs. None: it does not. `beside`: members that are described around this choice."""
    if "$ref" in schema:
        return fault(value, resolved(schema), place, beside)
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(is_of(value, kind) for kind in kinds):
        return f"{place}: {value!r} is not {kinds}"
    if "const" in schema and value != schema["const"]:
        return f"{place}: {value!r} is not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{place}: {value!r} is none of {schema['enum']}"
    if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
        return f"{place}: {value!r} does not match {schema['pattern']}"
    for word in ("anyOf", "oneOf"):
        around = beside | frozenset(schema.get("properties", {}))
        faults = [fault(value, choice, place, around) for choice in schema.get(word, [])]
        if faults and None not in faults:
            return f"{place}: none of the choices: {faults}"
    if isinstance(value, dict):
        return fault_in_object(value, schema, place, beside)
    if isinstance(value, list):
        found = (fault(item, schema.get("items", {}), f"{place}[{at}]") for at, item in enumerate(value))
        return next((problem for problem in found if problem), None)
    return None


def fault_in_object(value: dict[str, Any], schema: dict[str, Any], place: str, beside: frozenset[str]) -> str | None:
    """As `fault`. A member that no part of the schema describes is one too: no type would say that it is there."""
    lacking = [name for name in schema.get("required", []) if name not in value]
    if lacking:
        return f"{place}: lacks {lacking}"
    choices = [resolved(choice) for word in ("anyOf", "oneOf") for choice in schema.get(word, [])]
    known = {name for part in (schema, *choices) for name in part.get("properties", {})}
    others = schema.get("additionalProperties")
    if known and (unknown := sorted(set(value) - known - beside)):
        return f"{place}: nothing describes {unknown}"
    for name, inner in value.items():
        described = schema.get("properties", {}).get(name, others if isinstance(others, dict) else {})
        if problem := fault(inner, described, f"{place}.{name}"):
            return problem
    return None


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """What a reference names."""
    return resolved(SCHEMAS[schema["$ref"].rsplit("/", 1)[1]]) if "$ref" in schema else schema


def is_of(value: Any, kind: str) -> bool:
    """Whether a value is of a kind. A truth is no number."""
    return isinstance(value, KINDS[kind]) and (kind == "boolean" or not isinstance(value, bool))
