#!/usr/bin/env python3
"""The second verifier: checks an evidence file (docs/spec/evidence.md) and prints what it proves as JSON.

Usage: verify.py FILE. Exit codes: 0 everything holds, 2 usage, 4 the file is refused.

Written from the specification, apart from the program: where the two disagree about a file, one of them is wrong.
"""

import base64
import dataclasses
import functools
import json
import pathlib
import sys

import logs
import records
from parties import demand_bundle, fingerprint, parse_bundle, parse_header, read_chain
from strict import Bytes, Refused, demand, is_origin, sha256, under

MAGIC = b"MITHAQ-EVIDENCE/1\n"
MISSED_MAGIC = b"MITHAQ-MISSED/1\n"
TESTIMONIES = {
    "mithaq.refusal/1": "refused",
    "mithaq.received/1": "received",
    "mithaq.statement/1": "statement",
    "mithaq.statement_answer/1": "statement_answer",
    "mithaq.batch/1": "manifest",
    "mithaq.revocation/1": "revoked",
}
CONTEXT, RECORD, MANIFEST, CARDS, AGREEMENT, ENROLMENT, SEEN = range(1, 8)


@dataclasses.dataclass
class Member:
    """A record in the file. What needs no key was checked: it hashes to an entry of the tree in its proof's note."""

    proof: logs.Proof
    checkpoint: logs.Checkpoint
    header: dict
    parts: records.Parts
    digest: bytes


def verify(data):
    """What the file proves; raises Refused."""
    return verify_missed(data) if data.startswith(b"MITHAQ-MISSED/") else verify_one(data)[0]


def verify_one(data):
    """The facts of an evidence file of one record, the record, and the agreement that governs it."""
    sections = parse_sections(data)
    context = parse_context(sections[CONTEXT][0])
    chains = parse_cards(sections[CARDS], context)
    bundles = parse_agreements(sections[AGREEMENT], context, sections[CARDS], chains)
    governing = bundles[-1].agreement
    versions = tuple(bytes.fromhex(bundle.hash) for bundle in reversed(bundles))
    record = parse_member(sections[RECORD][0], context, (context.agreement,), "EVID-5")
    manifest = parse_member(sections[MANIFEST][0], context, versions, "EVID-7")
    enrolments = [parse_member(member, context, versions, "EVID-8") for member in sections[ENROLMENT]]
    claimed = parse_manifest(manifest, record)

    log_keys = chains[0].keys("log")
    by_agency = {chain.agency: chain for chain in chains}
    demand_head(record, log_keys, "EVID-5")
    demand_head(manifest, log_keys, "EVID-7")
    receipts = open_receipts(record, by_agency, context)
    approvals = open_approvals(record, enrolments, log_keys)
    not_before = open_seen(sections[SEEN], claimed, by_agency, context)

    clause = next((c for c in governing["clauses"] if c["id"] == record.header.get("clause")), None)
    label = next(party["label"] for party in governing["parties"] if party["agency"] == context.author.hex())
    covered = clause is not None and record.header["kind"] in clause["kinds"] and label in clause["authors"]
    missing = [agency for agency in sorted(by_agency) if agency != context.author.hex() and agency not in receipts]
    facts = {
        "log": record.checkpoint.origin,
        "index": record.proof.index,
        "kind": record.header["kind"],
        "clause": record.header.get("clause"),
        "clause_covers_it": covered or record.header["kind"].startswith("mithaq."),
        "body_sha256": sha256(record.parts.body).hex(),
        "digest": record.digest.hex(),
        "agreement": context.agreement.hex(),
        "agreement_version": governing["version"],
        "parties": [describe(chain) for chain in chains],
        "claimed_time_ms": claimed["time"],
        "not_before_s": not_before,
        "receipts": [{"agency": agency, "time_s": receipts[agency]} for agency in sorted(receipts)],
        "missing_receipts": missing,
        "approvals": approvals,
    }
    testimony = testimony_of(record, context)
    return (facts if testimony is None else {**facts, "testimony": testimony}), record, governing


def testimony_of(record, context):
    """EVID-13: what a party wrote about another's batch, about all, or about its own officers."""
    kind = record.header["kind"]
    word = TESTIMONIES.get(kind)
    if word is None:
        return None
    body = records.parse_control(kind, record.parts.body, "EVID-13")
    if word in ("statement", "manifest"):
        return {word: body}
    about = {"refused": "batch", "statement_answer": "statement"}.get(word)
    named = body if about is None else body[about]
    own = named["origin"].split("/")[2] == context.author.hex()
    return {word: body} if own == (word == "revoked") else None


# --- a missed deadline ---


def verify_missed(data):
    """EVID-14 to EVID-16: what the members prove together."""
    members = parse_members(data)
    proofs = [verify_one(member) for member in members]
    asked, received, stated = (facts for facts, _, _ in proofs[:3])
    answer = proofs[3][0] if len(proofs) == 4 else None
    (_, record, governing), rule = proofs[0], "EVID-15"
    _, channel, creditor, _, lane = asked["log"].split("/")
    debtor = received["log"].split("/")[2]
    demand(all(facts["log"].split("/")[1] == channel for facts, _, _ in proofs), rule, "of several channels")
    thread = record.header.get("thread")
    demand(thread is not None and not asked["kind"].startswith("mithaq."), rule, "what was asked is no record")

    batch = received.get("testimony", {}).get("received")
    demand(batch is not None, rule, "no word that a batch was received")
    size, root = batch["first"] + batch["count"], record.checkpoint.root.hex()
    same = (batch["origin"], size, batch["root"]) == (asked["log"], record.checkpoint.size, root)
    demand(same and batch["first"] <= asked["index"], rule, "another batch was received")

    statement = stated.get("testimony", {}).get("statement")
    demand(statement is not None and stated["log"].split("/")[2] == creditor, rule, "no statement of who asked")
    sizes = {seen["origin"]: seen["size"] for seen in statement["cut"]}
    held = all(facts["index"] < sizes.get(facts["log"], 0) for facts in (asked, received))
    demand(held, rule, "the statement is not about what was asked and received")
    countersigned = any(receipt["agency"] == debtor for receipt in stated["receipts"])
    demand(countersigned, rule, "the statement is not countersigned by who owes")

    def is_overdue(item):
        of_thread = (item["thread"], item["lane"], item["from"]) == (thread, lane, debtor)
        return of_thread and item["by"] is not None and item["by"] < stated["claimed_time_ms"]

    owed = [item for item in statement["awaits"] if is_overdue(item)]
    demand(owed, rule, "nothing is overdue in this thread")
    verdict, contested = None, []
    if answer is not None:
        given = answer.get("testimony", {}).get("statement_answer")
        demand(given is not None and answer["log"].split("/")[2] == debtor, rule, "no answer of who owes")
        at = {"origin": stated["log"], "index": stated["index"]}
        demand(given["statement"] == at, rule, "an answer to another statement")
        verdict = "undetermined" if given["hash"] is None else "differs"
        verdict = "agrees" if given["hash"] == statement["hash"] else verdict
        duties = [item["what"] for item in owed]
        contested = [
            item
            for item in given["contested"]
            if (item["thread"], item["lane"]) == (thread, lane) and item["what"] in duties
        ]
    clause = next((c for c in governing["clauses"] if c["id"] == record.header.get("clause")), None)
    limits = [minutes_of(clause, item["what"], record.header) for item in owed]
    received_ms = received["claimed_time_ms"]
    return {
        "creditor": creditor,
        "debtor": debtor,
        "thread": {"thread": thread, "lane": lane},
        "owed": owed,
        "by_clause": [None if minutes is None else received_ms + minutes * 60_000 for minutes in limits],
        "verdict": verdict,
        "contested": contested,
        "asked": asked,
        "received": received,
        "statement": stated,
        "answer": answer,
    }


def parse_members(data):
    """EVID-14."""
    demand(data.startswith(MISSED_MAGIC), "EVID-14", "not a file of a missed deadline of this version")
    fields, members = Bytes(data[len(MISSED_MAGIC) :], "EVID-14"), []
    while fields.left():
        demand(fields.number(1) == len(members) + 1 <= 4, "EVID-14", "a member is unknown or out of order")
        members.append(fields.prefixed(4))
    demand(len(members) >= 3, "EVID-14", "a member is missing")
    return members


def minutes_of(clause, what, header):
    """EVID-16: the limit that the duty names, or in the first form that for information that is directly accessible."""
    if clause is None or what is None:
        return None
    kind, _, label = what.partition("/")
    if label:
        return clause.get("limits", {}).get(label)
    deadlines = clause.get("deadlines", {})
    names = {"acknowledgement": ["acknowledge_hours"], "answer": ["answer_hours"], "feedback": ["feedback_hours"]}
    urgent = ["urgent_answer_hours"] if kind == "answer" and header.get("urgency") == "urgent" else []
    hours = [deadlines.get(name) for name in urgent + names.get(kind, [])]
    return next((limit * 60 for limit in hours if limit is not None), None)


def describe(chain):
    card = chain.current()
    return {
        "agency": chain.agency,
        "country": card["country"],
        "names": card["names"],
        "card_serial": card["serial"],
        "fingerprint": fingerprint(chain.agency),
    }


def parse_sections(data):
    """EVID-1."""
    demand(data.startswith(MAGIC), "EVID-1", "not an evidence file of this version")
    fields = Bytes(data[len(MAGIC) :], "EVID-1")
    sections, last = {tag: [] for tag in range(CONTEXT, SEEN + 1)}, CONTEXT
    while fields.left():
        tag = fields.number(1)
        demand(tag in sections and tag >= last, "EVID-1", f"section {tag} is unknown or out of order")
        sections[tag].append(fields.prefixed(4))
        last = tag
    for tag in (CONTEXT, RECORD, MANIFEST):
        demand(len(sections[tag]) == 1, "EVID-1", f"section {tag} is missing or repeated")
    return sections


def parse_context(data):
    """EVID-2."""
    demand(len(data) == 96, "EVID-2", "a context has 96 bytes")
    return records.Context(data[:32], data[32:64], data[64:])


# Whoever checks many files of one channel meets the same cards, agreements and records again: what held is remembered.


@functools.lru_cache(maxsize=64)
def read_cards(file):
    return read_chain(file)


@functools.lru_cache(maxsize=64)
def read_bundle(file, card_files):
    bundle = parse_bundle(file)
    demand_bundle(bundle, {chain.agency: chain for chain in map(read_cards, card_files)})
    return bundle


def parse_cards(files, context):
    """EVID-3."""
    chains = [under("EVID-3", read_cards, file) for file in files]
    agencies = [chain.agency for chain in chains]
    demand(agencies and agencies[0] == context.author.hex(), "EVID-3", "the first cards are not the author's")
    demand(agencies[1:] == sorted(set(agencies[1:])), "EVID-3", "the other cards are not in rising order")
    demand(agencies[0] not in agencies[1:], "EVID-3", "the author's cards stand there twice")
    return chains


def parse_agreements(files, context, card_files, chains):
    """EVID-4."""
    bundles = [under("EVID-4", read_bundle, file, tuple(card_files)) for file in files]
    demand(bundles, "EVID-4", "no agreement")
    demand(bundles[0].hash == context.channel.hex(), "EVID-4", "the first version does not name the channel")
    demand(bundles[0].agreement["version"] == 1, "EVID-4", "the first version is not the first")
    for before, after in zip(bundles, bundles[1:]):
        follows = after.agreement["version"] == before.agreement["version"] + 1
        demand(follows and after.agreement["previous"] == before.hash, "EVID-4", "a version does not follow")
    for bundle in bundles:
        demand(not bundle.missing(), "EVID-4", "a party has not signed")
    demand(bundles[-1].hash == context.agreement.hex(), "EVID-4", "the last version does not govern the record")
    parties = sorted(party["agency"] for party in bundles[-1].agreement["parties"])
    demand(parties == sorted(chain.agency for chain in chains), "EVID-4", "cards and parties differ")
    return bundles


@functools.lru_cache(maxsize=64)
def parse_member(data, context, versions, rule):
    """A member without its log's signatures: EVID-2, and what `rule` says of it."""
    fields = Bytes(data, "EVID-2")
    proof = logs.parse_proof(records.utf8(fields.prefixed(4), "EVID-2"))
    secret = fields.take(32)
    parts = records.parse_plaintext(fields.rest(), "EVID-2")
    demand(not parts.attachments, "EVID-2", "a record in an evidence file carries no attachment keys")
    checkpoint = logs.parse_checkpoint(proof.note.text)
    origin = checkpoint.origin.split("/")
    own = is_origin(checkpoint.origin) and origin[1:3] == [context.channel.hex(), context.author.hex()]
    demand(own, rule, "the log is not the author's in this channel")
    for version in versions:
        found = records.digest(dataclasses.replace(context, agreement=version), parts.header, parts.body)
        entry = records.commitment(secret, found, parts.approvals)
        if logs.inclusion_root(proof.index, checkpoint.size, logs.leaf_hash(entry), proof.path) == checkpoint.root:
            return Member(proof, checkpoint, parse_header(parts.header), parts, found)
    raise Refused(rule, "the content is not the log's entry at this place")


def parse_manifest(manifest, record):
    """EVID-7, without signatures."""
    demand(manifest.checkpoint == record.checkpoint, "EVID-7", "under another checkpoint than the record")
    demand(manifest.proof.index <= record.proof.index, "EVID-7", "the manifest follows the record")
    demand(manifest.header["kind"] == "mithaq.batch/1", "EVID-7", "not a manifest")
    demand(len(manifest.proof.note.lines) == 2, "EVID-7", "receipts beside a manifest")
    return records.parse_control("mithaq.batch/1", manifest.parts.body, "EVID-7")


def demand_head(member, log_keys, rule):
    logs.demand_log(member.proof.note, log_keys, rule)


def open_receipts(record, chains, context):
    """EVID-6: time by agency."""
    times = {}
    for agency, lines in logs.receipt_lines(record.proof.note, "EVID-6").items():
        demand(agency in chains and agency != context.author.hex(), "EVID-6", "a receipt by no other party")
        keys = chains[agency].keys("receipt")
        times[agency] = logs.demand_receipt(lines, record.checkpoint, agency, keys, "EVID-6")
    return times


def open_approvals(record, enrolments, log_keys):
    """EVID-8: role and office of every approval."""
    officers = {}
    for member in enrolments:
        officer = records.parse_control(member.header["kind"], member.parts.body, "EVID-8")
        demand("office" in officer, "EVID-8", "not an enrolment")
        place = (member.checkpoint.origin, member.proof.index)
        before = place[0] != record.checkpoint.origin or place[1] < record.proof.index
        demand(before, "EVID-8", "enrolled after the record")
        demand(place not in officers, "EVID-8", "an enrolment stands there twice")
        demand(len(member.proof.note.lines) == 2, "EVID-8", "receipts beside an enrolment")
        demand_head(member, log_keys, "EVID-8")
        officers[place] = officer
    proven, used = [], set()
    for approval in records.parse_approvals(record.parts.approvals, "EVID-8"):
        place = (approval["enrolment"]["origin"], approval["enrolment"]["index"])
        demand(place in officers, "EVID-8", "an approval's enrolment is missing")
        public = base64.b64decode(officers[place]["public"])
        demand(records.approval_is_valid(approval, public, record.digest), "EVID-8", "an approval is not valid")
        proven.append({"role": approval["role"], "office": officers[place]["office"]})
        used.add(place)
    demand(used == set(officers), "EVID-8", "an enrolment that no approval names")
    keys = {officer["public"] for officer in officers.values()}
    demand(len(keys) == len(officers), "EVID-8", "one key approves under two enrolments")
    return proven


def open_seen(notes, claimed, chains, context):
    """EVID-9: the latest time at which the author receipted what its manifest names."""
    author, times = chains[context.author.hex()], []
    named = iter(claimed["seen"])
    for data in notes:
        note = logs.parse_note(records.utf8(data, "EVID-9"))
        checkpoint = logs.parse_checkpoint(note.text)
        demand(is_origin(checkpoint.origin), "EVID-9", "not a log")
        _, channel, owner, _, _ = checkpoint.origin.split("/")
        demand(channel == context.channel.hex() and owner in chains, "EVID-9", "not a log of this channel's parties")
        head = {"origin": checkpoint.origin, "size": checkpoint.size}
        demand(head in named, "EVID-9", "not a head that the manifest names, in its order")
        logs.demand_log(note, chains[owner].keys("log"), "EVID-9")
        lines = logs.receipt_lines(note, "EVID-9")
        demand(list(lines) == [author.agency], "EVID-9", "not the author's receipt alone")
        times.append(
            logs.demand_receipt(lines[author.agency], checkpoint, author.agency, author.keys("receipt"), "EVID-9")
        )
    return max(times, default=None)


def main(arguments):
    if len(arguments) != 1:
        print("usage: verify.py FILE", file=sys.stderr)
        return 2
    try:
        facts = verify(pathlib.Path(arguments[0]).read_bytes())
    except Refused as error:
        print(f"refused: {error}", file=sys.stderr)
        return 4
    json.dump(facts, sys.stdout, ensure_ascii=False, indent=2)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
