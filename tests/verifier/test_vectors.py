"""Replays every vector file of crates/protocol/testdata/vectors."""

import base64
import functools
import json
import pathlib

import logs
import parties
import records
import strict
from strict import Refused, keys_of

VECTORS = pathlib.Path(__file__).resolve().parents[2] / "crates/protocol/testdata/vectors"


def load(name):
    return json.loads((VECTORS / name).read_text())


def check(condition, found):
    """Fails with what was found, also where Python runs without assertions."""
    if not condition:
        raise AssertionError(f"found {found}")


def table(cases, case_of):
    """One test a case, named by its `name` or its number."""
    return [(case.get("name", str(n)), functools.partial(case_of, case)) for n, case in enumerate(cases)]


def refuses(function, *arguments):
    """The refusal, or None if the function accepts."""
    try:
        function(*arguments)
    except Refused as error:
        return error
    return None


def judge(valid, function, *arguments):
    refusal = refuses(function, *arguments)
    check((refusal is None) == valid, refusal or "that it was accepted")


# --- tlog.json ---


def hexes(values):
    return [bytes.fromhex(value) for value in values]


def test_tlog_roots_and_keys():
    vectors = load("tlog.json")
    leaves = [logs.leaf_hash(entry) for entry in hexes(vectors["entries"])]
    for size, root in enumerate(vectors["roots"]):
        check(logs.root_of(leaves[:size]).hex() == root, size)
    check(len(vectors["roots"]) == len(leaves) + 1, "another number of roots")
    for keys in (vectors["log_keys"], vectors["receipt_keys"]):
        for vkey in keys["vkeys"]:
            logs.parse_vkey(vkey)


def test_tlog_inclusion():
    def case_of(case):
        leaf, root = bytes.fromhex(case["leaf"]), bytes.fromhex(case["root"])
        found = logs.inclusion_root(case["index"], case["size"], leaf, hexes(case["path"]))
        check((found == root) == case["valid"], found)

    return table(load("tlog.json")["inclusion"], case_of)


def test_tlog_consistency():
    def case_of(case):
        old, new = bytes.fromhex(case["old_root"]), bytes.fromhex(case["new_root"])
        found = logs.is_consistent(case["old_size"], old, case["new_size"], new, hexes(case["proof"]))
        check(found == case["valid"], found)

    return table(load("tlog.json")["consistency"], case_of)


def test_tlog_texts():
    vectors = load("tlog.json")
    log_keys, receipt_keys = [
        (bytes.fromhex(keys["ed25519"]), bytes.fromhex(keys["ml_dsa_44"]))
        for keys in (vectors["log_keys"], vectors["receipt_keys"])
    ]
    agency = vectors["receipt_keys"]["agency"]

    def result(checkpoint, time, **more):
        head = {"origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.hex(), "time_s": time}
        return head | more

    def open_checkpoint(case):
        note = logs.parse_note(case["text"])
        opened = logs.demand_log(note, log_keys)
        logs.receipt_lines(note)
        return result(*opened)

    def open_proof(case):
        proof = logs.parse_proof(case["text"])
        checkpoint = logs.demand_path(proof, bytes.fromhex(case["entry"]))
        _, time = logs.demand_log(proof.note, log_keys)
        receipts = []
        for by, lines in logs.receipt_lines(proof.note).items():
            strict.demand(by == agency, "LOG-15", "a receipt by an unknown key")
            receipts.append({"agency": by, "time_s": logs.demand_receipt(lines, checkpoint, by, receipt_keys)})
        return result(checkpoint, time, index=proof.index, receipts=receipts)

    openers = {
        "checkpoint": open_checkpoint,
        "receipt": lambda case: result(*logs.open_receipt(case["text"], agency, receipt_keys)),
        "proof": open_proof,
    }

    def case_of(case):
        if case["valid"]:
            found = openers[case["kind"]](case)
            check(found == case["result"], found)
        else:
            check(refuses(openers[case["kind"]], case), "that it was accepted")

    return table(vectors["texts"], case_of)


# --- documents.json ---


def test_preimages():
    def case_of(case):
        found = strict.preimage(case["kind"], case["agency"], case["serial"], base64.b64decode(case["bytes"]))
        check(found == base64.b64decode(case["preimage"]), found)

    return table(load("documents.json")["preimages"], case_of)


def test_documents():
    def case_of(case):
        keys = keys_of(case["keys"])
        judge(case["valid"], strict.demand_document, case["document"].encode(), case["kind"], keys)

    return table(load("documents.json")["documents"], case_of)


def test_json():
    def case_of(case):
        judge(case["valid"], strict.parse_json, base64.b64decode(case["bytes"]), 2**20)

    return table(load("documents.json")["json"], case_of)


def test_headers():
    def case_of(case):
        judge(case["valid"], parties.parse_header, case["header"].encode())

    return table(load("documents.json")["headers"], case_of)


# --- cards.json ---


def test_chains():
    def case_of(case):
        judge(case["valid"], parties.read_chain, case["file"].encode())
        if case["valid"]:
            chain = parties.read_chain(case["file"].encode())
            found = (chain.agency, parties.fingerprint(chain.agency), parties.qr_text(chain), chain.current()["serial"])
            check(found == (case["agency"], case["fingerprint"], case["qr"], case["serial"]), found)

    return table(load("cards.json")["chains"], case_of)


def test_merges_and_fingerprints():
    vectors = load("cards.json")
    chains = {case["name"]: case["file"] for case in vectors["chains"] if case["valid"]}
    for case in vectors["merges"]:
        held, offered = (parties.read_chain(chains[case[name]].encode()) for name in ("held", "offered"))
        check(parties.merge(held, offered) == case["outcome"], case)
    for case in vectors["fingerprints"]:
        check(parties.fingerprint(case["agency"]) == case["fingerprint"], case)


# --- agreement.json ---


def test_agreements():
    def case_of(case):
        data = case["agreement"].encode()
        judge(case["valid"], parties.parse_agreement, data)
        if case["valid"]:
            check(strict.sha256(data).hex() == case["hash"], case["hash"])

    return table(load("agreement.json")["agreements"], case_of)


def test_bundles():
    vectors = load("agreement.json")
    chains = {chain.agency: chain for chain in (parties.read_chain(file.encode()) for file in vectors["cards"])}

    def read(data):
        bundle = parties.parse_bundle(data)
        parties.demand_bundle(bundle, chains)
        return bundle

    def case_of(case):
        judge(case["valid"], read, case["bundle"].encode())
        if case["valid"]:
            found = read(case["bundle"].encode()).missing()
            check(found == case["missing"], found)

    return table(vectors["bundles"], case_of)


# --- records.json ---


def test_records():
    def case_of(case):
        fields = ("channel", "author", "agreement", "secret", "commitment")
        *context, secret, commitment = (bytes.fromhex(case[name]) for name in fields)
        context = records.Context(*context)
        header, body = case["header"].encode(), base64.b64decode(case["body"])
        check(records.digest(context, header, body).hex() == case["digest"], "another digest")
        check(records.salt(secret).hex() == case["salt"], "another salt")
        check(records.content_key(secret).hex() == case["content_key"], "another content key")
        parts = records.open_record(context, secret, commitment, base64.b64decode(case["ciphertext"]))
        expected = records.Parts(header, case["approvals"].encode(), hexes(case["attachments"]), body)
        check(parts == expected, parts)

    return table(load("records.json")["records"], case_of)


def test_approvals():
    def case_of(case):
        try:
            approvals = records.parse_approvals(case["text"].encode())
        except Refused as error:
            check(case["outcome"] == "refused", error)
            return
        officer = lambda public: {"scheme": "ed25519", "public": base64.b64encode(bytes.fromhex(public)).decode()}
        officers = [(given["enrolment"], officer(given["public"])) for given in case["officers"]]
        check_approvals(case, approvals, officers)

    return table(load("records.json")["approvals"], case_of)


# spec: RECORD-13, RECORD-14, RECORD-15
def test_passkeys():
    def case_of(case):
        try:
            approvals = records.parse_approvals(case["text"].encode())
        except Refused as error:
            check(case["outcome"] == "refused", error)
            return
        parse = lambda body: records.parse_control("mithaq.enrolment/1", body.encode(), "RECORD-14")
        officers = [(given["enrolment"], parse(given["body"])) for given in case["officers"]]
        check_approvals(case, approvals, officers)
        used = [records.used(approval).hex() for approval in approvals]
        check(used == case["used"], used)

    return table(load("passkeys.json")["approvals"], case_of)


def check_approvals(case, approvals, officers):
    """Whether every approval is one of the officer whom it names, and by which credentials."""
    synced, refusals = [], []
    for approval in approvals:
        found = [officer for place, officer in officers if place == approval["enrolment"]]
        try:
            strict.demand(found, "RECORD-7", "nobody is enrolled there")
            synced.append(records.demand_approval(approval, found[0], bytes.fromhex(case["digest"])))
        except Refused as error:
            refusals.append(error)
    check(case["outcome"] == ("invalid" if refusals else "valid"), refusals)
    check(refusals or case.get("synced", synced) == synced, synced)


# spec: RECORD-14
def test_enrolments():
    def case_of(case):
        judge(case["valid"], records.parse_control, "mithaq.enrolment/1", case["body"].encode(), "RECORD-14")

    return table(load("passkeys.json")["enrolments"], case_of)


def test_officer_digests_plaintexts_and_attachments():
    vectors = load("records.json")
    for case in vectors["officer_digests"]:
        place = case["enrolment"]
        digest = bytes.fromhex(case["digest"])
        found = records.officer_digest(case["role"], place["origin"], place["index"], digest).hex()
        check(found == case["officer_digest"], found)
    for case in vectors["plaintexts"]:
        judge(case["valid"], records.parse_plaintext, bytes.fromhex(case["bytes"]))
    for case in vectors["attachments"]:
        plain = bytes([case["byte"]]) * case["length"]
        sealed = records.seal_attachment(bytes.fromhex(case["key"]), plain)
        found = (strict.sha256(sealed).hex(), len(sealed))
        check(found == (case["id"], case["sealed_length"]), found)


# --- batches.json ---


def open_frame(vectors, case, data):
    return records.open_frame(
        data,
        hexes(case["held"]),
        keys_of(vectors["log_keys"]),
        keys_of(vectors["author_document_keys"]),
        bytes.fromhex(vectors["recipient"]),
        bytes.fromhex(vectors["sealing_seed"]),
        bytes.fromhex(vectors["agreement"]),
    )


# spec: SEAL-1, SEAL-2, SEAL-3: the private key comes from its seed by this verifier's own expansion
def test_frames():
    vectors = load("batches.json")

    def case_of(case):
        frame, root, keyring, opened = open_frame(vectors, case, base64.b64decode(case["frame"]))
        described = [
            record and {"kind": record[0]["kind"], "body": base64.b64encode(record[1].body).decode()}
            for record in opened
        ]
        found = {
            "batch": {
                "origin": frame.origin,
                "first": frame.first,
                "count": len(frame.commitments),
                "root": root.hex(),
            },
            "keyring": [secret.hex() for secret in keyring],
            "records": described,
        }
        check(found == case["opened"], found)

    return table(vectors["frames"], case_of)


def test_spoiled_frames():
    vectors = load("batches.json")
    good = {case["name"]: case for case in vectors["frames"]}

    def case_of(case):
        spoiled = apply_edit(base64.b64decode(good[case["of"]]["frame"]), case["edit"])
        check(refuses(open_frame, vectors, good[case["of"]], spoiled), "that it was accepted")

    return table(vectors["spoiled"], case_of)


def test_nack():
    vectors = load("batches.json")
    keys = keys_of(vectors["recipient_document_keys"])
    body = strict.demand_document(vectors["nack"].encode(), "nack", keys)
    nack = strict.parse_json(body, 2**20)
    check(nack["batch"] == vectors["frames"][0]["opened"]["batch"], nack["batch"])
    check(nack["reason"] == "does_not_open", nack["reason"])
    announced = json.dumps(nack["sealing_key"], separators=(",", ":")).encode()
    strict.demand_document(announced, "sealing-key", keys)


def apply_edit(good, edit):
    at, remove = edit["at"], edit["remove"]
    return good[:at] + base64.b64decode(edit["insert"]) + good[at + remove :]


# --- statements.json ---


def test_statement_states_and_hashes():
    vectors = load("statements.json")
    for state in vectors["states"]:
        check(records.state_digest(state).hex() == state["digest"], state["name"])
    for case in vectors["hashes"]:
        check(records.statement_hash(case["digests"]).hex() == case["hash"], case["name"])


def test_statement_bodies():
    def case_of(case):
        judge(case["valid"], records.parse_control, case["kind"], case["body"].encode(), "STMT-2")

    return table(load("statements.json")["bodies"], case_of)
