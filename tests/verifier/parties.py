"""Cards, agreements and headers (docs/spec/cards.md, agreement.md, header.md)."""

import base64
import dataclasses
import json

from strict import (
    CODE,
    DAY,
    DIGEST,
    KEYS,
    SIGNATURE,
    SIGNED_DOCUMENT,
    array,
    base64_of,
    demand,
    demand_signature,
    is_day,
    is_kind,
    is_language,
    is_log,
    is_media_type,
    is_text,
    keys_of,
    matching,
    named,
    nullable,
    number,
    obj,
    one_of,
    optional,
    parse_canonical,
    parse_json,
    sha256,
    text,
    texts,
    where,
)

KIB = 1024
BODIES = (
    "police",
    "customs",
    "border_guard",
    "fiu",
    "cert",
    "migration",
    "hajj_mission",
    "ministry",
    "auditor",
    "observer",
    "civil_registry",
    "consulate",
    "judicial",
    "training",
    "defence",
)

CARD = obj(
    mithaq=one_of("card/1"),
    serial=number(1),
    agency=nullable(DIGEST),
    previous=nullable(DIGEST),
    names=texts(200),
    country=matching("[A-Z]{3}", "not a country"),
    body=one_of(*BODIES),
    addresses=array(matching(r"https://[a-z0-9.:\[\]-]{1,292}", "not an address")),
    tls_pin=DIGEST,
    keys=obj(log=KEYS, receipt=KEYS, document=KEYS),
    succession=nullable(KEYS),
    next=DIGEST,
)
CARD_FILE = obj(
    mithaq=one_of("cards/1"),
    cards=array(
        obj(
            card=base64_of(),
            signatures=array(
                obj(
                    key=one_of("log", "receipt", "document", "succession", "previous"),
                    ed25519=base64_of(64),
                    ml_dsa_44=base64_of(2420),
                )
            ),
        )
    ),
)


@dataclasses.dataclass
class Chain:
    """An agency's cards, oldest first. Its signatures are checked by `demand_signatures`."""

    agency: str
    cards: list
    hashes: list
    signatures: list
    raw: list

    def current(self):
        return self.cards[-1]

    def keys(self, role):
        return keys_of(self.current()["keys"][role])

    def at_serial(self, serial):
        return self.cards[serial - 1] if 1 <= serial <= len(self.cards) else None


def parse_chain(data):
    """A card file without its signatures' validity: form, order and links (CARD-1 to CARD-9)."""
    file = parse_canonical(data, 64 * 64 * KIB, CARD_FILE, "CARD-3")
    demand(1 <= len(file["cards"]) <= 64, "CARD-9", "1 to 64 cards")
    cards, hashes, signatures, raw = [], [], [], []
    for signed in file["cards"]:
        bytes_of_card = base64.b64decode(signed["card"])
        card = parse_canonical(bytes_of_card, 32 * KIB, CARD, "CARD-3")
        demand_card(card)
        demand(len(encoded_signed_card(signed)) <= 64 * KIB, "CARD-3", "a signed card is too long")
        before = cards[-1] if cards else None
        demand_link(card, before, hashes)
        names = [signature["key"] for signature in signed["signatures"]]
        own = ["log", "receipt", "document"]
        allowed = [own] if before is None else [own + ["succession"], own + ["succession", "previous"]]
        demand(names in allowed, "CARD-6" if before is None else "CARD-8", f"signatures are {names}")
        cards.append(card)
        hashes.append(sha256(bytes_of_card).hex())
        signatures.append(signed["signatures"])
        raw.append(bytes_of_card)
    return Chain(hashes[0], cards, hashes, signatures, raw)


def encoded_signed_card(signed):
    return json.dumps(signed, ensure_ascii=False, separators=(",", ":")).encode()


def demand_card(card):
    """CARD-3 to CARD-5."""
    demand(len(card["addresses"]) <= 8, "CARD-3", "too many addresses")
    pairs = [card["keys"][role] for role in ("log", "receipt", "document")]
    pairs += [card["succession"]] if card["succession"] else []
    for half in ("ed25519", "ml_dsa_44"):
        demand(len({pair[half] for pair in pairs}) == len(pairs), "CARD-5", "a key has two roles")


def demand_link(card, before, hashes):
    """CARD-2, CARD-7, CARD-9."""
    links = (card["agency"], card["previous"], card["succession"])
    if before is None:
        demand(card["serial"] == 1 and links == (None, None, None), "CARD-2", "not a first card")
        return
    demand(card["serial"] == before["serial"] + 1, "CARD-9", "not the next serial")
    demand(links[:2] == (hashes[0], hashes[-1]), "CARD-9", "not a card of this agency after the one before")
    demand(card["succession"] is not None, "CARD-7", "no succession")
    revealed = sha256(b"mithaq/next-keys/v1\0", *keys_of(card["succession"])).hex()
    demand(revealed == before["next"], "CARD-7", "not the keys that were announced")
    demand(card["next"] != before["next"], "CARD-7", "the next keys are those just used")


def demand_signatures(chain):
    """CARD-6, CARD-8."""
    for place, (card, signatures) in enumerate(zip(chain.cards, chain.signatures)):
        for signature in signatures:
            role = signature["key"]
            if role == "previous":
                keys = chain.cards[place - 1]["keys"]["document"]
            else:
                keys = card["succession"] if role == "succession" else card["keys"][role]
            body = chain.raw[place]
            demand_signature(keys_of(keys), "card", chain.agency, card["serial"], body, signature, "CARD-6")


def read_chain(data):
    """A card file, wholly checked."""
    chain = parse_chain(data)
    demand_signatures(chain)
    return chain


def fingerprint(agency):
    """CARD-12."""
    digits = f"{int(agency, 16) % 10**60:060d}"
    return " ".join(digits[at : at + 5] for at in range(0, 60, 5))


def qr_text(chain):
    """CARD-13."""
    addresses = chain.current()["addresses"]
    return f"mithaq:{chain.agency}" + (f"?at={addresses[0]}" if addresses else "")


def merge(held, offered):
    """CARD-11."""
    if held.agency != offered.agency:
        return "other_agency"
    if any(a != b for a, b in zip(held.hashes, offered.hashes)):
        return "forked"
    if len(held.hashes) == len(offered.hashes):
        return "equal"
    return "extends" if len(held.hashes) < len(offered.hashes) else "behind"


# --- agreement ---

SUBJECTS = (
    "none",
    "suspect",
    "convicted",
    "victim",
    "witness_or_informant",
    "contact_or_associate",
    "missing",
    "traveller",
    "returnee",
    "officer",
)
HANDLING = ("H0", "H1", "H2", "H3")
ROLES = (
    "author",
    "release_authority",
    "head_of_delegation",
    "dpo",
    "fundamental_rights_officer",
    "observer",
    "protection_officer",
)
HOURS = nullable(number(0, 8784))
LIMIT_NAME = r"(?=.{3,64}\Z)[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*"
LONG = texts(1024 * KIB, lines=True)
AGREEMENT = obj(
    mithaq=one_of("agreement/1"),
    version=number(1, 2**32 - 1),
    previous=nullable(DIGEST),
    title=texts(200),
    text=LONG,
    parties=array(obj(agency=DIGEST, label=matching("[A-Z0-9-]{2,16}", "not a label"), names=texts(200))),
    valid_from=DAY,
    valid_until=DAY,
    late_days=number(0, 92),
    termination_notice_days=optional(number(0, 366)),
    lanes=optional(obj(urgent=obj(records_per_hour_max=number(1, 3600), record_bytes_max=number(1, 1024 * KIB)))),
    caps=optional(
        obj(
            records_per_day_max=optional(number(1, 2**32 - 1)),
            bytes_per_day_max=optional(number(1)),
            attachment_bytes_max=optional(number(1)),
        )
    ),
    auditors=optional(array(obj(party=where(lambda value: isinstance(value, str), "not a string"), keys=KEYS))),
    clauses=array(
        obj(
            id=CODE,
            purpose=CODE,
            kinds=array(where(is_kind, "not a kind")),
            authors=array(where(lambda value: isinstance(value, str), "not a string")),
            offences=array(CODE),
            subject_categories=array(one_of(*SUBJECTS[1:])),
            handling=array(one_of(*HANDLING)),
            deadlines=optional(
                obj(
                    receipt_within_hours=HOURS,
                    acknowledge_hours=HOURS,
                    answer_hours=HOURS,
                    urgent_answer_hours=HOURS,
                    feedback_hours=HOURS,
                    indirect_answer_hours=optional(number(0, 8784)),
                    urgent_indirect_answer_hours=optional(number(0, 8784)),
                )
            ),
            retention_days_max=number(1, 1825),
            onward=one_of("none", "with_consent"),
            approvals=array(one_of(*ROLES)),
            records_per_day_max=nullable(number(1, 2**32 - 1)),
            limits=optional(named(LIMIT_NAME, number(1, 527_040))),
            text=LONG,
        )
    ),
)


def distinct(items):
    return len(set(items)) == len(items)


def parse_agreement(data):
    """AGR-DOC-2 to AGR-DOC-14, AGR-DOC-19 to AGR-DOC-21."""
    agreement = parse_canonical(data, 1024 * KIB, AGREEMENT, "AGR-DOC-2")
    demand((agreement["previous"] is None) == (agreement["version"] == 1), "AGR-DOC-3", "previous does not fit")
    demand(agreement["valid_from"] <= agreement["valid_until"], "AGR-DOC-5", "ends before it begins")
    parties, clauses = agreement["parties"], agreement["clauses"]
    labels = [party["label"] for party in parties]
    demand(2 <= len(parties) <= 16 and distinct(labels), "AGR-DOC-6", "parties")
    demand(distinct([party["agency"] for party in parties]), "AGR-DOC-6", "an agency twice")
    demand(1 <= len(clauses) <= 64 and distinct([clause["id"] for clause in clauses]), "AGR-DOC-8", "clauses")
    demand(agreement.get("caps") != {}, "AGR-DOC-20", "caps of nothing")
    auditors = agreement.get("auditors", [None])
    demand(1 <= len(auditors) <= 32, "AGR-DOC-21", "no auditor, or too many")
    for number, auditor in enumerate(auditors):
        demand(auditor is None or auditor["party"] in labels, "AGR-DOC-21", "an auditor of no party")
        demand(auditor not in auditors[:number], "AGR-DOC-21", "an auditor twice")
    for clause in clauses:
        demand_clause(clause, labels)
    return agreement


def demand_clause(clause, labels):
    kinds, authors, offences = clause["kinds"], clause["authors"], clause["offences"]
    demand(1 <= len(kinds) <= 64 and distinct(kinds), "AGR-DOC-9", "kinds")
    demand(not any(kind.startswith("mithaq.") for kind in kinds), "AGR-DOC-9", "a protocol record")
    demand(authors and distinct(authors) and set(authors) <= set(labels), "AGR-DOC-10", "authors")
    demand(len(offences) <= 32 and distinct(offences), "AGR-DOC-11", "offences")
    demand(distinct(clause["subject_categories"]), "AGR-DOC-11", "categories of persons")
    demand(clause["handling"] and rises(clause["handling"], HANDLING), "AGR-DOC-12", "handling codes")
    demand(rises(clause["approvals"], ROLES), "AGR-DOC-12", "approvals")
    limits = clause.get("limits")
    demand(limits is None or 1 <= len(limits) <= 64, "AGR-DOC-19", "no time limit, or too many")
    demand(limits is None or "deadlines" not in clause, "AGR-DOC-19", "time limits in both forms")
    both = "release_authority" not in clause["approvals"] or "author" in clause["approvals"]
    demand(both, "AGR-DOC-13", "a release authority without an author")


def rises(items, order):
    places = [order.index(item) for item in items]
    return all(a < b for a, b in zip(places, places[1:]))


BUNDLE = obj(
    mithaq=one_of("agreement-bundle/1"),
    agreement=base64_of(),
    signatures=array(SIGNATURE),
    sealing_keys=array(SIGNED_DOCUMENT),
)
SEALING_KEY = obj(
    mithaq=one_of("sealing-key/1"),
    channel=DIGEST,
    agency=DIGEST,
    public=base64_of(),
    announced_ms=number(),
)


@dataclasses.dataclass
class Bundle:
    agreement: dict
    raw: bytes
    hash: str
    signatures: list
    sealing_keys: list

    def missing(self):
        """AGR-DOC-18."""
        signed = {signature["agency"] for signature in self.signatures}
        if self.agreement["version"] == 1:
            signed &= {document["signature"]["agency"] for document in self.sealing_keys}
        return [party["agency"] for party in self.agreement["parties"] if party["agency"] not in signed]


def parse_bundle(data):
    """A bundle without its signatures' validity."""
    value = parse_canonical(data, 2048 * KIB, BUNDLE, "AGR-DOC-15")
    raw = base64.b64decode(value["agreement"])
    signers = [signature["agency"] for signature in value["signatures"]]
    holders = [document["signature"]["agency"] for document in value["sealing_keys"]]
    for agencies in (signers, holders):
        demand(agencies == sorted(set(agencies)), "AGR-DOC-15", "not in ascending order, one for each")
    return Bundle(parse_agreement(raw), raw, sha256(raw).hex(), value["signatures"], value["sealing_keys"])


def demand_bundle(bundle, chains):
    """AGR-DOC-16, AGR-DOC-17."""
    for signature in bundle.signatures:
        demand_by_party(bundle, chains, "agreement", bundle.raw, signature, "AGR-DOC-16")
    for document in bundle.sealing_keys:
        body = base64.b64decode(document["body"])
        key = parse_canonical(body, 512 * KIB, SEALING_KEY, "AGR-DOC-17")
        demand(bundle.agreement["version"] == 1, "AGR-DOC-18", "a sealing key in a later version")
        named = (key["channel"], key["agency"])
        demand(named == (bundle.hash, document["signature"]["agency"]), "AGR-DOC-17", "for another channel or agency")
        demand(len(base64.b64decode(key["public"])) == 1216, "AGR-DOC-17", "not an X-Wing key")
        demand_by_party(bundle, chains, "sealing-key", body, document["signature"], "AGR-DOC-17")


def demand_by_party(bundle, chains, kind, body, signature, rule):
    agency, serial = signature["agency"], signature["serial"]
    demand(any(party["agency"] == agency for party in bundle.agreement["parties"]), rule, "not a party")
    demand(agency in chains, rule, "no cards of the signer")
    card = chains[agency].at_serial(serial)
    demand(card is not None, rule, "no such card of the signer")
    demand_signature(keys_of(card["keys"]["document"]), kind, agency, serial, body, signature, rule)


# --- header ---

REFERENCE = ("log", "index")
SPECIAL = (
    "racial_or_ethnic_origin",
    "political_opinion",
    "religion_or_belief",
    "trade_union",
    "genetic",
    "biometric",
    "health",
    "sex_life",
)
GROUNDS = ("public_security", "threat_to_life", "detention_decision", "loss_of_relevance")


def members_are(value, names):
    """Members of a structure that need not be canonical: any order."""
    return isinstance(value, dict) and sorted(value) == sorted(names)


def is_number(value, high=2**53 - 1):
    return isinstance(value, int) and not isinstance(value, bool) and value <= high


def is_reference(value):
    return members_are(value, REFERENCE) and is_log(value["log"]) and is_number(value["index"])


def is_evaluation(value):
    return members_are(value, ("source", "info")) and value["source"] in list("ABCX") and value["info"] in list("1234")


def is_attachment(value):
    if not members_are(value, ("sha256", "size", "name", "media_type")):
        return False
    name = value["name"]
    named = is_text(name, 255) and not set(name) & set("/\\") and name not in (".", "..")
    digest = isinstance(value["sha256"], str) and hexadecimal(value["sha256"], 64)
    return named and digest and is_number(value["size"]) and is_media_type(value["media_type"])


def hexadecimal(value, length):
    return isinstance(value, str) and len(value) == length and set(value) <= set("0123456789abcdef")


def is_code(value):
    return isinstance(value, str) and 1 <= len(value) <= 64 and set(value) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-")


def is_list(test, most=None):
    return lambda value: isinstance(value, list) and (most is None or len(value) <= most) and all(map(test, value))


def is_line(value):
    return is_text(value, 1024)


def word_of(*words):
    return lambda value: isinstance(value, str) and value in words


FIELDS = {
    "kind": is_kind,
    "thread": lambda value: hexadecimal(value, 32),
    "in_reply_to": is_reference,
    "based_on": is_reference,
    "clause": is_code,
    "purpose": is_code,
    "handling": lambda value: is_list(word_of(*HANDLING))(value) and rises(value, HANDLING),
    "h3_text": is_line,
    "urgency": word_of("normal", "urgent"),
    "urgency_ground": word_of(*GROUNDS),
    "evaluation": is_evaluation,
    "subject_category": word_of(*SUBJECTS),
    "retain_until": is_day,
    "author_office": is_line,
    "media_type": is_media_type,
    "attachments": is_list(is_attachment, 32),
    "offence": is_code,
    "necessity": is_line,
    "use_restrictions": is_list(is_line, 32),
    "subject_count": lambda value: is_number(value, 2**32 - 1),
    "is_minor": lambda value: isinstance(value, bool),
    "special_categories": lambda value: is_list(word_of(*SPECIAL))(value) and rises(value, SPECIAL),
    "assurance_ref": is_line,
    "risk_assessment_ref": is_line,
    "consent_ref": is_line,
    "language": lambda value: isinstance(value, str) and is_language(value),
    "tlp": word_of("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"),
    "fresh": lambda value: hexadecimal(value, 32),
}


def parse_header(data):
    """HDR-1 to HDR-12, HDR-14."""
    header = parse_json(data, 16 * KIB, "HDR-1")
    demand(isinstance(header, dict) and set(header) <= set(FIELDS), "HDR-1", "not an object of the known fields")
    for name, value in header.items():
        demand(FIELDS[name](value), "HDR-3", f"{name} is not right")
    demand("kind" in header and "media_type" in header, "HDR-3", "no kind or no media type")
    if header["kind"].startswith("mithaq."):
        facts = {name: value for name, value in header.items() if value not in ([], "normal")}
        demand(set(facts) == {"kind", "media_type"}, "HDR-4", "a protocol record has no facts of its own")
        return header
    required = {"thread", "clause", "purpose", "retain_until"}
    demand(required <= set(header), "HDR-5", f"one of {required} is missing")
    demand(("H3" in header.get("handling", [])) == ("h3_text" in header), "HDR-7", "H3 and its text go together")
    urgent = header.get("urgency") == "urgent"
    demand(urgent == ("urgency_ground" in header), "HDR-8", "urgency and its ground go together")
    return header
