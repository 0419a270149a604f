"""What can go wrong, by the node's own codes."""

from __future__ import annotations

import json
from typing import Any, ClassVar, cast

from . import _types as types


class MithaqError(Exception):
    """Something was not done, and why.

    Each of the node's codes has a class of its own below this one, so that a program can wait for the ones it can mend.
    """

    code_of_class: ClassVar[str] = "internal"

    code: str
    """What kind of error: the node's word for it, or `not_reached`."""
    message: str
    """What is wrong, where, and what to do."""
    field: str | None
    """The field of the input that is at fault, if one is."""
    rule: str | None
    """The rule of the floor, or the clause, that refuses, if one does."""
    rule_title: str | None
    """What that rule asks for, in words, where the node has a text for it."""
    status: int | None
    """The HTTP status. None where the error is about one line of a submission, or no answer came."""

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        field: str | None = None,
        rule: str | None = None,
        rule_title: str | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code or self.code_of_class
        self.message = message
        self.field = field
        self.rule = rule
        self.rule_title = rule_title
        self.status = status

    def __str__(self) -> str:
        beside = [part for part in (self.rule, self.field and f"field {self.field}") if part]
        return f"{self.code}: {self.message}" + (f" ({', '.join(beside)})" if beside else "")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class Refused(MithaqError):
    """A clause or the floor refuses: `rule` says which."""

    code_of_class = "refused"


class Unauthenticated(MithaqError):
    """Nobody knows who asks: the token is missing, wrong, expired or revoked."""

    code_of_class = "unauthenticated"


class Forbidden(MithaqError):
    """The token's role may not do this."""

    code_of_class = "forbidden"


class TooMany(MithaqError):
    """The caller asks too often."""

    code_of_class = "too_many"


class TooLarge(MithaqError):
    """The request is too large."""

    code_of_class = "too_large"


class WrongMethod(MithaqError):
    """The path has no such method."""

    code_of_class = "wrong_method"


class WrongOrigin(MithaqError):
    """The request was meant for another host, or comes from a page of another origin."""

    code_of_class = "wrong_origin"


class Usage(MithaqError):
    """The input has an error: `field` says where, if one field is at fault."""

    code_of_class = "usage"


class NotFound(MithaqError):
    """There is no such thing, or not for this caller."""

    code_of_class = "not_found"


class Conflict(MithaqError):
    """It is taken: the same idempotency key with other content, for one."""

    code_of_class = "conflict"


class Storage(MithaqError):
    """The node's disk is full or damaged."""

    code_of_class = "storage"


class Unavailable(MithaqError):
    """A partner is not reached, the node waits, or time ran out: later it may work."""

    code_of_class = "unavailable"


class NotVerified(MithaqError):
    """Something does not verify."""

    code_of_class = "not_verified"


class Internal(MithaqError):
    """A fault of the node's program."""

    code_of_class = "internal"


class NotReached(MithaqError):
    """No whole answer came. Whether something was done is not known, unless the request had an idempotency key."""

    code_of_class = "not_reached"


class NotAsAsked(MithaqError):
    """The node prepared another record than was asked for. Nothing was signed and nothing was sent."""

    code_of_class = "not_as_asked"


def of_answer(status: int, text: str) -> MithaqError:
    """The error that an answer with such a status is: a problem document, or whatever stood between wrote it."""
    problem = _object(text)
    code = str(problem.get("code") or "")
    message = problem.get("detail") or f"HTTP status {status} without a problem document: {text[:200].strip()}"
    return _class_of(code, status)(
        str(message),
        code=code or None,
        field=problem.get("field"),
        rule=problem.get("rule"),
        rule_title=problem.get("rule_title"),
        status=status,
    )


def of_fault(fault: types.Fault) -> MithaqError:
    """The error of one line of a submission."""
    return _class_of(fault["code"], 0)(
        fault["message"], code=fault["code"], field=fault.get("field"), rule=fault.get("rule")
    )


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


# What stands between node and caller answers with a status alone.
_BY_STATUS: dict[int, type[MithaqError]] = {
    400: Usage,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    405: WrongMethod,
    409: Conflict,
    413: TooLarge,
    429: TooMany,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
    507: Storage,
}


def _class_of(code: str, status: int) -> type[MithaqError]:
    by_code = {kind.code_of_class: kind for kind in MithaqError.__subclasses__()}
    return by_code.get(code) or _BY_STATUS.get(status, Internal)
