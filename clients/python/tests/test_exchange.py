"""What a stranger does with the client: send, follow, answer, prove. Against two real nodes."""

from __future__ import annotations

import hashlib
import json
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

import described
import mithaq
from nodes import PROGRAM, REPLY, REQUEST, Pair, note


def arrived(follow: mithaq.Follow, ref: mithaq.RecordRef) -> mithaq.RecordArrived:
    """Waits for a record."""
    for event in follow:
        if isinstance(event, mithaq.RecordArrived):
            # What a list shows of a record, without its place in that list.
            described.conforms(event.record | {"cursor": "", "arrived_ms": 0}, {"$ref": "/RecordRow"}, "follow")
            if event.ref == ref:
                return event
    raise AssertionError("a stream without an end ended")


def stands(follow: mithaq.Follow, thread: str, state: str) -> None:
    """Waits until a thread is in a state."""
    for event in follow:
        if isinstance(event, mithaq.ThreadChanged):
            described.conforms(event.thread, {"$ref": "/ThreadLine"}, "follow")
            if (event.thread["thread"], event.thread["state"]) == (thread, state):
                return


def test_a_request_is_answered_and_the_answer_is_proven(
    pair: Pair, a: mithaq.Client, b: mithaq.Client, tmp_path: Path
) -> None:
    sent = a.send("requests.request/1", REQUEST, wait="delivered")
    assert sent.state == "delivered"
    assert sent.ref is not None

    # The other side sees it, reads it, and answers the record.
    with b.follow(after="0") as follow:
        event = arrived(follow, sent.ref)
    assert (event.record["kind"], event.record["direction"]) == ("requests.request/1", "in")
    shown = b.record(event.ref)
    assert json.loads(shown["body"] or "") == REQUEST
    thread = str(event.record["thread"])
    me = b.status()["agency"]
    assert thread in {line["thread"] for line in b.threads(awaits=me)}
    answer = b.send("requests.reply/1", REPLY, reply_to=event.ref, wait="delivered")
    assert answer.ref is not None
    assert b.record(answer.ref)["header"]["in_reply_to"] == {"log": sent.ref.log, "index": sent.ref.index}

    # The thread stands the same at both, and waits for nobody's answer any more.
    for client in (a, b):
        with client.follow(after="0") as follow:
            stands(follow, thread, "answered")
        assert client.thread(thread)["state"] == "answered"
    assert a.record(answer.ref)["body"] == b.record(answer.ref)["body"]

    # The asker proves the answer offline.
    file = tmp_path / "answer.mithaq"
    file.write_bytes(a.evidence(answer.ref))
    trusted = [word for node in (pair.a, pair.b) for word in ("--fingerprint", node.fingerprint)]
    verified = subprocess.run([PROGRAM, "verify", file, *trusted], capture_output=True, text=True)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    altered = bytearray(file.read_bytes())
    altered[len(altered) // 2] ^= 1
    file.write_bytes(altered)
    assert subprocess.run([PROGRAM, "verify", file, *trusted], capture_output=True).returncode == 4


def test_two_officers_approve(pair: Pair, a: mithaq.Client, b: mithaq.Client) -> None:
    author, head = pair.signers["desk-7"], pair.signers["head"]
    sent = a.send("correspondence.note/1", note("Two approve"), clause="notes", approvals=[author, head],
                  wait="delivered")  # fmt: skip
    assert sent.ref is not None
    approvals = json.loads(b.record(sent.ref)["approvals"])
    assert [approval["role"] for approval in approvals] == ["author", "release_authority"]
    by_part = {"release_authority": head, "author": author}
    again = a.send("correspondence.note/1", note("By part"), clause="notes", approvals=by_part)
    assert again.ref != sent.ref


def test_where_the_floor_asks_for_more_than_the_clause_officers_sign_in_the_usual_parts(
    pair: Pair, a: mithaq.Client
) -> None:
    header = {"subject_category": "missing", "subject_count": 1}
    record = a.prepare("correspondence.note/1", note("A person"), clause="open", header=header)
    [refused] = a.submit([record])
    assert isinstance(refused, mithaq.Refused)
    assert refused.rule == "EYE-01"
    signers = [pair.signers["desk-7"], pair.signers["head"]]
    sent = a.send("correspondence.note/1", note("A person"), clause="open", header=header, approvals=signers)
    assert sent.state == "recorded"


def test_who_can_not_approve_is_told_before_anything_is_sent(pair: Pair, a: mithaq.Client) -> None:
    before = len(list(a.records()))
    author, head, stranger = pair.signers["desk-7"], pair.signers["head"], mithaq.Signer.generate()
    for wrong in ([author], [author, head, author], []):
        with pytest.raises(ValueError, match="author, release_authority"):
            a.send("correspondence.note/1", note("Nobody"), clause="notes", approvals=wrong)
    with pytest.raises(LookupError, match="not enrolled"):
        a.send("correspondence.note/1", note("Nobody"), clause="notes", approvals=[author, stranger])
    with pytest.raises(LookupError, match="not enrolled"):
        a.send("correspondence.note/1", note("Nobody"), clause="open", approvals=[stranger])
    with pytest.raises(mithaq.Refused) as refused:
        a.send("correspondence.note/1", note("Nobody"), clause="notes", approvals=[author, author])
    assert refused.value.status is None
    assert refused.value.rule
    assert len(list(a.records())) == before


def test_the_same_under_an_idempotency_key_is_one_record(pair: Pair, a: mithaq.Client) -> None:
    signers = [pair.signers["desk-7"], pair.signers["head"]]

    def send(subject: str) -> mithaq.Sent:
        return a.send("correspondence.note/1", note(subject), clause="notes", approvals=signers,
                      idempotency_key="once-and-again")  # fmt: skip

    first = send("Once")
    assert send("Once").ref == first.ref
    with pytest.raises(mithaq.Conflict):
        send("Something else")
    assert a.send("correspondence.note/1", note("Once"), clause="notes", approvals=signers).ref != first.ref


def test_each_line_of_a_submission_has_its_own_outcome(a: mithaq.Client) -> None:
    good = a.prepare("correspondence.note/1", note("Good"), clause="open")
    # A note does not go out under a clause for files.
    bad = a.prepare("correspondence.note/1", note("Bad"), clause="files")
    with pytest.raises(mithaq.Refused):
        a.would(bad)
    assert a.would(good)["clause"] == "open"  # type: ignore[typeddict-item]
    sent, failed = a.submit([good, bad])
    assert isinstance(sent, mithaq.Sent)
    assert isinstance(failed, mithaq.Refused)
    assert (failed.rule, failed.status) == ("AGR-01", None)


def test_a_file_goes_with_its_record(a: mithaq.Client, b: mithaq.Client, tmp_path: Path) -> None:
    content = bytes(range(256)) * 6000
    file = tmp_path / "تقرير.pdf"
    file.write_bytes(content)
    uploaded = a.attach(file)
    digest = hashlib.sha256(content).hexdigest()
    assert uploaded == {"sha256": digest, "size": len(content), "name": file.name, "media_type": "application/pdf"}
    body = {"title": "A report", "description": "As agreed.", "language": "en"}
    sent = a.send("correspondence.file/1", body, attachments=[uploaded], wait="delivered")
    assert sent.ref is not None
    copy = tmp_path / "copy.pdf"
    # A file may arrive after its record.
    for pause_s in [0.1] * 100:
        try:
            b.download(sent.ref, digest, copy)
            break
        except mithaq.Unavailable:
            time.sleep(pause_s)
    assert copy.read_bytes() == content
    assert copy.stat().st_mode & 0o077 == 0
    with pytest.raises(FileExistsError):
        b.download(sent.ref, digest, copy)
    with pytest.raises(mithaq.NotFound):
        b.download(sent.ref, "0" * 64, tmp_path / "none.pdf")
    assert not (tmp_path / "none.pdf").exists()


def test_lists_go_on_from_page_to_page(a: mithaq.Client) -> None:
    for number in range(3):
        a.send("correspondence.note/1", note(f"Number {number}"), clause="open")
        a.send("requests.request/1", REQUEST)

    def places(rows: Iterable[mithaq.types.RecordRow]) -> list[tuple[str, int]]:
        # Their states go on changing.
        return [(row["party"], row["index"]) for row in rows]

    notes = list(a.records(kind="correspondence.note/1"))
    assert len(notes) >= 3
    assert places(a.records(kind="correspondence.note/1", at_a_time=2)) == places(notes)
    assert places(a.records(kind="correspondence.note/1", cursor=notes[-2]["cursor"])) == places(notes[-1:])
    # Threads are read a moment after their records.
    threads: set[str] = set()
    with a.follow(after="0") as follow:
        while len(threads) < 3:
            event = next(follow)
            if isinstance(event, mithaq.ThreadChanged):
                threads.add(event.thread["thread"])
    # A partner's receipt brings a deadline, and with it another order: what was read between two of them is compared.
    read = [[line["thread"] for line in a.threads()], [], []]
    while read[0] != read[2]:
        read = [read[2], [line["thread"] for line in a.threads(at_a_time=2)], [line["thread"] for line in a.threads()]]
    assert len(read[0]) >= 3
    assert read[1] == read[0]


def test_what_the_node_says_of_itself(pair: Pair, a: mithaq.Client) -> None:
    assert a.health() == {"ok": True}
    assert a.status()["agency"] == pair.a.agency
    assert {partner["agency"] for partner in a.doctor()["partners"]} == {pair.b.agency}
    assert [row["channel"] for row in a.channels()] == [pair.channel]
    assert a.channel(pair.channel)["parties"]
    assert "mithaq_" in a.api.get_metrics()
    assert json.loads(a.api.get_card())
    keys = {row["officer"]["public"] for row in a.officers(pair.channel)}
    assert {signer.public_file() for signer in pair.signers.values()} <= keys
    assert a.search("registered owner")["too_many"] is False
    # The socket's own user administers, and reads no content once there are tokens.
    with pair.a.administrator() as administrator:
        assert administrator.api.post_check()["ok"] is True
        lines = administrator.api.post_check_lines()
        assert "ok" in lines[-1]
        signer = mithaq.Signer.generate()
        entry = administrator.enrol(pair.channel, "Desk 9", signer.public)
        assert entry["origin"].startswith(f"mithaq/{pair.channel}/{pair.a.agency}/")
        with pytest.raises(mithaq.Forbidden):
            list(administrator.records())


def test_content_is_erased_at_both_ends(pair: Pair, a: mithaq.Client, b: mithaq.Client, tmp_path: Path) -> None:
    sent = a.send("correspondence.note/1", note("To be erased"), clause="open", wait="delivered")
    assert sent.ref is not None
    before, after = tmp_path / "before.mithaq", tmp_path / "after.mithaq"
    before.write_bytes(a.evidence(sent.ref))
    with pytest.raises(mithaq.Forbidden):
        a.erase(sent.ref)
    pair.a.token("spoc.token", "spoc_officer", "coordination")
    with pair.a.client("spoc.token") as officer:
        erased = officer.erase(sent.ref)
    assert erased["ordered"] == [pair.b.agency]
    with pytest.raises(mithaq.MithaqError):
        a.record(sent.ref)

    # What remains is proven by a file that says nothing of the content, and matches the one from before.
    after.write_bytes(a.evidence(sent.ref))
    assert after.read_bytes().startswith(b"MITHAQ-ENTRY/")
    assert b"To be erased" not in after.read_bytes()
    trusted = [word for node in (pair.a, pair.b) for word in ("--fingerprint", node.fingerprint)]
    verify = [PROGRAM, "verify", after, *trusted, "--matches", before]
    verified = subprocess.run(verify, capture_output=True, text=True)
    assert verified.returncode == 0, verified.stdout + verified.stderr
