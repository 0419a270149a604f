"""Following what arrives, over restarts and broken connections."""

from __future__ import annotations

import pytest

import mithaq
from between import Answer, Between
from mithaq._follow import Follow
from mithaq._transport import Transport
from nodes import REQUEST, Pair, note


def notes(follow: mithaq.Follow, wanted: int) -> list[mithaq.RecordRef]:
    """The next notes."""
    found: list[mithaq.RecordRef] = []
    while len(found) < wanted:
        event = next(follow)
        if isinstance(event, mithaq.RecordArrived) and event.record.get("kind") == "correspondence.note/1":
            found.append(event.ref)
    return found


def send(client: mithaq.Client, subject: str) -> mithaq.RecordRef:
    sent = client.send("correspondence.note/1", note(subject), clause="open", wait="delivered")
    assert sent.ref is not None
    return sent.ref


def test_it_goes_on_after_the_node_was_restarted(pair: Pair, a: mithaq.Client, b: mithaq.Client) -> None:
    seen: list[mithaq.RecordRef] = []

    def reach(follow: mithaq.Follow, ref: mithaq.RecordRef | None) -> None:
        """Reads on until a note comes."""
        while ref not in seen:
            seen.extend(notes(follow, 1))

    with b.follow(after="0") as follow:
        sent = [send(a, "In the stream")]
        reach(follow, sent[0])
        pair.b.stop()
        waiting = a.send("correspondence.note/1", note("While it is down"), clause="open")
        assert waiting.ref is not None
        pair.b.start()
        reach(follow, waiting.ref)
        sent += [waiting.ref, send(a, "After the restart")]
        reach(follow, sent[-1])
        kept = follow.cursor
    held = [
        mithaq.RecordRef.parse(f"{row['channel']}/{row['party']}/{row['epoch']}/{row['lane']}/{row['index']}")
        for row in b.records(kind="correspondence.note/1")
    ]
    assert [ref for ref in seen if ref in sent] == sent
    assert seen == held, "all that the node holds, in its order, and nothing twice"
    # Another program goes on with the cursor: nothing comes again but what arrived with the last event.
    sent.append(send(a, "For another program"))
    with b.follow(after=kept) as follow:
        found = notes(follow, 1)
        assert found + (notes(follow, 1) if found != sent[-1:] else []) in (sent[-1:], sent[-2:])


def test_threads_come_as_they_change(a: mithaq.Client, b: mithaq.Client) -> None:
    sent = a.send("requests.request/1", REQUEST, wait="delivered")
    assert sent.ref is not None
    thread = a.record(sent.ref)["header"]["thread"]
    with b.follow(after="0") as follow:
        changed = (event.thread for event in follow if isinstance(event, mithaq.ThreadChanged))
        line = next(line for line in changed if line["thread"] == thread)
    assert (line["title"], line["opened_by"]) == (REQUEST["subject"], a.status()["agency"])


def test_only_one_channel_is_followed(pair: Pair, a: mithaq.Client, b: mithaq.Client) -> None:
    ref = send(a, "In this channel")
    with b.follow(after="0", channel=pair.channel) as follow:
        while ref not in notes(follow, 1):
            pass
    with pytest.raises(mithaq.Usage):
        next(b.follow(channel="x"))


def test_it_ends_with_the_token(pair: Pair, a: mithaq.Client) -> None:
    pair.b.token("short.token", "case_officer", "coordination")
    with pair.b.client("short.token") as client, client.follow(after="0") as follow:
        send(a, "Seen")
        notes(follow, 1)
        listed = pair.b.json("token", "list", pair.b.name)["tokens"]
        [identity] = [row["id"] for row in listed if row["name"] == "short.token"]
        pair.b.run("token", "revoke", pair.b.name, identity)
        send(a, "Not seen")
        with pytest.raises(mithaq.Unauthenticated):
            list(follow)
        assert follow.cursor


RECORD = (
    '{"channel":"%s","party":"%s","epoch":1,"lane":"main","index":%d,"direction":"in","state":"admitted","time_ms":1}'
)


def record(index: int, identity: str = "") -> str:
    """A record's event; the last one of a batch has an id."""
    return f"{identity and f'id: {identity}' + chr(10)}event: record\ndata: {RECORD % ('a' * 64, 'b' * 64, index)}\n\n"


def test_no_record_comes_twice_and_words_of_later_nodes_are_passed_over() -> None:
    begin = "id: c0\nevent: following\ndata: {}\n\n"
    streams = [
        # It breaks in the middle of a batch, whose beginning then comes again.
        begin + ": still here\n\n" + record(0, "c1") + record(1) + record(2),
        begin + record(1) + record(2) + record(3, "c2") + "event: another\ndata: {}\n\n",
        # The node sends a slow reader away, and says from where to go on.
        begin + record(4, "c3") + 'event: lagging\ndata: {"resume":"c4","message":"slow"}\n\n',
        # A line separator inside a text ends no line.
        begin.replace("c0", "c4") + record(5, "c5").replace("admitted", "ad\u2028mitted\u0085"),
    ]
    with Between(lambda _: Answer(body=streams.pop(0).encode(), headers={"content-type": "text/event-stream"})) as node:
        pauses: list[float] = []
        transport = Transport(node.url, token=None, purpose="p", verify=True, ca=None, language=None)
        follow = Follow(transport, after="c0", channel=None, purpose=None, sleep=pauses.append)
        seen: list[int] = []
        cursors: list[str | None] = []
        for event in follow:
            assert isinstance(event, mithaq.RecordArrived)
            seen.append(event.ref.index)
            cursors.append(follow.cursor)
            if len(seen) == 6:
                break
        assert seen == [0, 1, 2, 3, 4, 5]
        assert cursors == ["c1", "c1", "c1", "c2", "c3", "c5"]
        asked = [request.path.partition("after=")[2] for request in node.asked]
        assert asked == ["c0", "c1", "c2", "c4"]
        assert {request.headers["mithaq-purpose"] for request in node.asked} == {"p"}
        assert pauses == [1.0, 1.0, 1.0]
        assert follow._given == set(), "what is behind the cursor is not kept"
        follow.close()
        transport.close()
