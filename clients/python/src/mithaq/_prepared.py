"""A record that a node prepared: checked against what was asked for, then approved by officers."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import _digest, _strict
from . import _types as types
from ._errors import NotAsAsked
from ._refs import RecordRef
from ._signer import Signer

# What a node may fill in that was not told (docs/spec/header.md, HDR-13 and HDR-14). Anything else would have officers
# sign what nobody said, about persons for example.
FILLED_IN = {
    "kind",
    "thread",
    "in_reply_to",
    "clause",
    "purpose",
    "handling",
    "evaluation",
    "retain_until",
    "media_type",
    "fresh",
    # The office that the caller's token speaks for.
    "author_office",
}
# How a thread is named: its digits, the first of them, or its short name such as req-0123abcd.
THREAD = re.compile(r"(?:[a-z]+-)?([0-9a-f]{4,32})")
# A header leaves out what is as without it.
DEFAULTS: Mapping[str, object] = {"urgency": "normal", "handling": [], "attachments": []}
# In which parts officers sign where the clause asks for none and they sign all the same.
USUAL_ROLES = ("author", "release_authority")


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Where an officer's key counts."""

    public: bytes
    """The key, 32 bytes."""
    origin: str
    """The log in which it is enrolled."""
    index: int
    """The entry there."""


@dataclass(slots=True)
class Prepared:
    """A record as it will be signed and sent. It is what was asked for: that was checked."""

    channel: str
    """The channel."""
    lane: str
    """The lane: `main` or `urgent`."""
    header: Mapping[str, Any]
    """The header."""
    header_text: str
    """The header as the text whose bytes are signed."""
    body: str
    """The body, whose bytes are signed."""
    author: str
    """This agency."""
    agreement: str
    """The version of the agreement that governs it."""
    digest: bytes
    """The record's digest (RECORD-1), computed here."""
    roles: tuple[str, ...]
    """The parts in which the clause wants it approved."""
    officers: tuple[Enrolled, ...] = ()
    """The keys of this agency that count in the channel, as far as the node named them."""
    approvals: list[dict[str, Any]] = field(default_factory=list)
    """The approvals so far."""

    @classmethod
    def of(cls, answer: bytes, told: types.ToPrepare) -> Prepared:
        """Reads the node's answer to what it was told.

        Errors: `NotAsAsked` if it says something else.
        """
        try:
            text = answer.decode()
            texts, prepared = _strict.members(text), _strict.parse(text)
            record = cls(
                channel=prepared["channel"],
                lane=prepared["lane"],
                header=prepared["header"],
                header_text=texts["header"],
                body=prepared["body"],
                author=prepared["author"],
                agreement=prepared["agreement"],
                digest=_digest.record_digest(
                    prepared["channel"],
                    prepared["author"],
                    prepared["agreement"],
                    texts["header"].encode(),
                    prepared["body"].encode(),
                ),
                roles=tuple(wanted["role"] for wanted in prepared["approvals"]),
            )
            record._check_against(told)
            if bytes.fromhex(prepared["digest"]) != record.digest:
                raise NotAsAsked("the digest is not that of header and body", field="digest")
            record.officers = tuple(record._enrolled(prepared["approvals"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise NotAsAsked(f"the prepared record can't be read: {error!r}") from error
        return record

    def approve(self, signer: Signer, role: str, enrolled: Enrolled | None = None) -> None:
        """Has an officer sign in a role.

        `enrolled` is where the key counts; without it, as the node named it.

        Errors: `LookupError` if the key is not enrolled in the channel.
        """
        known = [officer for officer in self.officers if officer.public == signer.public]
        if enrolled is None and not known:
            raise LookupError(
                f"the key {signer.public_file()} is not enrolled in the channel, or no longer: mithaq officer enrol"
            )
        place = enrolled or known[0]
        signature = signer.sign(_digest.officer_digest(role, place.origin, place.index, self.digest))
        self.approvals.append(
            {
                "role": role,
                "scheme": "ed25519",
                "enrolment": {"origin": place.origin, "index": place.index},
                "signature": base64.b64encode(signature).decode(),
            }
        )

    def by_role(self, signers: Sequence[Signer] | Mapping[str, Signer]) -> list[tuple[str, Signer]]:
        """Who signs in which part: as said, or in the order in which the clause lists the parts.

        Errors: `ValueError` if there are more or fewer signers than parts.
        """
        if isinstance(signers, Mapping):
            return list(signers.items())
        roles = self.roles or USUAL_ROLES[: len(signers)]
        if len(roles) != len(signers):
            wanted = ", ".join(self.roles) or "nobody"
            raise ValueError(f"the clause wants the approval of {wanted}: {len(signers)} signers were given")
        return list(zip(roles, signers, strict=True))

    def line(self) -> bytes:
        """The record as a line of a submission. The header stands in it as it was signed."""
        members = {
            "channel": json.dumps(self.channel),
            "lane": json.dumps(self.lane),
            "header": self.header_text,
            "body": json.dumps(self.body, ensure_ascii=False),
        }
        if self.approvals:
            members["approvals"] = json.dumps(self.approvals)
        return ("{" + ",".join(f'"{name}":{text}' for name, text in members.items()) + "}").encode()

    def _check_against(self, told: types.ToPrepare) -> None:
        """Nobody signs what was not asked for. What was not told (clause, retention, thread) is the node's word."""
        _same("the kind", "kind", self.header.get("kind"), told["kind"])
        _same("the body", "body", self.body, told["body"])
        for name, here in (("channel", self.channel), ("lane", self.lane), ("clause", self.header.get("clause"))):
            wanted = told.get(name)
            if wanted is not None:
                _same(f"the {name}", name, here, wanted)
        self._check_reply(told.get("reply_to"))
        fields = told.get("header") or {}
        for name, wanted in fields.items():
            default = DEFAULTS.get(name)
            here = self.header.get(name, default)
            _same(f"{name} of the header", f"header.{name}", here, default if wanted is None else wanted)
        beyond = sorted(set(self.header) - FILLED_IN - set(fields))
        if beyond:
            raise NotAsAsked(f"the header says what nobody told: {', '.join(beyond)}", field=f"header.{beyond[0]}")

    def _check_reply(self, reply_to: str | None) -> None:
        if reply_to is None:
            if "in_reply_to" in self.header:
                raise NotAsAsked("the record answers one that nobody named", field="header.in_reply_to")
        elif "/" in reply_to:
            ref = RecordRef.parse(reply_to)
            _same("the channel", "channel", self.channel, ref.channel)
            place = {"log": ref.log, "index": ref.index}
            _same("the record that is answered", "header.in_reply_to", self.header.get("in_reply_to"), place)
        else:
            named = THREAD.fullmatch(reply_to)
            thread = str(self.header.get("thread"))
            if named is None or not thread.startswith(named[1]):
                raise NotAsAsked(f"the thread is not as it was asked for: {thread!r}", field="header.thread")

    def _enrolled(self, approvals: list[dict[str, Any]]) -> list[Enrolled]:
        found: dict[bytes, Enrolled] = {}
        for wanted in approvals:
            for officer in wanted["officers"]:
                origin, index = officer["enrolment"]["origin"], officer["enrolment"]["index"]
                sign = _digest.officer_digest(wanted["role"], origin, index, self.digest)
                _same("what an officer signs", "approvals", base64.b64decode(officer["sign"], validate=True), sign)
                if not origin.startswith(f"mithaq/{self.channel}/{self.author}/"):
                    raise NotAsAsked(f"an officer is enrolled in another log: {origin}", field="approvals")
                public = base64.b64decode(officer["public"], validate=True)
                found.setdefault(public, Enrolled(public, origin, index))
        return list(found.values())


def _same(about: str, name: str, here: object, wanted: object) -> None:
    # True is 1 to Python, and not to whoever reads a header.
    if here != wanted or isinstance(here, bool) != isinstance(wanted, bool):
        raise NotAsAsked(f"{about} is not as it was asked for: {here!r} in place of {wanted!r}", field=name)
