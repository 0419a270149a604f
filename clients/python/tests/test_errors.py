"""Every error that a node answers with, and what is tried again."""

from __future__ import annotations

import json

import pytest

import mithaq
from between import Answer, Asked, Between, passes_on
from mithaq._transport import Transport
from nodes import Pair, free_port, note


def problem(status: int, code: str, **beside: str) -> Answer:
    """An answer that is an error, as a node writes it."""
    document = {"type": f"urn:mithaq:problem:{code}", "title": code, "status": status, "detail": f"why {code}",
                "instance": "/v1/status", "code": code}  # fmt: skip
    return Answer(status, json.dumps(document).encode(), {"content-type": "application/problem+json"} | beside)


def is_submission(asked: Asked) -> bool:
    """Whether records are sent."""
    return asked.method == "POST" and asked.path.startswith("/v1/records?")


def patient(url: str) -> tuple[mithaq.Operations, list[float]]:
    """The operations of a node, and the pauses that its client makes without waiting."""
    pauses: list[float] = []
    transport = Transport(url, token="t", purpose=None, verify=True, ca=None, language=None, sleep=pauses.append)  # noqa: S106
    return mithaq.Operations(transport), pauses


def test_refused(a: mithaq.Client) -> None:
    with pytest.raises(mithaq.Refused) as error:
        a.send("correspondence.note/1", note("Not under this clause"), clause="files")
    assert error.value.rule == "AGR-01"
    assert error.value.message


def test_refused_has_a_title_in_the_callers_language(pair: Pair) -> None:
    # A clause that lets nobody send readouts is said by a problem document, with the rule's title.
    titles = set()
    for language in ("en", "ar"):
        with pair.a.client(language=language) as client, pytest.raises(mithaq.Refused) as error:
            client.prepare("register.readout/1", "{}")
        assert (error.value.rule, error.value.field, error.value.status) == ("AGR-01", "kind", 403)
        titles.add(error.value.rule_title)
    assert len(titles) == 2
    assert None not in titles


def test_unauthenticated(pair: Pair) -> None:
    for token in ("wrong", None):
        with mithaq.Client(pair.a.url, token) as client:
            for ask in (client.status, client.doctor, lambda: next(client.follow()), lambda: next(client.records())):
                with pytest.raises(mithaq.Unauthenticated) as error:
                    ask()
                assert error.value.status == 401
            assert client.health()["ok"], "who is there anybody may ask"


def test_forbidden_purpose(pair: Pair) -> None:
    with pair.a.client(purpose="register") as client, pytest.raises(mithaq.Forbidden) as error:
        next(client.records())
    assert error.value.status == 403
    # One of the token's purposes narrows what is read to what was supplied for it.
    with pair.a.client(purpose="requests") as client:
        list(client.records())
        with pytest.raises(mithaq.Forbidden):
            list(client.records(purpose="register"))


def test_what_was_supplied_for_another_purpose_is_not_read(pair: Pair, a: mithaq.Client, b: mithaq.Client) -> None:
    sent = a.send("correspondence.note/1", note("For coordination"), clause="open", wait="delivered")
    assert sent.ref is not None
    assert b.record(sent.ref, purpose="coordination")["state"]
    with pytest.raises(mithaq.Refused) as error:
        b.record(sent.ref, purpose="requests")
    assert error.value.rule == "PUR-01"


def test_forbidden_role(pair: Pair, a: mithaq.Client) -> None:
    with pytest.raises(mithaq.Forbidden) as error:
        a.api.get_audit(use="integrity")
    assert error.value.status == 403


def test_too_large(pair: Pair) -> None:
    with pair.a.administrator() as client, pytest.raises(mithaq.TooLarge) as error:
        client.api.post_peers(b" " * (1 << 20))
    assert error.value.status == 413


def test_wrong_method(a: mithaq.Client) -> None:
    with pytest.raises(mithaq.WrongMethod) as error:
        a._transport.json("PUT", "/v1/status")
    assert error.value.status == 405


def test_usage(a: mithaq.Client) -> None:
    with pytest.raises(mithaq.Usage) as error:
        a.send("correspondence.note/1", {"subject": 7}, clause="open")
    assert (error.value.status, error.value.field) == (400, "subject")
    with pytest.raises(mithaq.Usage) as error:
        next(a.follow(after="not a cursor"))
    assert error.value.field == "after"


def test_not_found(pair: Pair, a: mithaq.Client) -> None:
    with pytest.raises(mithaq.NotFound) as error:
        a.record(f"{pair.channel}/{pair.a.agency}/1/main/999999")
    assert error.value.status == 404
    with pytest.raises(mithaq.NotFound):
        a.thread("0" * 32)


def test_conflict(pair: Pair) -> None:
    gone = mithaq.Signer.generate()
    with pair.a.administrator() as client:
        client.enrol(pair.channel, "Desk 8", gone.public)
        client.api.post_channels_channel_officers_revoke(pair.channel, {"public": gone.public_file()})
        with pytest.raises(mithaq.Conflict) as error:
            client.enrol(pair.channel, "Desk 8", gone.public)
    assert (error.value.status, error.value.field) == (409, "public")


def test_unavailable(pair: Pair) -> None:
    address = f"https://127.0.0.1:{free_port('127.0.0.1')}"
    with pair.a.administrator() as client, pytest.raises(mithaq.Unavailable) as error:
        client.api.post_peers_fetch({"address": address})
    assert error.value.status == 503


def test_not_verified(pair: Pair) -> None:
    with pair.a.administrator() as client, pytest.raises(mithaq.NotVerified) as error:
        client.api.post_peers_agency_confirm(pair.b.agency, {"fingerprint": "12345 " * 12})
    assert error.value.status == 422


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [(507, "storage", mithaq.Storage), (500, "internal", mithaq.Internal), (429, "too_many", mithaq.TooMany)],
)
def test_what_a_sound_node_seldom_says(status: int, code: str, kind: type[mithaq.MithaqError]) -> None:
    with Between(lambda _: problem(status, code)) as between:
        api, _ = patient(between.url)
        with pytest.raises(kind) as error:
            api.post_channels_channel_suspend("a" * 64)
        assert (error.value.status, error.value.code, error.value.message) == (status, code, f"why {code}")
        assert len(between.asked) == 1


def test_what_may_be_repeated_is_tried_again(pair: Pair) -> None:
    for answer in (problem(429, "too_many", **{"retry-after": "7"}), problem(503, "unavailable"), None):
        answers = [answer, answer, Answer(body=b'{"ok":true}')]
        with Between(lambda _, answers=answers: answers.pop(0)) as between:  # type: ignore[misc]
            api, pauses = patient(between.url)
            assert api.get_health() == {"ok": True}
            assert len(between.asked) == 3
            assert pauses == ([7.0, 7.0] if answer and answer.status == 429 else [0.5, 1.0])


def test_longer_waits_are_the_callers() -> None:
    with Between(lambda _: problem(429, "too_many", **{"retry-after": "3600"})) as between:
        api, pauses = patient(between.url)
        with pytest.raises(mithaq.TooMany):
            api.get_health()
        assert (len(between.asked), pauses) == (1, [])


def test_a_submission_is_repeated_under_its_key_and_recorded_once(pair: Pair) -> None:
    """The answer to a submission is lost; the node has recorded it. The client asks again and gets the same place."""
    node = passes_on(pair.a.url)
    lost: list[Answer] = []

    def reply(asked: Asked) -> Answer | None:
        answer = node(asked)
        if is_submission(asked) and not lost:
            lost.append(answer)
            return None
        return answer

    token = mithaq.read_token(pair.home / "node-a.token")
    with Between(reply) as between, mithaq.Client(between.url, token) as client:
        before = {(row["party"], row["lane"], row["index"]) for row in client.records()}
        sent = client.send("correspondence.note/1", note("Sent once"), clause="open")
        first = json.loads(lost[0].body)["ref"]
        assert sent.ref == mithaq.RecordRef.within(pair.channel, first)
        submitted = [asked for asked in between.asked if is_submission(asked)]
        assert len(submitted) == 2
        assert submitted[0].body == submitted[1].body
        assert submitted[0].headers["idempotency-key"] == submitted[1].headers["idempotency-key"]
        written = {(row["party"], row["lane"], row["index"]) for row in client.records(kind="correspondence.note/1")}
        assert len(written - before) == 1


def test_without_a_key_a_submission_is_tried_once() -> None:
    with Between(lambda _: problem(503, "unavailable")) as between:
        api, pauses = patient(between.url)
        with pytest.raises(mithaq.Unavailable):
            api.post_records([b"{}"])
        assert (len(between.asked), pauses) == (1, [])
