#!/usr/bin/env python3
"""The second verifier: checks an evidence file (docs/spec/evidence.md) and prints what it proves as JSON.

Usage: verify.py FILE [CARDS | EARLIER]. Exit codes: 0 everything holds, 2 usage, 4 the file is refused. CARDS is the card file of
the accused, with a file of two histories; EARLIER an evidence file of the record, with a file without content. Whether the reader
trusts the parties, the reader must say: compare the fingerprints.

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
from parties import demand_bundle, fingerprint, members_are, merge, parse_bundle, parse_header, read_chain
from strict import (
    Bytes,
    Refused,
    demand,
    demand_signature,
    from_base64,
    is_origin,
    keys_of,
    parse_document,
    parse_json,
    sha256,
    under,
)

MAGIC = b"MITHAQ-EVIDENCE/1\n"
MISSED_MAGIC = b"MITHAQ-MISSED/1\n"
ENTRY_MAGIC = b"MITHAQ-ENTRY/1\n"
TESTIMONIES = {
    "mithaq.refusal/1": "refused",
    "mithaq.received/1": "received",
    "mithaq.withheld/1": "withheld",
    "mithaq.statement/1": "statement",
    "mithaq.statement_answer/1": "statement_answer",
    "mithaq.batch/1": "manifest",
    "mithaq.revocation/1": "revoked",
    "mithaq.erasure/1": "erasure",
    "mithaq.erased/1": "erased",
}
CONTEXT, RECORD, MANIFEST, CARDS, AGREEMENT, ENROLMENT, SEEN, WITHHELD, ORDER, ERASED = range(1, 11)
# A manifest may lie this far ahead of a reader's clock (DELIV-6).
AHEAD_MS = 600_000


@dataclasses.dataclass
class Placed:
    """An entry of the tree in its proof's note."""

    proof: logs.Proof
    checkpoint: logs.Checkpoint
    entry: bytes


@dataclasses.dataclass
class Member(Placed):
    """A record in the file. What needs no key was checked: it hashes to that entry."""

    header: dict
    parts: records.Parts
    digest: bytes


def verify(data):
    """What the file proves; raises Refused."""
    if data.startswith(b"MITHAQ-ENTRY/"):
        return verify_entry(data, {})[0]
    return verify_missed(data) if data.startswith(b"MITHAQ-MISSED/") else verify_one(data, {})[0]


def verify_one(data, histories):
    """The facts of an evidence file of one record, the record, the agreement that governs it, its manifest, and the cards."""
    sections = parse_sections(data, MAGIC, range(CONTEXT, WITHHELD + 1), "EVID-1")
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
    for member in enrolments:
        demand(len(member.proof.note.lines) == 2, "EVID-8", "receipts beside an enrolment")
        demand_head(member, log_keys, "EVID-8")
    for member in (record, manifest, *enrolments):
        take_proof(histories, member)
    approvals = open_approvals(record, enrolments)
    after = open_seen(sections[SEEN], claimed, by_agency, context, histories)
    before = min(((time, agency) for agency, time in receipts.items()), default=None)

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
        "purpose_is_the_clauses": record.header.get("purpose") == (clause and clause["purpose"]),
        "body_sha256": sha256(record.parts.body).hex(),
        "digest": record.digest.hex(),
        "agreement": context.agreement.hex(),
        "agreement_version": governing["version"],
        "parties": [describe(chain) for chain in chains],
        "claimed_time_ms": claimed["time"],
        "after": after and {"by": after[1], "time_s": after[0]},
        "before": before and {"by": before[1], "time_s": before[0]},
        "contradictions": contradictions(after, before, claimed["time"]),
        "receipts": [{"agency": agency, "time_s": receipts[agency]} for agency in sorted(receipts)],
        "missing_receipts": missing,
        "withheld": is_withheld(sections[WITHHELD], chains[0], record),
        "approvals": approvals,
    }
    testimony = testimony_of(record, context)
    return (facts if testimony is None else {**facts, "testimony": testimony}), record, governing, claimed, chains


def contradictions(after, before, claimed_ms):
    """EVID-12: times that can't be so together."""
    found = []
    if after and before and after[0] > before[0]:
        found.append("bounds")
    too_late = before and claimed_ms > before[0] * 1000 + AHEAD_MS
    too_early = after and claimed_ms + AHEAD_MS < after[0] * 1000
    return found + (["claim"] if too_late or too_early else [])


def is_withheld(sections, author, record):
    """EVID-18: whether the author's signed note stands in the record's place."""
    if not sections:
        return False
    body, signature = under("EVID-18", parse_document, sections[0])
    card = author.at_serial(signature["serial"]) if signature["agency"] == author.agency else None
    demand(card is not None, "EVID-18", "not by a card of the author's")
    keys = keys_of(card["keys"]["document"])
    demand_signature(keys, "withheld", author.agency, signature["serial"], body, signature, "EVID-18")
    note = parse_json(body, 512 * 1024, "EVID-18")
    demand(members_are(note, ("origin", "indexes", "commitments")), "EVID-18", "not a withheld note")
    places = {"origin": note["origin"], "indexes": note["indexes"]}
    demand(records.is_places(places) and isinstance(note["commitments"], list), "EVID-18", "not a withheld note")
    hexed = all(records.hexadecimal(entry, 64) for entry in note["commitments"])
    demand(hexed and len(note["indexes"]) == len(note["commitments"]), "EVID-18", "not a withheld note")
    demand(note["indexes"] == sorted(set(note["indexes"])), "EVID-18", "not in rising order")
    named = dict(zip(note["indexes"], note["commitments"])).get(record.proof.index)
    found = (note["origin"], named) == (record.checkpoint.origin, record.entry.hex())
    demand(found, "EVID-18", "the note does not name the record")
    return True


# --- one log, one history ---


def subtrees(member):
    """The full subtrees that a member's path gives or computes: hash by (first entry, number of entries)."""
    found = {}

    def walk(first, count, index, path):
        if count == 1:
            hash = logs.leaf_hash(member.entry)
        else:
            half = 1 << ((count - 1).bit_length() - 1)
            *below, sibling = path
            if index < first + half:
                keep(first + half, count - half, sibling)
                hash = logs.node_hash(walk(first, half, index, below), sibling)
            else:
                keep(first, half, sibling)
                hash = logs.node_hash(sibling, walk(first + half, count - half, index, below))
        keep(first, count, hash)
        return hash

    def keep(first, count, hash):
        if count & (count - 1) == 0:
            found[first, count] = hash

    walk(0, member.checkpoint.size, member.proof.index, member.proof.path)
    return found


def take_head(histories, checkpoint):
    """EVID-19: heads of one size have one root, and full subtrees one hash."""
    take(histories, checkpoint.origin, ("head", checkpoint.size), checkpoint.root)
    if checkpoint.size & (checkpoint.size - 1) == 0:
        take(histories, checkpoint.origin, (0, checkpoint.size), checkpoint.root)


def take_proof(histories, member):
    take_head(histories, member.checkpoint)
    for place, hash in subtrees(member).items():
        take(histories, member.checkpoint.origin, place, hash)


def take(histories, log, what, hash):
    demand(histories.setdefault((log, what), hash) == hash, "EVID-19", f"two histories of {log} are signed")


def is_before(earlier, member):
    """EVID-8: whether an entry stands before another in the tree that proves the other."""
    index = earlier.proof.index
    if earlier.checkpoint.origin != member.checkpoint.origin or index >= member.proof.index:
        return False
    if earlier.checkpoint == member.checkpoint:
        return True
    known = subtrees(member)
    return any(
        first <= index < first + count and known.get((first, count)) == hash
        for (first, count), hash in subtrees(earlier).items()
    )


def testimony_of(record, context):
    """EVID-13: what a party wrote about another's batch, about all, or about its own officers."""
    kind = record.header["kind"]
    if not kind.startswith("mithaq."):
        return None
    body = records.parse_control(kind, record.parts.body, "EVID-13")
    word = TESTIMONIES.get(kind)
    if word is None:
        return None
    if word in ("statement", "manifest", "erased"):
        return {word: body}
    about = {"refused": "batch", "statement_answer": "statement"}.get(word)
    named = body if about is None else body[about]
    own = named["origin"].split("/")[2] == context.author.hex()
    return {word: body} if own == (word in ("revoked", "erasure")) else None


# --- two histories ---


def verify_two_histories(data, cards):
    """EVID-21, EVID-22: whose log, and at which sizes."""
    value = parse_json(data, 512 * 1024, "EVID-21")
    demand(members_are(value, ("smaller", "larger", "root_at_smaller", "path")), "EVID-21", "not its four members")
    demand(all(isinstance(item, str) for item in value.values()), "EVID-21", "not its four members")
    demand(records.hexadecimal(value["root_at_smaller"], 64), "EVID-21", "not a root")
    path = from_base64(value["path"], "EVID-21")
    demand(len(path) % 32 == 0, "EVID-21", "half a hash")
    path = [path[at : at + 32] for at in range(0, len(path), 32)]
    chain = under("EVID-22", read_cards, cards)
    root = bytes.fromhex(value["root_at_smaller"])
    for card in reversed(chain.cards):
        try:
            small, large = [signed_head(value[name], keys_of(card["keys"]["log"])) for name in ("smaller", "larger")]
        except Refused:
            continue
        leads = logs.is_consistent(small.size, root, large.size, large.root, path)
        if small.origin == large.origin and leads and root != small.root:
            demand(is_origin(small.origin), "EVID-22", "not the log of a channel")
            demand(small.origin.split("/")[2] == chain.agency, "EVID-22", "not a log of this agency's")
            sizes = {"smaller": small.size, "larger": large.size}
            return {"log": small.origin, **sizes, "card_serial": card["serial"]}
    raise Refused("EVID-22", "no card of this agency signed two histories that contradict each other")


def signed_head(text, keys):
    note = logs.parse_note(text)
    checkpoint, _ = logs.demand_log(note, keys, "EVID-22")
    logs.receipt_lines(note, "EVID-22")
    return checkpoint


# --- without content ---


def verify_entry(data, histories):
    """EVID-23 to EVID-29: what remains of a record; the facts, the entry, and the cards of all members."""
    tags = [tag for tag in range(CONTEXT, ERASED + 1) if tag != ENROLMENT]
    sections = parse_sections(data, ENTRY_MAGIC, tags, "EVID-23")
    context = parse_context(sections[CONTEXT][0])
    chains = parse_cards(sections[CARDS], context)
    bundles = parse_agreements(sections[AGREEMENT], context, sections[CARDS], chains)
    placed = parse_entry(sections[RECORD][0], context)
    manifest = parse_versioned_manifest(sections[MANIFEST][0], context, bundles)
    claimed = parse_manifest(manifest, placed)
    demand(manifest.proof.index < placed.proof.index, "EVID-25", "the manifest does not stand before the entry")

    log_keys = chains[0].keys("log")
    by_agency = {chain.agency: chain for chain in chains}
    demand_head(placed, log_keys, "EVID-24")
    demand_head(manifest, log_keys, "EVID-7")
    receipts = open_receipts(placed, by_agency, context)
    take_proof(histories, placed)
    take_proof(histories, manifest)
    after = open_seen(sections[SEEN], claimed, by_agency, context, histories)
    before = min(((time, agency) for agency, time in receipts.items()), default=None)

    order = None
    if sections[ORDER]:
        order = parse_word(sections[ORDER][0], "erasure", placed, histories, "EVID-26")
        demand(order.author == context.author.hex(), "EVID-26", "an order by another than the author")
    words = [parse_word(section, "erased", placed, histories, "EVID-27") for section in sections[ERASED]]
    spoke = [word.author for word in words]
    demand(spoke == sorted(set(spoke)), "EVID-27", "not in order, one a party")
    all_chains = chains + [chain for word in [*words, *filter(None, [order])] for chain in word.chains]
    demand_one_chain_each(all_chains, "EVID-28")
    others = [agency for agency in sorted(by_agency) if agency != context.author.hex()]
    facts = {
        "log": placed.checkpoint.origin,
        "index": placed.proof.index,
        "size": placed.checkpoint.size,
        "root": placed.checkpoint.root.hex(),
        "entry": placed.entry.hex(),
        "agreement": context.agreement.hex(),
        "agreement_version": bundles[-1].agreement["version"],
        "parties": [describe(chain) for chain in chains],
        "claimed_time_ms": claimed["time"],
        "after": after and {"by": after[1], "time_s": after[0]},
        "before": before and {"by": before[1], "time_s": before[0]},
        "contradictions": contradictions(after, before, claimed["time"]),
        "receipts": [{"agency": agency, "time_s": receipts[agency]} for agency in sorted(receipts)],
        "missing_receipts": [agency for agency in others if agency not in receipts],
        "withheld": is_withheld(sections[WITHHELD], chains[0], placed),
        "order": order and order.facts,
        "erased": [{**word.facts, "after_order": word.is_after(order)} for word in words],
        "silent": [chain.agency for chain in chains if chain.agency not in spoke],
    }
    return facts, placed, all_chains


@dataclasses.dataclass
class Word:
    """A party's word about an entry, in a member of a file."""

    facts: dict
    seen: list
    chains: list

    @property
    def author(self):
        return self.facts["log"].split("/")[2]

    def is_after(self, order):
        """EVID-29: whether its author had the order when it wrote this."""
        if order is None:
            return False
        log, index = order.facts["log"], order.facts["index"]
        if self.facts["log"] == log and self.facts["index"] > index:
            return True
        return any(seen["origin"] == log and seen["size"] > index for seen in self.seen)


def parse_word(data, word, entry, histories, rule):
    """EVID-26, EVID-27."""
    facts, _, _, claimed, chains = verify_one(data, histories)
    log, index = entry.checkpoint.origin, entry.proof.index
    demand(facts["log"].split("/")[1] == log.split("/")[1], rule, "a word of another channel")
    places = facts.get("testimony", {}).get(word)
    demand(places is not None, rule, f"no word of {word}")
    demand(places["origin"] == log and index in places["indexes"], rule, "a word about another entry")
    demand(facts["log"] != log or facts["index"] > index, rule, "a word that stands at the entry's place or before it")
    demand(not facts["withheld"], rule, "a word that was withheld")
    return Word(facts, claimed["seen"], chains)


def parse_entry(data, context):
    """EVID-24, without signatures."""
    fields = Bytes(data, "EVID-23")
    entry = fields.take(32)
    proof = logs.parse_proof(records.utf8(fields.rest(), "EVID-23"))
    checkpoint = logs.demand_path(proof, entry, "EVID-24")
    origin = checkpoint.origin.split("/")
    own = is_origin(checkpoint.origin) and origin[1:3] == [context.channel.hex(), context.author.hex()]
    demand(own, "EVID-24", "the log is not the author's in this channel")
    return Placed(proof, checkpoint, entry)


def parse_versioned_manifest(data, context, bundles):
    """EVID-25: the manifest under the version of the context, and no other."""
    versions = tuple(bytes.fromhex(bundle.hash) for bundle in reversed(bundles))
    manifest = parse_member(data, context, versions, "EVID-7")
    governs = records.digest(context, manifest.parts.header, manifest.parts.body) == manifest.digest
    demand(governs, "EVID-25", "the manifest was written under another version")
    return manifest


def verify_with(data, earlier):
    """EVID-30: the facts of a file without content, if the record of the earlier file is its entry."""
    demand(data.startswith(b"MITHAQ-ENTRY/"), "EVID-30", "the first file is not one without content")
    histories = {}
    facts, _, chains = verify_entry(data, histories)
    record, *_, more = verify_one(earlier, histories)
    here, there = ((one["log"], one["index"]) for one in (facts, record))
    demand(here == there, "EVID-30", "the record lies at another place")
    demand_one_chain_each(chains + more, "EVID-30")
    return facts


# --- a missed deadline ---


def verify_missed(data):
    """EVID-14 to EVID-16: what the members prove together."""
    members = parse_members(data)
    histories = {}
    proofs = [verify_one(member, histories) for member in members]
    asked, received, stated = (facts for facts, *_ in proofs[:3])
    answer = proofs[3][0] if len(proofs) == 4 else None
    (_, record, governing, *_), rule = proofs[0], "EVID-15"
    demand_one_chain_each([chain for *_, chains in proofs for chain in chains], "EVID-15")
    _, channel, creditor, _, lane = asked["log"].split("/")
    debtor = received["log"].split("/")[2]
    demand(all(facts["log"].split("/")[1] == channel for facts, *_ in proofs), rule, "of several channels")
    thread = record.header.get("thread")
    demand(thread is not None and not asked["kind"].startswith("mithaq."), rule, "what was asked is no record")

    batch = received.get("testimony", {}).get("received")
    demand(batch is not None, rule, "no word that a batch was received")
    size, root = batch["first"] + batch["count"], record.checkpoint.root.hex()
    same = (batch["origin"], size, batch["root"]) == (asked["log"], record.checkpoint.size, root)
    demand(same and batch["first"] <= asked["index"], rule, "another batch was received")
    excepted = asked["index"] in batch.get("except", []) or asked["withheld"]
    demand(not excepted, rule, "what was asked was refused or withheld")
    demand(asked["clause_covers_it"], rule, "no clause covers what was asked")

    statement = stated.get("testimony", {}).get("statement")
    demand(statement is not None and stated["log"].split("/")[2] == creditor, rule, "no statement of who asked")
    sizes = {seen["origin"]: seen["size"] for seen in statement["cut"]}
    held = all(facts["index"] < sizes.get(facts["log"], 0) for facts in (asked, received))
    demand(held, rule, "the statement is not about what was asked and received")
    countersigned = [receipt["time_s"] for receipt in stated["receipts"] if receipt["agency"] == debtor]
    demand(countersigned, rule, "the statement is not countersigned by who owes")
    known_ms = min(stated["claimed_time_ms"], countersigned[0] * 1000 + 999)
    clause = next((c for c in governing["clauses"] if c["id"] == record.header.get("clause")), None)

    def is_overdue(item):
        of_thread = (item["thread"], item["lane"], item["from"]) == (thread, lane, debtor)
        return of_thread and item["by"] is not None and item["by"] < stated["claimed_time_ms"]

    owed, only_stated = [], []
    for item in filter(is_overdue, statement["awaits"]):
        minutes = minutes_of(clause, item["what"], record.header)
        by_clause = None if minutes is None else received["claimed_time_ms"] + minutes * 60_000
        if by_clause is not None and max(by_clause, item["by"]) < known_ms:
            owed.append({**item, "by_clause": by_clause})
        else:
            only_stated.append(item)
    demand(owed, rule, "nothing was overdue in this thread by the clause and the debtor's clock")
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
    return {
        "creditor": creditor,
        "debtor": debtor,
        "thread": {"thread": thread, "lane": lane},
        "owed": owed,
        "stated": only_stated,
        "verdict": verdict,
        "contested": contested,
        "asked": asked,
        "received": received,
        "statement": stated,
        "answer": answer,
    }


def demand_one_chain_each(chains, rule):
    """EVID-15, EVID-28: the members' cards of an agency are one chain."""
    for number, chain in enumerate(chains):
        forked = any(merge(chain, other) == "forked" for other in chains[:number])
        demand(not forked, rule, "the cards of an agency contradict each other")


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


def parse_sections(data, magic, tags, rule):
    """EVID-1, EVID-23."""
    demand(data.startswith(magic), rule, "not such a file of this version")
    fields = Bytes(data[len(magic) :], rule)
    sections, last = {tag: [] for tag in tags}, CONTEXT
    while fields.left():
        tag = fields.number(1)
        demand(tag in sections and tag >= last, rule, f"section {tag} is unknown or out of order")
        sections[tag].append(fields.prefixed(4))
        last = tag
    for tag in (CONTEXT, RECORD, MANIFEST):
        demand(len(sections[tag]) == 1, rule, f"section {tag} is missing or repeated")
    for tag in (WITHHELD, ORDER):
        demand(len(sections.get(tag, [])) <= 1, rule, f"section {tag} is repeated")
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
            return Member(proof, checkpoint, entry, parse_header(parts.header), parts, found)
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


def open_approvals(record, enrolments):
    """EVID-8: role, office and place of every approval. Approvals and enrolments go in pairs, in one order."""
    proven, keys, places = [], set(), []
    approvals = records.parse_approvals(record.parts.approvals, "EVID-8")
    demand(not approvals or not record.header["kind"].startswith("mithaq."), "EVID-8", "approvals of a protocol record")
    demand(len(enrolments) == len(approvals), "EVID-8", "not one enrolment for each approval")
    for approval, member in zip(approvals, enrolments):
        officer = records.parse_control(member.header["kind"], member.parts.body, "EVID-8")
        demand(member.header["kind"] == "mithaq.enrolment/1", "EVID-8", "not an enrolment")
        place = {"origin": member.checkpoint.origin, "index": member.proof.index}
        demand(place == approval["enrolment"], "EVID-8", "not the enrolment that the approval names")
        demand(place not in places, "EVID-8", "one officer in two roles")
        in_its_log = place["origin"] == record.checkpoint.origin
        demand(not in_its_log or place["index"] < record.proof.index, "EVID-8", "enrolled after the record")
        public = base64.b64decode(officer["public"])
        synced = records.demand_approval(approval, officer, record.digest, "EVID-8")
        demand(public not in keys, "EVID-8", "one key approves under two enrolments")
        keys.add(public)
        places.append(place)
        proven.append(
            {
                "role": approval["role"],
                "office": officer["office"],
                "enrolment": place,
                "enrolled_before": is_before(member, record),
            }
            | ({} if synced is None else {"passkey": {"synced": synced}})
        )
    return proven


def open_seen(notes, claimed, chains, context, histories):
    """EVID-9: the latest time at which another party had signed what the manifest names, with that party."""
    author, latest = chains[context.author.hex()], None
    named = iter(claimed["seen"])
    for data in notes:
        note = logs.parse_note(records.utf8(data, "EVID-9"))
        checkpoint = logs.parse_checkpoint(note.text)
        demand(is_origin(checkpoint.origin), "EVID-9", "not a log")
        _, channel, owner, _, _ = checkpoint.origin.split("/")
        demand(channel == context.channel.hex() and owner in chains, "EVID-9", "not a log of this channel's parties")
        demand(owner != author.agency and checkpoint.size > 0, "EVID-9", "a log of the author's, or an empty one")
        head = {"origin": checkpoint.origin, "size": checkpoint.size}
        demand(head in named, "EVID-9", "not a head that the manifest names, in its order")
        _, time = logs.demand_log(note, chains[owner].keys("log"), "EVID-9")
        lines = logs.receipt_lines(note, "EVID-9")
        demand(list(lines) == [author.agency], "EVID-9", "not the author's receipt alone")
        logs.demand_receipt(lines[author.agency], checkpoint, author.agency, author.keys("receipt"), "EVID-9")
        take_head(histories, checkpoint)
        if latest is None or time > latest[0]:
            latest = (time, owner)
    return latest


def verify_beside(file, other):
    """What a file proves with another beside it."""
    return verify_with(file, other) if file.startswith(b"MITHAQ-") else verify_two_histories(file, other)


def main(arguments):
    if len(arguments) not in (1, 2):
        print("usage: verify.py FILE [CARDS | EARLIER]", file=sys.stderr)
        return 2
    try:
        file, *more = [pathlib.Path(argument).read_bytes() for argument in arguments]
        facts = verify_beside(file, more[0]) if more else verify(file)
    except Refused as error:
        print(f"refused: {error}", file=sys.stderr)
        return 4
    json.dump(facts, sys.stdout, ensure_ascii=False, indent=2)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
