"""A node, or what stands between, that prepares another record than was asked for: no officer signs it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

import mithaq
from between import Answer, Asked, Between, passes_on
from mithaq import _digest, _strict
from nodes import REPLY, REQUEST, Pair, note

Prepared = dict[str, Any]
Edit = Callable[[Prepared], object]


def again(prepared: Prepared, header_text: str | None = None) -> bytes:
    """The answer with the digests of what now stands in it, so that only its meaning is false."""
    header = header_text or json.dumps(prepared["header"], separators=(",", ":"), ensure_ascii=False)
    names = (prepared["channel"], prepared["author"], prepared["agreement"])
    digest = _digest.record_digest(*names, header.encode(), prepared["body"].encode())
    prepared["digest"] = digest.hex()
    for wanted in prepared["approvals"]:
        for officer in wanted["officers"]:
            place = officer["enrolment"]
            sign = _digest.officer_digest(wanted["role"], place["origin"], place["index"], digest)
            officer["sign"] = base64.b64encode(sign).decode()
    rest = {name: value for name, value in prepared.items() if name != "header"}
    return f'{{"header":{header},{json.dumps(rest)[1:]}'.encode()


def compact(prepared: Prepared) -> bytes:
    return json.dumps(prepared, separators=(",", ":"), ensure_ascii=False).encode()


def falsified(edit: Edit | None, url: str) -> Callable[[Asked], Answer]:
    """Passes everything on, and changes what is prepared."""
    node = passes_on(url)

    def reply(asked: Asked) -> Answer:
        answer = node(asked)
        if asked.path == "/v1/records/prepare" and answer.status == 200:
            prepared: Prepared = json.loads(answer.body)
            text = _strict.members(answer.body.decode())["header"]
            made = edit(prepared) if edit else text
            answer.body = made if isinstance(made, bytes) else again(prepared, made if isinstance(made, str) else None)
        return answer

    return reply


def sets(name: str, value: object) -> Edit:
    return lambda prepared: prepared["header"].__setitem__(name, value)


def drops(name: str) -> Edit:
    return lambda prepared: prepared["header"].pop(name) and None


def changes(name: str, value: object) -> Edit:
    return lambda prepared: prepared.__setitem__(name, value)


def twice(prepared: Prepared) -> str:
    """Two readers would see two kinds."""
    header = json.dumps(prepared["header"], separators=(",", ":"))
    return header.replace('{"kind":', '{"kind":"correspondence.file/1","kind":', 1)


def other_digest(prepared: Prepared) -> bytes:
    again(prepared)
    return compact(prepared | {"digest": "0" * 64})


def other_bytes_to_sign(prepared: Prepared) -> bytes:
    again(prepared)
    prepared["approvals"][0]["officers"][0]["sign"] = base64.b64encode(bytes(32)).decode()
    return compact(prepared)


def other_log(prepared: Prepared) -> None:
    place = prepared["approvals"][0]["officers"][0]["enrolment"]
    place["origin"] = place["origin"].replace(prepared["author"], "0" * 64)


TOLD = {"urgency": "urgent", "urgency_ground": "threat_to_life", "subject_category": "missing", "subject_count": 1}

FALSE: dict[str, tuple[Edit, str]] = {
    "another kind": (sets("kind", "correspondence.file/1"), "kind"),
    "another clause": (sets("clause", "open"), "clause"),
    "another channel": (changes("channel", "0" * 64), "channel"),
    "another lane": (changes("lane", "urgent"), "lane"),
    "another body": (changes("body", '{"subject":"Other","text":"As agreed.","language":"en"}'), "body"),
    "a field lost": (drops("subject_category"), "header.subject_category"),
    "a number changed": (sets("subject_count", 2), "header.subject_count"),
    "a truth for a number": (sets("subject_count", True), "header.subject_count"),
    "not urgent any more": (sets("urgency", "normal"), "header.urgency"),
    "a field that nobody told": (sets("is_minor", True), "header.is_minor"),
    "a file that nobody told": (sets("attachments", [{"sha256": "0" * 64}]), "header.attachments"),
    "an answer that nobody meant": (sets("in_reply_to", {"log": "x", "index": 1}), "header.in_reply_to"),
    "another digest": (other_digest, "digest"),
    "other bytes to sign": (other_bytes_to_sign, "approvals"),
    "an officer of another log": (other_log, "approvals"),
}


def post(client: mithaq.Client, pair: Pair) -> mithaq.Sent:
    return client.send(
        "correspondence.note/1",
        note("To be falsified"),
        channel=pair.channel,
        clause="notes",
        lane="main",
        header=TOLD,
        approvals=[pair.signers["desk-7"], pair.signers["head"]],
    )


def token(pair: Pair) -> str:
    return mithaq.read_token(pair.home / "node-a.token")


def submissions(between: Between) -> list[Asked]:
    return [asked for asked in between.asked if asked.method == "POST" and asked.path.startswith("/v1/records?")]


@pytest.mark.parametrize("name", FALSE)
def test_what_was_not_asked_for_is_not_signed(pair: Pair, name: str) -> None:
    edit, field = FALSE[name]
    with Between(falsified(edit, pair.a.url)) as between, mithaq.Client(between.url, token(pair)) as client:
        with pytest.raises(mithaq.NotAsAsked) as refused:
            post(client, pair)
        assert refused.value.field == field
        assert submissions(between) == []


@pytest.mark.parametrize(
    "edit",
    [
        twice,
        lambda _: b"{}",
        lambda _: b"[1",
        lambda _: b'{"channel":"\xff"}',
        lambda _: b'{"channel":1}',
        changes("approvals", [1]),
        changes("author", "x"),
    ],
    ids=["a member twice", "nothing", "no JSON", "no text", "numbers for names", "no approvals", "no author"],
)
def test_what_can_not_be_read_is_not_signed(pair: Pair, edit: Edit) -> None:
    reply = falsified(edit if edit is twice else lambda prepared: unread(edit, prepared), pair.a.url)
    with Between(reply) as between, mithaq.Client(between.url, token(pair)) as client:
        with pytest.raises(mithaq.NotAsAsked):
            post(client, pair)
        assert submissions(between) == []


def unread(edit: Edit, prepared: Prepared) -> bytes:
    made = edit(prepared)
    return made if isinstance(made, bytes) else json.dumps(prepared).encode()


def test_what_was_asked_for_is_signed(pair: Pair) -> None:
    with Between(falsified(None, pair.a.url)) as between, mithaq.Client(between.url, token(pair)) as client:
        sent = post(client, pair)
        assert sent.ref is not None
        [submitted] = submissions(between)
        # The bytes of the header pass as they were prepared.
        assert mithaq.RecordRef.parse(str(sent.ref)) == sent.ref
        header = _strict.members(submitted.body.decode())["header"]
        assert _strict.parse(header) == client.record(sent.ref)["header"]


def test_an_answer_goes_to_what_was_named(pair: Pair, a: mithaq.Client) -> None:
    asked = a.send("requests.request/1", REQUEST, wait="delivered")
    assert asked.ref is not None
    thread = str(a.record(asked.ref)["header"]["thread"])
    b_token = mithaq.read_token(pair.home / "node-b.token")
    cases: list[tuple[mithaq.RecordRef | str, Edit, str]] = [
        (asked.ref, sets("in_reply_to", {"log": asked.ref.log, "index": asked.ref.index + 1}), "header.in_reply_to"),
        (asked.ref, drops("in_reply_to"), "header.in_reply_to"),
        (thread, sets("thread", "0" * 32), "header.thread"),
        (f"req-{thread[:8]}", sets("thread", "0" * 32), "header.thread"),
    ]
    for reply_to, edit, field in cases:
        with Between(falsified(edit, pair.b.url)) as between, mithaq.Client(between.url, b_token) as client:
            with pytest.raises(mithaq.NotAsAsked) as refused:
                client.send("requests.reply/1", REPLY, reply_to=reply_to)
            assert refused.value.field == field
            assert submissions(between) == []
    with mithaq.Client(pair.b.url, b_token) as client:
        assert client.send("requests.reply/1", REPLY, reply_to=f"req-{thread[:8]}").state == "recorded"
