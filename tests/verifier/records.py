"""Records, batches and their seals (docs/spec/records.md, batches.md, sealing.md)."""

import base64
import dataclasses
import hashlib
import hmac
import re

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import logs
from parties import ROLES, hexadecimal, is_number, members_are, parse_bundle, parse_header
from passkeys import Passkey, demand_assertion, is_key, is_site
from strict import (
    Bytes,
    Refused,
    demand,
    demand_document,
    ed25519_is_valid,
    from_base64,
    is_day,
    is_origin,
    parse_json,
    sha256,
    u8,
    u16,
    u32,
    u64,
    under,
)

MIB = 1024 * 1024
NO_SECRET = bytes(32)
# What an officer's key makes of the digest, by scheme.
SIGNED = {"ed25519": ("signature",), "webauthn": ("signature", "authenticator_data", "client_data")}


@dataclasses.dataclass(frozen=True)
class Context:
    channel: bytes
    author: bytes
    agreement: bytes


@dataclasses.dataclass
class Parts:
    header: bytes
    approvals: bytes
    attachments: list
    body: bytes


def digest(context, header, body):
    """RECORD-1."""
    return sha256(
        b"mithaq/record/v1\0",
        context.channel,
        context.author,
        context.agreement,
        u32(len(header)),
        header,
        u64(len(body)),
        sha256(body),
    )


def officer_digest(role, origin, index, record_digest):
    """RECORD-2."""
    role, origin = role.encode(), origin.encode()
    return sha256(b"mithaq/officer/v1\0", u8(len(role)), role, u16(len(origin)), origin, u64(index), record_digest)


def parse_plaintext(data, rule="RECORD-3"):
    """RECORD-3."""
    fields = Bytes(data, rule)
    header, approvals = fields.prefixed(4), fields.prefixed(4)
    attachments = [fields.take(64) for _ in range(fields.number(1))]
    return Parts(header, approvals, attachments, fields.rest())


def expand(secret, label):
    """One block of HKDF-Expand (RFC 5869)."""
    return hmac.new(secret, label + b"\1", hashlib.sha256).digest()


def salt(secret):
    return expand(secret, b"mithaq/salt/v1")


def content_key(secret):
    return expand(secret, b"mithaq/content/v1")


def commitment(secret, record_digest, approvals):
    """RECORD-4."""
    return sha256(b"mithaq/commit/v1\0", salt(secret), record_digest, sha256(approvals))


def open_record(context, secret, expected, ciphertext):
    """RECORD-5: the parts of a record that opens and matches its commitment."""
    try:
        plaintext = AESGCM(content_key(secret)).decrypt(bytes(12), ciphertext, context.channel + context.author)
    except InvalidTag as error:
        raise Refused("RECORD-5", "the record does not open") from error
    parts = parse_plaintext(plaintext)
    found = commitment(secret, digest(context, parts.header, parts.body), parts.approvals)
    demand(found == expected, "RECORD-4", "the record does not match its commitment")
    return parts


def parse_approvals(data, rule="RECORD-6"):
    """RECORD-6."""
    if not data:
        return []
    approvals = parse_json(data, 16 * 1024, rule)
    demand(isinstance(approvals, list) and len(approvals) <= 8, rule, "not a list, or too long a one")
    for number, approval in enumerate(approvals):
        demand(isinstance(approval, dict), rule, "not an approval")
        signed = SIGNED.get(text_member(approval, "scheme"))
        demand(signed and text_member(approval, "role") in ROLES, rule, "unknown role or scheme")
        demand(members_are(approval, ("role", "scheme", "enrolment", *signed)), rule, "not an approval")
        place = approval["enrolment"]
        demand(members_are(place, ("origin", "index")), rule, "not a place of enrolment")
        demand(is_origin(place["origin"]) and is_number(place["index"]), rule, "not a place of enrolment")
        for name in signed:
            demand(isinstance(approval[name], str), rule, f"not a {name}")
            from_base64(approval[name], rule)
        given = [(other["role"], other["enrolment"]) for other in approvals[:number]]
        demand((approval["role"], place) not in given, rule, "an officer twice in one role")
    return approvals


def text_member(value, name):
    """A member that is a text, or nothing."""
    return value[name] if isinstance(value.get(name), str) else None


def demand_approval(approval, officer, record_digest, rule="RECORD-7"):
    """RECORD-7: whether the credential is synced, or None where none signed. `officer` is the body of the enrolment."""
    place = approval["enrolment"]
    signed = officer_digest(approval["role"], place["origin"], place["index"], record_digest)
    given = [base64.b64decode(approval[name]) for name in SIGNED[approval["scheme"]]]
    demand(officer["scheme"] == approval["scheme"], rule, "enrolled for another scheme")
    public = base64.b64decode(officer["public"])
    if approval["scheme"] == "ed25519":
        demand(ed25519_is_valid(public, signed, given[0]), rule, "not the officer's signature")
        return None
    passkey = Passkey(officer["algorithm"], public, officer["origin"], officer["rp_id"])
    signature, authenticator_data, client_data = given
    return under(rule, demand_assertion, passkey, signed, authenticator_data, client_data, signature)


def used(approval):
    """RECORD-13: of an ES256 signature only its first number, since whoever has (r, s) has (r, n - s)."""
    signature = base64.b64decode(approval["signature"])
    if approval["scheme"] == "webauthn":
        found = re.fullmatch(rb"\x30(.)\x02(.)(.*)", signature, re.DOTALL)
        if found and found[1][0] == len(signature) - 2:
            r, rest = found[3][: found[2][0]], found[3][found[2][0] :]
            if len(r) == found[2][0] and rest[:1] == b"\x02" and len(rest) >= 2 and rest[1] == len(rest) - 2:
                signature = r
    return sha256(b"mithaq/approval-used/v1\0", signature)


def demand_officer(value, rule):
    """RECORD-7, RECORD-14: the body of an enrolment."""
    demand(isinstance(value, dict), rule, "not an enrolment")
    more = {"ed25519": (), "webauthn": ("algorithm", "origin", "rp_id")}.get(text_member(value, "scheme"))
    demand(more is not None, rule, "unknown scheme")
    demand(members_are(value, ("office", "scheme", "public", *more)), rule, "not an enrolment")
    demand(all(isinstance(member, str) for member in value.values()), rule, "not an enrolment")
    demand(1 <= len(value["office"].encode()) <= 200, rule, "not an office")
    public = from_base64(value["public"], rule)
    demand(is_key(value.get("algorithm", "ed25519"), public), rule, "not a key")
    demand(not more or is_site(value["origin"], value["rp_id"]), rule, "not an origin and its relying party")


def seal_attachment(key, plain):
    """RECORD-8."""
    chunks = [plain[at : at + MIB] for at in range(0, len(plain), MIB)] or [b""]
    sealed = []
    for number, chunk in enumerate(chunks):
        place = number << 1 | (number == len(chunks) - 1)
        sealed.append(AESGCM(key).encrypt(u32(0) + u64(place), chunk, None))
    return b"".join(sealed)


def is_batch_ref(value):
    """BATCH-6."""
    named = members_are(value, ("origin", "first", "count", "root")) and is_origin(value["origin"])
    numbered = named and is_number(value["first"]) and is_number(value["count"])
    return numbered and value["count"] < 2**32 and hexadecimal(value["root"], 64)


def is_received(value):
    """DELIV-19: a batch, and entries of it in rising order from which nothing runs."""
    if not isinstance(value, dict):
        return False
    if "except" not in value:
        return is_batch_ref(value)
    batch = {name: item for name, item in value.items() if name != "except"}
    excepted = value["except"]
    if not is_batch_ref(batch) or not (isinstance(excepted, list) and all(map(is_number, excepted))):
        return False
    inside = all(batch["first"] <= index < batch["first"] + batch["count"] for index in excepted)
    return inside and excepted == sorted(set(excepted))


def is_places(value):
    named = members_are(value, ("origin", "indexes")) and is_origin(value["origin"])
    return named and isinstance(value["indexes"], list) and all(map(is_number, value["indexes"]))


def is_head(value):
    named = members_are(value, ("origin", "size", "root")) and is_origin(value["origin"])
    return named and is_number(value["size"]) and hexadecimal(value["root"], 64)


def is_heads(value):
    return isinstance(value, list) and all(map(is_head, value))


def is_base64(value, length=None):
    try:
        size = len(from_base64(value)) if isinstance(value, str) else None
    except Refused:
        return False
    return size is not None and length in (None, size)


def is_signed_document(value):
    if not members_are(value, ("body", "signature")) or not is_base64(value["body"]):
        return False
    signature = value["signature"]
    return (
        members_are(signature, ("agency", "serial", "ed25519", "ml_dsa_44"))
        and hexadecimal(signature["agency"], 64)
        and is_number(signature["serial"])
        and is_base64(signature["ed25519"], 64)
        and is_base64(signature["ml_dsa_44"], 2420)
    )


def is_handover(value):
    named = members_are(value, ("card", "chain", "heads")) and hexadecimal(value["card"], 64)
    return named and is_base64(value["chain"]) and is_heads(value["heads"])


# The bodies of protocol records that a verifier reports nothing of: they must be readable all the same.
OTHER_BODIES = {
    "mithaq.suspend/1": lambda value: value == {},
    "mithaq.resume/1": lambda value: value == {},
    "mithaq.terminate/1": lambda value: members_are(value, ("last_day",)) and is_day(value["last_day"]),
    "mithaq.card/1": is_handover,
    "mithaq.sealing_key/1": is_signed_document,
    "mithaq.epoch/1": lambda value: members_are(value, ("earlier",)) and is_heads(value["earlier"]),
    "mithaq.erasure/1": is_places,
    "mithaq.erased/1": is_places,
    "mithaq.attachments/1": is_places,
}


WORD = "[a-z][a-z0-9_]*"
DUTY = re.compile(rf"(receipt|acknowledgement|answer|feedback)(/(?=.{{1,64}}\Z){WORD}(\.{WORD})?)?\Z")
GROUNDS = ("not_known", "not_due", "other_time", "done_since")
AWAITS_MAX = 512


def text_of(value):
    data = value.encode()
    return u16(len(data)) + data


def entry_of(value):
    return bytes.fromhex(value["agency"]) + u32(value["epoch"]) + u64(value["index"])


def state_digest(state):
    """STMT-3."""
    awaits = [bytes.fromhex(party) for party in state["awaits"]]
    due = [text_of(due["what"]) + bytes.fromhex(due["from"]) + u64(due["at"]) for due in state["due"]]
    parts = [bytes.fromhex(part["party"]) + text_of(part["state"]) for part in state["parts"]]
    return sha256(
        b"mithaq/thread/v1\0",
        text_of(state["kind"]),
        text_of(state["clause"]),
        bytes.fromhex(state["opened_by"]),
        text_of(state["state"]),
        u8(state["open"]),
        *(u32(len(items)) + b"".join(items) for items in (awaits, due, parts)),
        entry_of(state["since"]),
        u64(state["since_time"]),
        entry_of(state["moved"]),
    )


def statement_hash(digests):
    """STMT-4."""
    lanes = ("main", "urgent")
    threads = [(bytes.fromhex(item["thread"]), lanes.index(item["lane"]), item["digest"]) for item in digests]
    return sha256(b"mithaq/statement/v1\0", *(id + u8(lane) + bytes.fromhex(d) for id, lane, d in sorted(threads)))


def is_place(value):
    return members_are(value, ("origin", "index")) and is_origin(value["origin"]) and is_number(value["index"])


def is_thread(value):
    return hexadecimal(value["thread"], 32) and value["lane"] in ("main", "urgent") and is_duty(value["what"])


def is_duty(value):
    """STMT-1: a class, and what the desk calls it."""
    return value is None or (isinstance(value, str) and DUTY.match(value) is not None)


def is_cut(value):
    """STMT-2: logs of one channel in rising order, each with a size."""
    if not isinstance(value, list) or not 1 <= len(value) <= 16384:
        return False
    for seen in value:
        if not (members_are(seen, ("origin", "size")) and is_origin(seen["origin"]) and is_number(seen["size"])):
            return False
    places = [seen["origin"].split("/")[1:] for seen in value]
    order = [(agency, int(epoch), lane) for _, agency, epoch, lane in places]
    one_channel = len({channel for channel, *_ in places}) == 1
    return one_channel and order == sorted(set(order)) and all(seen["size"] > 0 for seen in value)


def is_statement(value):
    """STMT-1, STMT-2."""
    if not members_are(value, ("cut", "threads", "hash", "awaiting", "awaits")) or not is_cut(value["cut"]):
        return False
    counted = is_number(value["threads"]) and is_number(value["awaiting"]) and hexadecimal(value["hash"], 64)
    if not counted or not isinstance(value["awaits"], list) or len(value["awaits"]) > min(AWAITS_MAX, value["awaiting"]):
        return False
    return all(
        members_are(item, ("thread", "lane", "what", "from", "by"))
        and is_thread(item)
        and hexadecimal(item["from"], 64)
        and (item["by"] is None or is_number(item["by"]))
        for item in value["awaits"]
    )


def is_statement_answer(value):
    """STMT-5."""
    if not members_are(value, ("statement", "hash", "threads", "contested")) or not is_place(value["statement"]):
        return False
    known = value["hash"] is not None
    if not is_number(value["threads"]) or not (hexadecimal(value["hash"], 64) if known else value["threads"] == 0):
        return False
    return (
        isinstance(value["contested"], list)
        and len(value["contested"]) <= AWAITS_MAX
        and all(
            members_are(item, ("thread", "lane", "what", "ground")) and is_thread(item) and item["ground"] in GROUNDS
            for item in value["contested"]
        )
    )


def parse_control(kind, body, rule):
    """The body of a protocol record (BATCH-2, RECORD-7, RECORD-10, EVID-13); one that can't be read is refused."""
    if kind == "mithaq.agreement/1":
        return under(rule, parse_bundle, body)
    value = parse_json(body, 2 * MIB, rule)
    if kind in OTHER_BODIES:
        demand(OTHER_BODIES[kind](value), rule, f"not a body of {kind}")
        return value
    if kind == "mithaq.withheld/1":
        demand(is_places(value), rule, "not a word about withheld records")
        return value
    if kind == "mithaq.batch/1":
        demand(members_are(value, ("time", "seen")) and is_number(value["time"]), rule, "not a manifest")
        demand(isinstance(value["seen"], list), rule, "not a manifest")
        for seen in value["seen"]:
            demand(members_are(seen, ("origin", "size")), rule, "not a seen head")
            demand(is_origin(seen["origin"]) and is_number(seen["size"]), rule, "not a seen head")
        return value
    if kind == "mithaq.received/1":
        demand(is_received(value), rule, "not the name of a batch")
        return value
    if kind == "mithaq.refusal/1":
        demand(members_are(value, ("batch", "refused")) and is_batch_ref(value["batch"]), rule, "not a refusal")
        demand(isinstance(value["refused"], list), rule, "not a refusal")
        for entry in value["refused"]:
            demand(members_are(entry, ("index", "rule", "reason")) and is_number(entry["index"]), rule, "not a refusal")
            demand(isinstance(entry["rule"], str) and isinstance(entry["reason"], str), rule, "not a refusal")
        return value
    if kind == "mithaq.statement/1":
        demand(is_statement(value), rule, "not a statement")
        return value
    if kind == "mithaq.statement_answer/1":
        demand(is_statement_answer(value), rule, "not an answer to a statement")
        return value
    if kind == "mithaq.revocation/1":
        demand(is_place(value), rule, "not a revocation")
        return value
    demand(kind == "mithaq.enrolment/1", rule, f"{kind} is not what is expected")
    demand_officer(value, rule)
    return value


# --- batches ---


@dataclasses.dataclass
class Frame:
    origin: str
    first: int
    note: str
    commitments: list
    sealing_key: bytes
    encapsulated: bytes
    keyring: bytes
    withheld: bytes
    lengths: list
    ciphertexts: bytes


def parse_frame(data):
    """BATCH-5."""
    rule = "BATCH-5"
    fields = Bytes(data, rule)
    demand(fields.take(4) == b"MQB\1", rule, "another version")
    demand(fields.number(2) == 1, rule, "another suite")
    origin = utf8(fields.prefixed(2), rule)
    demand(is_origin(origin), rule, "not the name of a log")
    first, count = fields.number(8), fields.number(4)
    demand(1 <= count <= 4096, rule, "no or too many entries")
    note = utf8(fields.prefixed(4), rule)
    commitments = [fields.take(32) for _ in range(count)]
    sealing_key = fields.take(32)
    encapsulated, keyring, withheld = fields.prefixed(4), fields.prefixed(4), fields.prefixed(4)
    lengths = [fields.number(4) for _ in range(count)]
    ciphertexts = fields.rest()
    demand(len(ciphertexts) == sum(lengths), rule, "lengths do not add up")
    return Frame(
        origin, first, note, commitments, sealing_key, encapsulated, keyring, withheld, lengths, ciphertexts
    )


def utf8(data, rule):
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(rule, "not UTF-8") from error


SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


def sealing_key(seed):
    """SEAL-3: the private key of a seed, and the id of its public key."""
    expanded = hashlib.shake_256(seed).digest(96)
    kem, curve = MLKEM768PrivateKey.from_seed_bytes(expanded[:64]), X25519PrivateKey.from_private_bytes(expanded[64:])
    public = kem.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
    return hpke.MLKEM768X25519PrivateKey(kem, curve), sha256(b"mithaq/sealing-key/v1\0", public)


def open_keyring(frame, root, recipient, seed):
    """SEAL-1, SEAL-2: one secret for each entry."""
    private, identity = sealing_key(seed)
    demand(frame.sealing_key == identity, "SEAL-2", "sealed to another key")
    origin = frame.origin.encode()
    info = b"mithaq/seal/v1\0" + u16(1) + u16(len(origin)) + origin + u64(frame.first) + u32(len(frame.commitments))
    info += root + recipient + identity
    try:
        opened = SUITE.decrypt(frame.encapsulated + frame.keyring, private, info=info)
    except (InvalidTag, ValueError) as error:
        raise Refused("SEAL-1", "the keyring does not open") from error
    demand(len(opened) == 32 * len(frame.commitments), "SEAL-2", "not one secret for each entry")
    return [opened[at : at + 32] for at in range(0, len(opened), 32)]


def open_frame(data, held, log_keys, document_keys, recipient, seed, agreement):
    """What a receiver checks before it decides: (frame, root, keyring, records; None where withheld)."""
    frame = parse_frame(data)
    checkpoint, _ = logs.demand_log(logs.parse_note(frame.note), log_keys)
    leaves = [logs.leaf_hash(entry) for entry in held + frame.commitments]
    demand(frame.first == len(held), "BATCH-4", "not the next entries")
    over = (checkpoint.origin, checkpoint.size, checkpoint.root)
    demand(over == (frame.origin, len(leaves), logs.root_of(leaves)), "BATCH-4", "the checkpoint is over another log")
    keyring = open_keyring(frame, checkpoint.root, recipient, seed)
    withheld = parse_withheld(frame, document_keys)

    _, channel, author, _, _ = frame.origin.split("/")
    context = Context(bytes.fromhex(channel), bytes.fromhex(author), agreement)
    records, content = [], Bytes(frame.ciphertexts, "BATCH-5")
    for index, (secret, entry, length) in enumerate(zip(keyring, frame.commitments, frame.lengths), frame.first):
        ciphertext = content.take(length)
        if index in withheld:
            demand(secret == NO_SECRET and not ciphertext, "WITHHELD-2", "a withheld record with content")
            demand(index != frame.first, "WITHHELD-2", "a withheld manifest")
            records.append(None)
            continue
        parts = open_record(context, secret, entry, ciphertext)
        header = parse_header(parts.header)
        if index == frame.first:
            demand(header["kind"] == "mithaq.batch/1", "BATCH-1", "no manifest")
            parse_control(header["kind"], parts.body, "BATCH-2")
        records.append((header, parts))
    return frame, checkpoint.root, keyring, records


def parse_withheld(frame, keys):
    """WITHHELD-1: the indexes that a note withholds."""
    if not frame.withheld:
        return set()
    rule = "WITHHELD-1"
    body = demand_document(frame.withheld, "withheld", keys, rule)
    note = parse_json(body, 512 * 1024, rule)
    demand(members_are(note, ("origin", "indexes", "commitments")), rule, "not a withheld note")
    indexes, commitments = note["indexes"], note["commitments"]
    demand(note["origin"] == frame.origin and indexes == sorted(set(indexes)), rule, "of another log, or not rising")
    demand(len(indexes) == len(commitments), rule, "not one commitment for each index")
    for index, entry in zip(indexes, commitments):
        place = index - frame.first
        inside = 0 <= place < len(frame.commitments) and hexadecimal(entry, 64)
        demand(inside and frame.commitments[place].hex() == entry, rule, "another entry")
    return set(indexes)
