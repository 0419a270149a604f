"""JSON read so that two readers never see two things, and the bytes of its members as they came."""

from __future__ import annotations

import json
from typing import Any


def parse(text: str) -> Any:
    """The value of a JSON text.

    Errors: `ValueError` if it is none, an object has a member twice, or a number is not whole.
    """
    return _DECODER.decode(text)


def members(text: str) -> dict[str, str]:
    """The members of a JSON object, each as the text that stands there. Only that is what a signature is about.

    Errors: `ValueError` as for `parse`, and if it is no object.
    """
    at = _skip(text, 0)
    if text[at : at + 1] != "{":
        raise ValueError("this is no JSON object")
    found: dict[str, str] = {}
    at = _skip(text, at + 1)
    while text[at : at + 1] != "}":
        if found:
            if text[at : at + 1] != ",":
                raise ValueError("a comma is missing between two members")
            at = _skip(text, at + 1)
        name, at = _DECODER.raw_decode(text, at)
        at = _skip(text, at)
        if not isinstance(name, str) or text[at : at + 1] != ":":
            raise ValueError("a member has no name")
        if name in found:
            raise ValueError(f"the member {name} stands there twice")
        begin = _skip(text, at + 1)
        _, at = _DECODER.raw_decode(text, begin)
        found[name] = text[begin:at]
        at = _skip(text, at)
    if text[at + 1 :].strip(_SPACE):
        raise ValueError("something follows the object")
    return found


_SPACE = " \t\r\n"


def _skip(text: str, at: int) -> int:
    while text[at : at + 1] and text[at] in _SPACE:
        at += 1
    return at


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("an object has a member twice")
    return value


def _not_whole(word: str) -> Any:
    raise ValueError(f"{word} is no whole number")


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_not_whole, parse_float=_not_whole)
