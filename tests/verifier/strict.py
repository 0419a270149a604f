"""Bytes, strict JSON and signatures: what all formats are made of (docs/spec/documents.md)."""

import base64
import functools
import hashlib
import json
import re
import struct

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

INTEGER_MAX = 2**53 - 1


class Refused(Exception):
    """The bytes prove nothing; `rule` is the rule of the specification that they break."""

    def __init__(self, rule, problem):
        super().__init__(f"{rule}: {problem}")
        self.rule = rule


def demand(holds, rule, problem):
    if not holds:
        raise Refused(rule, problem)


def under(rule, function, *arguments):
    """Calls a function and names, if it refuses, the rule that asked for it."""
    try:
        return function(*arguments)
    except Refused as error:
        raise Refused(rule, str(error)) from error


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def u8(number):
    return struct.pack(">B", number)


def u16(number):
    return struct.pack(">H", number)


def u32(number):
    return struct.pack(">I", number)


def u64(number):
    return struct.pack(">Q", number)


class Bytes:
    """Takes big-endian fields from the front of bytes."""

    def __init__(self, data, rule):
        self.data, self.at, self.rule = data, 0, rule

    def take(self, count):
        demand(self.at + count <= len(self.data), self.rule, "cut short")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, width):
        return int.from_bytes(self.take(width), "big")

    def prefixed(self, width):
        return self.take(self.number(width))

    def rest(self):
        return self.take(len(self.data) - self.at)

    def left(self):
        return len(self.data) - self.at


def from_base64(text, rule="DOC-4"):
    """Padded base64 whose unused bits are zero: writing the value again must give the text."""
    try:
        value = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Refused(rule, "not base64") from error
    demand(base64.b64encode(value).decode() == text, rule, "not the one base64 of its value")
    return value


# --- JSON ---


def parse_json(data, limit, rule="DOC-6"):
    """Reads JSON as DOC-6 allows it."""
    demand(len(data) <= limit, rule, "too long")
    try:
        text = data.decode("utf-8")
        value = json.loads(
            text,
            object_pairs_hook=lambda pairs: members(pairs, rule),
            parse_int=lambda digits: integer(digits, rule),
            parse_float=lambda digits: integer("", rule),
            parse_constant=lambda name: integer("", rule),
        )
    except (ValueError, RecursionError) as error:
        raise Refused(rule, f"not JSON: {error}") from error
    demand(depth(value) <= 8, rule, "nested too deep")
    if "\\u" in text:
        try:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError as error:
            raise Refused(rule, "half of a surrogate pair") from error
    return value


def members(pairs, rule):
    result = dict(pairs)
    demand(len(result) == len(pairs), rule, "a key stands twice")
    demand(len(pairs) <= 256, rule, "too many members")
    return result


def integer(digits, rule):
    demand(digits.isascii() and digits.isdigit(), rule, "a number with a sign, a fraction or an exponent")
    demand(len(digits) <= 16 and int(digits) <= INTEGER_MAX, rule, "a number of 2^53 or more")
    return int(digits)


def depth(value):
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth, value), default=0)
    return 0


def parse_canonical(data, limit, shape, rule="DOC-7"):
    """Reads JSON of which only one spelling is allowed, and checks its shape."""
    value = parse_json(data, limit, rule)
    shape(value, rule)
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    demand(written == data, rule, "not the one spelling of its value")
    return value


# Shapes: functions that take a value and the rule to name when it does not fit.


def obj(**fields):
    """An object with exactly these members, in this order; those marked `optional` may be left out."""

    def check(value, rule):
        demand(isinstance(value, dict), rule, "not an object")
        names = [name for name, shape in fields.items() if name in value or not hasattr(shape, "left_out")]
        demand(list(value) == names, rule, f"members are not {names}")
        for name in names:
            fields[name](value[name], rule)

    return check


def optional(shape):
    """A member that may be left out."""

    def check(value, rule):
        shape(value, rule)

    check.left_out = True
    return check


def array(shape):
    def check(value, rule):
        demand(isinstance(value, list), rule, "not an array")
        for item in value:
            shape(item, rule)

    return check


def nullable(shape):
    def check(value, rule):
        if value is not None:
            shape(value, rule)

    return check


def one_of(*words):
    return where(lambda value: isinstance(value, str) and value in words, f"not one of {words}")


def where(test, problem):
    def check(value, rule):
        demand(test(value), rule, problem)

    return check


def matching(pattern, problem):
    compiled = re.compile(pattern)
    return where(lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None, problem)


def base64_of(length=None):
    def check(value, rule):
        demand(isinstance(value, str), rule, "not a string")
        size = len(from_base64(value, rule))
        demand(length is None or size == length, rule, f"{size} bytes in place of {length}")

    return check


def number(low=0, high=INTEGER_MAX):
    def test(value):
        return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high

    return where(test, f"not a number from {low} to {high}")


def is_text(value, limit, lines=False):
    """DOC-9."""
    if not isinstance(value, str) or not 1 <= len(value.encode()) <= limit or value.strip() != value:
        return False
    return not any(
        (c < " " and not (lines and c == "\n"))
        or "\x7f" <= c <= "\x9f"
        or "\u2028" <= c <= "\u202e"
        or c == "\ufeff"
        for c in value
    )


def text(limit, lines=False):
    return where(lambda value: is_text(value, limit, lines), "not a text")


def is_language(value):
    return re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", value) is not None and len(value) <= 35


def texts(limit, lines=False):
    """DOC-10, languages sorted by their bytes."""

    def check(value, rule):
        demand(isinstance(value, dict) and 1 <= len(value) <= 16, rule, "not 1 to 16 languages")
        demand(list(value) == sorted(value, key=str.encode), rule, "languages are not sorted")
        for language, words in value.items():
            demand(is_language(language), rule, f"{language} is no language")
            demand(is_text(words, limit, lines), rule, f"the text in {language} is not a text")

    return check


def named(pattern, shape):
    """An object whose keys are names of this form, sorted by their bytes."""
    compiled = re.compile(pattern)

    def check(value, rule):
        demand(isinstance(value, dict), rule, "not an object")
        demand(list(value) == sorted(value, key=str.encode), rule, "names are not sorted")
        for name, item in value.items():
            demand(compiled.fullmatch(name) is not None, rule, f"{name} is no name")
            shape(item, rule)

    return check


def is_day(value):
    found = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", value) if isinstance(value, str) else None
    if not found:
        return False
    year, month, day = map(int, found.groups())
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    lengths = [31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return year >= 1 and 1 <= month <= 12 and 1 <= day <= lengths[month - 1]


DIGEST = matching("[0-9a-f]{64}", "not 64 lower-case hexadecimal digits")
CODE = matching("[a-z0-9_-]{1,64}", "not a code")
DAY = where(is_day, "not a day")
EPOCH = "[1-9][0-9]{0,9}"
PRIME = 2**255 - 19
SMALL_ORDER = {
    0,
    1,
    PRIME - 1,
    0x5fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826,
    0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7,
}


def is_sound_ed25519(key):
    """DOC-12: the one spelling of an ordinate that no point of small order has."""
    ordinate = int.from_bytes(key, "little") & (2**255 - 1)
    return len(key) == 32 and ordinate < PRIME and ordinate not in SMALL_ORDER


def ed25519_key(value, rule):
    base64_of(32)(value, rule)
    demand(is_sound_ed25519(base64.b64decode(value)), rule, "not the one spelling of a point, or one of small order")


KEYS = obj(ed25519=ed25519_key, ml_dsa_44=base64_of(1312))
SIGNATURE = obj(agency=DIGEST, serial=number(), ed25519=base64_of(64), ml_dsa_44=base64_of(2420))
SIGNED_DOCUMENT = obj(body=base64_of(), signature=SIGNATURE)


def is_kind(value):
    pattern = r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*/[1-9][0-9]{0,2}"
    return isinstance(value, str) and len(value) <= 64 and re.fullmatch(pattern, value) is not None


def is_media_type(value):
    name = r"[a-z0-9!#$&^_.+-]{1,127}"
    return isinstance(value, str) and re.fullmatch(f"{name}/{name}", value) is not None


def is_log(value, prefix=""):
    pattern = f"{prefix}[0-9a-f]{{64}}/{EPOCH}/(main|urgent)"
    found = re.fullmatch(pattern, value) if isinstance(value, str) else None
    return found is not None and int(value.split("/")[-2]) < 2**32


def is_origin(value):
    return is_log(value, "mithaq/[0-9a-f]{64}/")


ORIGIN = where(is_origin, "not the name of a log")


# --- signatures ---


@functools.lru_cache(maxsize=1024)
def ed25519_is_valid(key, message, signature):
    if not is_sound_ed25519(key):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@functools.lru_cache(maxsize=1024)
def ml_dsa_44_is_valid(key, message, signature):
    try:
        MLDSA44PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def keys_of(value):
    """A public key pair from its JSON: (Ed25519, ML-DSA-44)."""
    return base64.b64decode(value["ed25519"]), base64.b64decode(value["ml_dsa_44"])


def preimage(kind, agency, serial, body):
    """DOC-1."""
    return b"mithaq/" + kind.encode() + b"/v1\0" + bytes.fromhex(agency) + u64(serial) + u64(len(body)) + body


def demand_signature(keys, kind, agency, serial, body, pair, rule):
    """DOC-2: both halves must be valid."""
    message = preimage(kind, agency, serial, body)
    ed25519, ml_dsa_44 = keys_of(pair)
    demand(ed25519_is_valid(keys[0], message, ed25519), rule, f"the Ed25519 signature over the {kind} is not valid")
    demand(ml_dsa_44_is_valid(keys[1], message, ml_dsa_44), rule, f"the ML-DSA-44 signature over the {kind} is not valid")


def parse_document(data, rule="DOC-5"):
    """A signed document: (bytes, signature)."""
    value = parse_canonical(data, 512 * 1024, SIGNED_DOCUMENT, rule)
    return base64.b64decode(value["body"]), value["signature"]


def demand_document(data, kind, keys, rule="DOC-5"):
    """A signed document whose signature must be valid: its bytes."""
    body, signature = parse_document(data, rule)
    demand_signature(keys, kind, signature["agency"], signature["serial"], body, signature, rule)
    return body
