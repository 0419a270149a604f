"""Writes the typed half of the package from the description of the node's API.

usage: generate.py [--check]

Reads docs/openapi.json and writes src/mithaq/_types.py, a type for each schema, and src/mithaq/_operations.py, a method
for each operation. With --check nothing is written: exit code 1 says that a file is not what would be written.
"""

from __future__ import annotations

import json
import keyword
import pathlib
import re
import sys
import textwrap
from typing import Any

FOLDER = pathlib.Path(__file__).resolve().parent
DESCRIPTION = FOLDER.parents[1] / "docs" / "openapi.json"
TARGETS = {name: FOLDER / "src" / "mithaq" / f"{name}.py" for name in ("_types", "_operations")}
WIDTH = 120

Schema = dict[str, Any]

# What the description does not say of an operation, by its name here.
# These are posted, and change nothing: repeating them is harmless.
READ_ONLY_POSTS = {"post_records_prepare", "post_records_try"}
# This query parameter has an operation answer in lines instead of at once.
LINES_BY = {"post_check": "progress"}
# These take as long as there is to do.
TAKE_LONG = {"post_check", "put_attachments", "post_threads_rebuild"}
# These query parameters are seconds that the node itself waits before it answers.
WAITS = ("timeout_s", "wait_s")


def main() -> int:
    description = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
    texts = {"_types": Types(description).text(), "_operations": operations(description)}
    if sys.argv[1:] == ["--check"]:
        stale = [name for name, text in texts.items() if not is_file_of(TARGETS[name], text)]
        for name in stale:
            print(f"{TARGETS[name].relative_to(FOLDER)} is not what docs/openapi.json says: run generate.py")
        return 1 if stale else 0
    for name, text in texts.items():
        TARGETS[name].write_text(text, encoding="utf-8")
    return 0


def is_file_of(path: pathlib.Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


class Types:
    """The text of _types.py: classes in the order in which the schemas name them."""

    def __init__(self, description: Schema) -> None:
        self.schemas: dict[str, Schema] = description["components"]["schemas"]
        self.definitions: list[str] = []
        self.names: set[str] = set(self.schemas)
        self.variants: set[str] = set()

    def text(self) -> str:
        for name, schema in self.schemas.items():
            self.define(name, schema)
        head = '''\
"""The node's answers and what it is asked, as types. Generated from docs/openapi.json by generate.py: do not edit.

An answer is a dictionary as the JSON came; these types say what stands in it. A later node may add members.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict, final

JsonObject: TypeAlias = dict[str, Any]
"""A JSON object of which the description says no more."""
'''
        return head + "\n\n" + "\n\n".join(self.definitions)

    def define(self, name: str, schema: Schema) -> None:
        """Writes the type `name`; what stands inside it without a name gets one that begins with it."""
        choices: list[Schema] = schema.get("oneOf") or schema.get("anyOf") or []
        if choices and schema.get("properties"):
            # Members that all have, beside those of one of the choices.
            variants = [self.merged(schema, choice) for choice in choices]
            self.alias(name, self.union(name, variants), schema)
        elif choices and all("const" in choice for choice in choices):
            self.literal(name, choices, schema)
        elif choices:
            self.alias(name, self.union(name, choices), schema)
        elif schema.get("properties"):
            self.typed_dict(name, schema)
        else:
            self.alias(name, self.expression(schema, name), schema)

    def merged(self, schema: Schema, choice: Schema) -> Schema:
        choice = self.resolved(choice)
        return {
            "type": "object",
            "properties": {**schema["properties"], **choice.get("properties", {})},
            "required": [*schema.get("required", []), *choice.get("required", [])],
            "description": choice.get("description", ""),
            # The choice's own members tell it from the others.
            "own": list(choice.get("properties", {})),
        }

    def resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self.schemas[schema["$ref"].rsplit("/", 1)[1]]
        return schema

    def union(self, name: str, choices: list[Schema]) -> str:
        parts = []
        for choice in choices:
            is_named = choice.get("type") == "object" and choice.get("properties")
            others = {member for other in choices if other is not choice for member in other.get("properties", {})}
            parts.append(self.expression(choice, self.variant(name, choice, others) if is_named else name))
        return " | ".join(dict.fromkeys(parts))

    def variant(self, name: str, choice: Schema, others: set[str]) -> str:
        """A name for one choice of several: by its constant, else by what the others lack, else by its first member."""
        members = choice.get("properties", {})
        words = [str(member["const"]) for member in members.values() if "const" in member]
        own = [member for member in choice.get("own") or members if member in choice.get("required", [])]
        alone = [member for member in own if member not in others]
        chosen = self.free(name + camel((words or alone or own or list(members))[0]))
        self.variants.add(chosen)
        return chosen

    def free(self, name: str) -> str:
        candidate, number = name, 2
        while candidate in self.names:
            candidate, number = f"{name}{number}", number + 1
        self.names.add(candidate)
        return candidate

    def expression(self, schema: Schema, hint: str) -> str:
        """The type of a value, as Python writes it. `hint` is the name that an object without one would get."""
        if "$ref" in schema:
            return str(schema["$ref"].rsplit("/", 1)[1])
        if "const" in schema:
            return f"Literal[{schema['const']!r}]".replace("'", '"')
        if "enum" in schema:
            words = [json.dumps(word) for word in schema["enum"] if word is not None]
            return f"Literal[{', '.join(words)}]" + (" | None" if None in schema["enum"] else "")
        choices: list[Schema] = schema.get("anyOf") or schema.get("oneOf") or []
        if choices:
            return self.union(hint, choices)
        types = schema.get("type", [])
        types = [types] if isinstance(types, str) else types
        return " | ".join(self.simple(kind, schema, hint) for kind in types) or "Any"

    def simple(self, kind: str, schema: Schema, hint: str) -> str:
        if kind == "object":
            if schema.get("properties"):
                name = hint if hint not in self.schemas else self.free(hint)
                self.names.add(name)
                self.typed_dict(name, schema)
                return name
            values = schema.get("additionalProperties")
            return f"dict[str, {self.expression(values, hint)}]" if isinstance(values, dict) else "JsonObject"
        if kind == "array":
            return f"list[{self.expression(schema.get('items', {}), hint + 'Item')}]"
        return {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}[kind]

    def typed_dict(self, name: str, schema: Schema) -> None:
        members = []
        for member, inner in schema["properties"].items():
            kind = self.expression(inner, name + camel(member))
            kind = kind if member in schema.get("required", []) else f"NotRequired[{kind}]"
            members.append((member, kind, inner.get("description")))
        if any(not is_name(member) for member, _, _ in members):
            # A class can't have a member called `from`.
            lines = [f"{name} = TypedDict(", f'    "{name}",', "    {"]
            lines += [f'        "{member}": {quoted(kind)},' for member, kind, _ in members]
            lines += ["    },", ")", *documentation(schema, "")]
        else:
            # Which of several it is shows by a member that only it has: type checkers believe that of a final one.
            lines = ["@final"] if name in self.variants else []
            lines += [f"class {name}(TypedDict):", *documentation(schema, "    ")]
            for member, kind, about in members:
                lines.append(f"    {member}: {kind}")
                if about:
                    lines += docstring(about, "    ")
        self.definitions.append("\n".join(lines) + "\n")

    def literal(self, name: str, choices: list[Schema], schema: Schema) -> None:
        lines = [f"{name}: TypeAlias = Literal["]
        for choice in choices:
            if about := choice.get("description"):
                lines += textwrap.wrap(
                    first_paragraph(about), WIDTH, initial_indent="    # ", subsequent_indent="    # "
                )
            lines.append(f"    {json.dumps(choice['const'])},")
        self.definitions.append("\n".join([*lines, "]", *documentation(schema, "")]) + "\n")

    def alias(self, name: str, expression: str, schema: Schema) -> None:
        line = f"{name}: TypeAlias = {quoted(expression)}"
        self.definitions.append("\n".join([line, *documentation(schema, "")]) + "\n")


def operations(description: Schema) -> str:
    """The text of _operations.py: a method for each operation, in the order of the description."""
    head = '''\
"""A method for each operation of the node. Generated from docs/openapi.json by generate.py: do not edit.

A method is called as its operation: the HTTP method, then the words of the path.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from contextlib import AbstractContextManager

import httpx

from . import _types as types
from ._transport import Body, Transport, segment


class Operations:
    """Every operation of the node's API, as the description has it. Errors: `MithaqError`.

    `purpose` narrows one call to one of the token's purposes.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
'''
    methods = []
    for path, item in description["paths"].items():
        for method in ("get", "put", "post", "delete"):
            if method in item:
                methods += methods_of(description, path, item, method)
    return head + "".join("\n" + method for method in methods)


def methods_of(description: Schema, path: str, item: Schema, method: str) -> list[str]:
    name = operation_name(path, method)
    answers = item[method]["responses"]["200"]["content"]
    written = []
    # What comes as it is comes by one method, whatever its type.
    is_file = ["bytes" in result_of(media_type, answer) for media_type, answer in answers.items()]
    for number, (media_type, answer) in enumerate(answers.items()):
        if any(is_file[:number]) and is_file[number]:
            continue
        is_second = len(answers) > 1 and media_type == "application/x-ndjson"
        written.append(method_text(description, path, item, method, media_type, answer, name, is_second))
    return written


def accepted(operation: Schema, media_type: str) -> str:
    """The types of an answer's file: the one, or all that it can have."""
    answers = operation["responses"]["200"]["content"].items()
    files = [other for other, answer in answers if "bytes" in result_of(other, answer)]
    return ", ".join(files) if media_type in files else media_type


def operation_name(path: str, method: str) -> str:
    words = re.findall(r"[A-Za-z0-9]+", path.removeprefix("/v1"))
    return "_".join([method, *words])


def method_text(
    description: Schema,
    path: str,
    item: Schema,
    method: str,
    media_type: str,
    answer: Schema,
    name: str,
    is_second: bool,
) -> str:
    operation = item[method]
    parameters = [
        description["components"]["parameters"][p["$ref"].rsplit("/", 1)[1]] if "$ref" in p else p
        for p in [*item.get("parameters", []), *operation.get("parameters", [])]
    ]
    switch = LINES_BY.get(name)
    query = [p for p in parameters if p["in"] == "query" and p["name"] != switch]
    signature = ["self"]
    arguments: list[str] = []
    about: list[str] = []
    for parameter in (p for p in parameters if p["in"] == "path"):
        kind = {"integer": "int"}.get(parameter["schema"]["type"], "str")
        signature.append(f"{parameter['name']}: {kind}")
    signature += body_of(operation, arguments)
    optional = [f"{python_name(p['name'])}: {kind_of(p)}" for p in query]
    about += [f"    {python_name(p['name'])}: {p['description']}{one_of(p['schema'])}" for p in query]
    if query or is_second:
        members = [f'"{p["name"]}": {python_name(p["name"])}' for p in query]
        members += [f'"{switch}": True'] if is_second else []
        arguments.append(f"query={{{', '.join(members)}}}")
    headers = {p["name"] for p in parameters if p["in"] == "header"}
    if "mithaq-purpose" in headers:
        optional.append("purpose: str | None = None")
        arguments.append("purpose=purpose")
    if "idempotency-key" in headers:
        optional.append("idempotency_key: str | None = None")
        about.append("    idempotency_key: Names the request for 24 hours: repeated under it, it has no second effect")
        arguments.append("idempotency_key=idempotency_key")
    if name in READ_ONLY_POSTS:
        arguments.append("is_repeatable=True")
    waits = [p["name"] for p in query if p["name"] in WAITS]
    if name in TAKE_LONG:
        arguments.append("longer_s=math.inf")
    elif waits:
        arguments.append(f"longer_s={waits[0]}")
    signature += ["*", *optional] if optional else []
    how, result = result_of(media_type, answer)
    place = path.replace("{", "{segment(").replace("}", ")}")
    call = [f'"{method.upper()}"', f'f"{place}"' if "{" in path else f'"{path}"']
    if media_type not in ("application/json", "application/x-ndjson"):
        call.append(f'accept="{accepted(operation, media_type)}"')
    is_read = how in ("json", "lines")
    begin = f"        answer: {result} = " if is_read else "        return "
    whole = listed(f"{begin}self._transport.{how}(", [*call, *arguments], ")")
    text = [listed(f"    def {name}{'_lines' if is_second else ''}(", signature, f") -> {result}:")]
    scope = operation.get("x-mithaq-scope")
    line = f"{method.upper()} {path}" + (f", with the scope {scope}." if scope else ", for anybody.")
    text += [f'        """{operation["summary"]}.', "", f"        {line}"]
    if about:
        text += ["", *(textwrap.fill(f"    {line}", WIDTH, subsequent_indent="            ") for line in about)]
    text.append('        """')
    text += [whole, "        return answer"] if is_read else [whole]
    return "\n".join(text) + "\n"


def listed(begin: str, items: list[str], end: str) -> str:
    """A list in brackets: in one line where it fits, else an item a line."""
    line = begin + ", ".join(items) + end
    if len(line) <= WIDTH:
        return line
    indent = " " * (len(begin) - len(begin.lstrip()))
    items = [f"{indent}    {item}" + ("," if not item.startswith("**") else "") for item in items]
    return "\n".join([begin, *items, indent + end])


def body_of(operation: Schema, arguments: list[str]) -> list[str]:
    """The parameter that is the request's body, and the arguments with which it is sent."""
    if "requestBody" not in operation:
        return []
    [(media_type, content)] = operation["requestBody"]["content"].items()
    if is_read(media_type, content):
        arguments.append("body=body")
        return [f"body: {reference(content['schema'])}"]
    if media_type == "application/x-ndjson":
        arguments.append("lines=lines")
        return [f"lines: Iterable[{reference(content['x-mithaq-line'])} | bytes]"]
    arguments += ["content=content", f'content_type="{media_type}"']
    return ["content: Body"]


def result_of(media_type: str, answer: Schema) -> tuple[str, str]:
    """Which function of the transport reads the answer, and what it gives."""
    if is_read(media_type, answer):
        return "json", reference(answer["schema"])
    if media_type == "application/x-ndjson":
        return "lines", f"list[{reference(answer['x-mithaq-line'])}]"
    if media_type == "text/event-stream":
        return "stream", "AbstractContextManager[httpx.Response]"
    return ("text", "str") if media_type.startswith("text/") else ("bytes", "bytes")


def is_read(media_type: str, content: Schema) -> bool:
    """Whether it is JSON of which the bytes do not count."""
    return media_type == "application/json" and not content.get("x-mithaq-as-it-came")


def reference(schema: Schema) -> str:
    if "$ref" in schema:
        return f"types.{schema['$ref'].rsplit('/', 1)[1]}"
    if schema.get("type") == "array":
        return f"list[{reference(schema['items'])}]"
    raise ValueError(f"a body or an answer without a name: {schema}")


def kind_of(parameter: Schema) -> str:
    kind = {"string": "str", "integer": "int", "boolean": "bool"}[parameter["schema"]["type"]]
    return kind if parameter.get("required") else f"{kind} | None = None"


def one_of(schema: Schema) -> str:
    """The words that a parameter can be, behind what is said of it."""
    words = [f"`{word}`" for word in schema.get("enum", [])]
    return f". One of {', '.join(words)}" if words else ""


def python_name(name: str) -> str:
    """`from` is no name for an argument."""
    return f"{name}_" if keyword.iskeyword(name) else name


def is_name(member: str) -> bool:
    return member.isidentifier() and not keyword.iskeyword(member)


def quoted(kind: str) -> str:
    """A type that may be defined further down."""
    return "'" + kind + "'" if '"' in kind else f'"{kind}"'


def camel(word: str) -> str:
    return "".join(part.capitalize() for part in re.findall(r"[A-Za-z0-9]+", word))


def first_paragraph(text: str) -> str:
    """The description's further paragraphs are about its source."""
    return " ".join(text.split("\n\n")[0].split()).replace("\\", "\\\\").replace("[`", "`").replace("`]", "`")


def documentation(schema: Schema, indent: str) -> list[str]:
    return docstring(schema["description"], indent) if schema.get("description") else []


def docstring(text: str, indent: str) -> list[str]:
    text = first_paragraph(text)
    text = text if text.endswith((".", "`", ")")) else f"{text}."
    return textwrap.wrap(f'"""{text}"""', WIDTH, initial_indent=indent, subsequent_indent=indent)


if __name__ == "__main__":
    sys.exit(main())
