"""The node as a program uses it."""

from __future__ import annotations

import base64
import json
import mimetypes
import os
import secrets
import ssl
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from . import _types as types
from ._errors import MithaqError, of_fault
from ._follow import Follow
from ._operations import Operations
from ._prepared import Enrolled, Prepared
from ._refs import Lane, RecordRef
from ._signer import Signer
from ._transport import Transport, segment

# How many bytes of a file are in memory at a time.
CHUNK_BYTES = 1 << 20
# How long a delivery is waited for, seconds.
DELIVERY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a record that was sent."""

    state: Literal["recorded", "delivered", "waiting"]
    """`recorded`: durable at this node, which goes on trying. `delivered`: countersigned by every other party.
    `waiting`: somebody of this agency must release it first."""
    ref: RecordRef | None
    """Its place. None while it waits."""


class Client:
    """A node, asked over its socket or its port.

    `node`: the node's folder or the socket in it, or an address such as `http://127.0.0.1:8080`.
    `token`: the text of a token, without which only the socket answers. See [`read_token`][mithaq.read_token].
    `purpose`: one of the token's purposes, for which everything is read unless a call names another.
    `ca`: a file of certificates that are trusted, where a proxy offers the port over https; `verify` is a context of
    one's own for that.
    `language`: in which the node names rules and errors where it has a text, such as `ar`.

    Every method raises `MithaqError` or a class below it. What changes nothing, and what has an
    idempotency key, is tried again for some seconds when the node says that it is too much or that it is not ready, or
    when the connection breaks. Everything else is tried once.

    `api` has every operation of the node as its description lists them.
    """

    api: Operations

    def __init__(
        self,
        node: str | os.PathLike[str],
        token: str | None = None,
        *,
        purpose: str | None = None,
        ca: str | os.PathLike[str] | None = None,
        verify: bool | ssl.SSLContext = True,
        language: str | None = None,
    ) -> None:
        self._transport = Transport(node, token=token, purpose=purpose, ca=ca, verify=verify, language=language)
        self.api = Operations(self._transport)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes what is open."""
        self._transport.close()

    # What is sent.

    def send(
        self,
        kind: str,
        body: Mapping[str, Any] | str,
        *,
        channel: str | None = None,
        clause: str | None = None,
        reply_to: RecordRef | str | None = None,
        lane: Lane | None = None,
        header: Mapping[str, Any] | None = None,
        attachments: Sequence[types.Uploaded] = (),
        approvals: Sequence[Signer] | Mapping[str, Signer] = (),
        idempotency_key: str | None = None,
        wait: Literal["recorded", "delivered"] = "recorded",
        timeout_s: int = DELIVERY_SECONDS,
    ) -> Sent:
        """Prepares a record, checks it, has it approved, and sends it. What is left out the node fills in.

        `reply_to`: the record that is answered, or the thread (32 digits) that it belongs to.
        `header`: fields of the header that are to be so; None leaves one out.
        `approvals`: the officers' keys in the order in which the clause lists their parts, or by part.
        `idempotency_key`: whoever says the same again under it within 24 hours gets the same record, not a second one.
        `wait`: return when the record is durable here, or when every other party has countersigned it, but not later
        than after `timeout_s` seconds: then the state says `recorded`.

        Errors: `Refused` by a rule. Before anything was sent: `NotAsAsked` if the node prepared something else,
        `ValueError` if the clause wants more or fewer approvals, `LookupError` if a key is not enrolled.
        """
        key = idempotency_key or secrets.token_hex(16)
        record = self.prepare(
            kind,
            body,
            channel=channel,
            clause=clause,
            reply_to=reply_to,
            lane=lane,
            header=header,
            attachments=attachments,
            name=key,
        )
        self.approve(record, approvals)
        [outcome] = self.submit([record], idempotency_key=key, wait=wait, timeout_s=timeout_s)
        if isinstance(outcome, MithaqError):
            raise outcome
        return outcome

    def prepare(
        self,
        kind: str,
        body: Mapping[str, Any] | str,
        *,
        channel: str | None = None,
        clause: str | None = None,
        reply_to: RecordRef | str | None = None,
        lane: Lane | None = None,
        header: Mapping[str, Any] | None = None,
        attachments: Sequence[types.Uploaded] = (),
        name: str | None = None,
    ) -> Prepared:
        """A record as it would be signed and sent, checked against what is said here. Nothing is kept at the node.

        `name`: what is prepared again under the same name is the same.

        Errors: `NotAsAsked`.
        """
        fields = dict(header or {})
        if attachments:
            fields["attachments"] = [
                {name: file[name] for name in ("sha256", "size", "name", "media_type")} for file in attachments
            ]
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        told: types.ToPrepare = {"kind": kind, "body": text}
        optional = {
            "channel": channel,
            "clause": clause,
            "reply_to": None if reply_to is None else str(reply_to),
            "lane": lane,
            "header": fields or None,
            "name": name,
        }
        told |= cast("types.ToPrepare", {name: value for name, value in optional.items() if value is not None})
        # The answer's own bytes are needed: they are what is signed.
        answer = self._transport.bytes(
            "POST",
            "/v1/records/prepare",
            content=json.dumps(told, ensure_ascii=False).encode(),
            content_type="application/json",
            is_repeatable=True,
        )
        return Prepared.of(answer, told)

    def approve(self, record: Prepared, signers: Sequence[Signer] | Mapping[str, Signer]) -> None:
        """Has officers sign a prepared record, in the order of the clause's parts or by part.

        Errors: `ValueError` if the clause wants more or fewer; `LookupError` if a key is not enrolled.
        """
        for role, signer in record.by_role(signers) if signers or record.roles else []:
            known = any(officer.public == signer.public for officer in record.officers)
            # Of a part that the clause does not ask for the node names no officers.
            record.approve(signer, role, None if known or record.roles else self._enrolled(record, signer))

    def submit(
        self,
        records: Sequence[Prepared],
        *,
        idempotency_key: str | None = None,
        wait: Literal["recorded", "delivered"] = "recorded",
        timeout_s: int = DELIVERY_SECONDS,
    ) -> list[Sent | MithaqError]:
        """Sends records in one request, at most 1,000. Each has its own outcome: for one that failed, its error.

        One that was sent under the idempotency key of other records is a `Conflict`.
        """
        key = idempotency_key or secrets.token_hex(16)
        lines = [record.line() for record in records]
        answers = self.api.post_records(lines, wait=wait, timeout_s=timeout_s, idempotency_key=key)
        return [_outcome(record, answer) for record, answer in zip(records, answers, strict=True)]

    def would(self, record: Prepared) -> types.TriedLine:
        """What would become of a record, and under which version and clause. Nothing is sent.

        Errors: the one with which it would be refused.
        """
        [answer] = self.api.post_records_try([record.line()])
        if "error" in answer:
            raise of_fault(answer["error"])
        return answer

    def attach(
        self, path: str | os.PathLike[str], *, name: str | None = None, media_type: str | None = None
    ) -> types.Uploaded:
        """Uploads a file, which a record can name within 24 hours: see `attachments` of `send`.

        `name` and `media_type` are those of the file without them.
        """
        path = Path(path)
        guessed = media_type or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        with path.open("rb") as file:
            chunks = iter(lambda: file.read(CHUNK_BYTES), b"")
            return self.api.put_attachments(chunks, name=name or path.name, media_type=guessed)

    # What is read.

    def follow(self, *, after: str | None = None, channel: str | None = None, purpose: str | None = None) -> Follow:
        """What arrives, as it arrives.

        `after` is the cursor of an earlier one; "0" is the beginning; without it: from now on.
        """
        return Follow(self._transport, after=after, channel=channel, purpose=purpose)

    def records(
        self,
        *,
        channel: str | None = None,
        kind: str | None = None,
        state: str | None = None,
        cursor: str | None = None,
        at_a_time: int | None = None,
        purpose: str | None = None,
    ) -> Iterator[types.RecordRow]:
        """Every record held, in the order of arrival, asked for `at_a_time`.

        `cursor`: go on behind the row that has it.
        """
        while True:
            rows = self.api.get_records(
                channel=channel, kind=kind, state=state, cursor=cursor, limit=at_a_time, purpose=purpose
            )
            yield from rows
            # A list that stands still would go on for ever.
            if not rows or rows[-1]["cursor"] == cursor:
                return
            cursor = rows[-1]["cursor"]

    def record(self, ref: RecordRef | str, *, purpose: str | None = None) -> types.RecordShown:
        """One record with header, body and approvals. Reading it stands in the node's audit log."""
        ref = _ref(ref)
        return self.api.get_records_channel_party_epoch_lane_index(
            ref.channel, ref.agency, ref.epoch, ref.lane, ref.index, purpose=purpose
        )

    def download(
        self, ref: RecordRef | str, sha256: str, path: str | os.PathLike[str], *, purpose: str | None = None
    ) -> None:
        """Writes a file of a record, named by its digest in the header, to a new file that only its owner may read.

        A file may arrive after its record: until then it is `NotFound`, with a message that says so.

        Errors: `FileExistsError`. After any other error nothing is left at `path`.
        """
        ref = _ref(ref)
        place = f"/v1/records/{ref}/attachments/{segment(sha256)}"
        out = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        try:
            with (
                out,
                self._transport.stream(
                    "GET",
                    place,
                    accept="application/octet-stream",
                    purpose=purpose,
                ) as response,
            ):
                for chunk in response.iter_bytes(CHUNK_BYTES):
                    out.write(chunk)
        except BaseException:
            os.unlink(path)
            raise

    def evidence(
        self,
        ref: RecordRef | str,
        *,
        use: Literal["verify", "oversight", "court", "office"] | None = None,
        to: str | None = None,
        purpose: str | None = None,
    ) -> bytes:
        """The evidence file of a record, which `mithaq verify` reads offline.

        Of a record whose content is gone it is what remains: a file that begins with `MITHAQ-ENTRY/` and says nothing
        of what the record was.

        `use`: what for; `verify` without it. `to`: in which proceedings, which office; never a person.

        Errors: `NotFound`; `Refused` where the provider must permit the use.
        """
        ref = _ref(ref)
        return self.api.get_evidence_channel_party_epoch_lane_index(
            ref.channel, ref.agency, ref.epoch, ref.lane, ref.index, use=use, to=to, purpose=purpose
        )

    def threads(
        self,
        *,
        channel: str | None = None,
        party: str | None = None,
        kind: str | None = None,
        state: str | None = None,
        awaits: str | None = None,
        overdue: bool | None = None,
        closed: bool | None = None,
        at_a_time: int | None = None,
        purpose: str | None = None,
    ) -> Iterator[types.ThreadLine]:
        """Threads, the earliest deadline first, asked for `at_a_time`, at most 200.

        `kind`: of thread, such as `requests.request`, without a version. `awaits`: only what waits for the agency with
        this id. `closed`: also those that are over.
        """
        cursor = None
        while True:
            page = self.api.get_threads(
                channel=channel,
                party=party,
                kind=kind,
                state=state,
                awaits=awaits,
                overdue=overdue,
                closed=closed,
                cursor=cursor,
                limit=at_a_time,
                purpose=purpose,
            )
            yield from page["threads"]
            if page["next"] is None or page["next"] == cursor:
                return
            cursor = page["next"]

    def thread(
        self, thread: str, *, channel: str | None = None, lane: Lane | None = None, purpose: str | None = None
    ) -> types.ThreadShown:
        """One thread whole: its state, what is due, what happened, and what this agency may do next."""
        return self.api.get_threads_thread(thread, channel=channel, lane=lane, purpose=purpose)

    def search(self, words: str, *, channel: str | None = None, purpose: str | None = None) -> types.Hits:
        """Records that hold all of the words."""
        return self.api.get_search(q=words, channel=channel, purpose=purpose)

    def use(
        self,
        ref: RecordRef | str,
        use: Literal["court", "office", "purpose"],
        *,
        to: str | None = None,
        other_purpose: str | None = None,
    ) -> types.AllowedUse:
        """States what is to be done with a received record beyond reading it, before it is done.

        Errors: `Refused` where the provider must permit it and has not.
        """
        ref = _ref(ref)
        body: types.WantedUse = {"use": use, "to": to, "purpose": other_purpose}
        return self.api.post_records_channel_party_epoch_lane_index_uses(
            ref.channel, ref.agency, ref.epoch, ref.lane, ref.index, body
        )

    def erase(self, ref: RecordRef | str, *, order: bool = True) -> types.Erased:
        """Destroys a record's content here. `order`: also at the partners, which only its author can."""
        ref = _ref(ref)
        return self.api.post_erase({"channel": ref.channel, "log": ref.log, "index": ref.index, "order": order})

    # The node and its channels.

    def doctor(self) -> types.Diagnosis:
        """What stands in the way, and what to do."""
        return self.api.get_doctor()

    def status(self) -> types.Status:
        """Who this node is, and what it waits for."""
        return self.api.get_status()

    def health(self) -> types.Health:
        """Whether the node answers. Needs no token."""
        return self.api.get_health()

    def channels(self) -> list[types.ChannelRow]:
        """The channels and their logs."""
        return self.api.get_channels()

    def channel(self, channel: str) -> types.ChannelRow:
        """One channel, with the text of the agreement that governs it."""
        return self.api.get_channels_channel(channel)

    def officers(self, channel: str) -> list[types.OfficerRow]:
        """The officers of all parties in a channel, those included whose enrolment was revoked."""
        return self.api.get_channels_channel_officers(channel)

    def enrol(self, channel: str, office: str, public: bytes) -> types.LogEntry:
        """Enrols an officer's public key under an office, never a person's name. For administrators."""
        officer: types.NewOfficer = {
            "office": office,
            "scheme": "ed25519",
            "public": base64.b64encode(public).decode(),
        }
        return self.api.post_channels_channel_officers(channel, officer)

    def _enrolled(self, record: Prepared, signer: Signer) -> Enrolled:
        for row in self.officers(record.channel):
            is_own = row["origin"].startswith(f"mithaq/{record.channel}/{record.author}/")
            if is_own and row["revoked"] is None and base64.b64decode(row["officer"]["public"]) == signer.public:
                return Enrolled(signer.public, row["origin"], row["index"])
        raise LookupError(
            f"the key {signer.public_file()} is not enrolled in the channel, or no longer: mithaq officer enrol"
        )


def _outcome(record: Prepared, answer: types.LineAnswer) -> Sent | MithaqError:
    if "error" in answer:
        return of_fault(answer["error"])
    if "ref" in answer:
        return Sent(answer["state"], RecordRef.within(record.channel, answer["ref"]))
    return Sent("waiting", None)


def _ref(ref: RecordRef | str) -> RecordRef:
    return ref if isinstance(ref, RecordRef) else RecordRef.parse(ref)
