"""The two verifiers against each other: whatever is done to the sections of a file, both say the same of it.

Runs the program that `run.py` was given. A mutation may be harmless (a seen receipt may be left out); then both must tell
the same facts.
"""

import functools
import json
import multiprocessing
import os
import pathlib
import subprocess
import tempfile

from strict import Refused
from test_evidence import ENTRIES, GOOD, MISSED
from test_vectors import VECTORS, check
from verify import ENTRY_MAGIC, MAGIC, MISSED_MAGIC, verify

CONSISTENT, DOES_NOT_VERIFY = 9, 4


def split(data, magic):
    """The sections of a file, each with its tag and length."""
    rest, sections = data[len(magic) :], []
    while rest:
        length = 5 + int.from_bytes(rest[1:5], "big")
        sections.append(rest[:length])
        rest = rest[length:]
    return sections


def mutations(sections, others):
    """Lists of sections: each twice in every place of its tag, left out, exchanged, under another tag, or another file's."""
    for place, section in enumerate(sections):
        without = sections[:place] + sections[place + 1 :]
        yield without
        for to in {place, len(sections), 0}:
            yield sections[:to] + [section] + sections[to:]
        for other in range(place):
            yield sections[:other] + [section] + sections[other + 1 : place] + [sections[other]] + sections[place + 1 :]
        yield sections[:place] + [bytes([section[0] % 10 + 1]) + section[1:]] + sections[place + 1 :]
        yield sections[:place] + [section[:1] + bytes(4)] + sections[place + 1 :]
        for foreign in others:
            for item in foreign:
                if item[0] == section[0] and item != section:
                    yield sections[:place] + [item] + sections[place + 1 :]
                    yield sections[:place] + [section, item] + sections[place + 1 :]


def mutated_files():
    """Every mutation of every good file, by name; members of missed deadlines are taken from each other too."""
    for magic, files in ((MAGIC, GOOD), (MISSED_MAGIC, MISSED), (ENTRY_MAGIC, ENTRIES)):
        parsed = [split(path.read_bytes(), magic) for path in files]
        for path, sections in zip(files, parsed):
            others = [other for other in parsed if other is not sections]
            seen = set()
            for sections_of_one in mutations(sections, others):
                data = magic + b"".join(sections_of_one)
                if data not in seen and sections_of_one != sections:
                    seen.add(data)
                    yield path.stem, data


def told(program, path):
    """What the program says of a file: its exit code and its facts."""
    done = subprocess.run([program, "verify", path, "--json"], capture_output=True, check=False)
    return done.returncode, json.loads(done.stdout)


def same(found, facts):
    """Whether the program's facts are those of this verifier, as far as both name them."""
    if "asked" in found:
        return facts["creditor"] != facts["debtor"] and same(found["asked"], facts["asked"])
    if "entry" in found:
        return same_entry(found, facts)
    label = {party["agency"]: party["label"] for party in facts["parties"]}
    bounds = [(found[bound] and label[found[bound]["by"]], facts["times"][f"{bound}_by"]) for bound in ("after", "before")]
    pairs = [
        (found["log"].split("/", 2)[2], facts["record"]["log"]),
        (found["index"], facts["record"]["index"]),
        (found["kind"], facts["record"]["kind"]),
        (found["digest"], facts["record"]["digest"]),
        (found["body_sha256"], facts["record"]["body_sha256"]),
        (found["withheld"], facts["record"]["withheld"]),
        (found["agreement"], facts["agreement"]["hash"]),
        (found["clause_covers_it"], facts["agreement"]["clause_covers_it"]),
        (found["purpose_is_the_clauses"], facts["agreement"]["purpose_is_the_clauses"]),
        (found["contradictions"], facts["times"]["contradictions"]),
        ([party["fingerprint"] for party in found["parties"]], [party["fingerprint"] for party in facts["parties"]]),
        (list(map(approved, found["approvals"])), list(map(approved, facts["approvals"]))),
        (
            {label[receipt["agency"]] for receipt in found["receipts"]},
            {party["label"] for party in facts["parties"] if party["received"]},
        ),
    ]
    return all(ours == theirs for ours, theirs in pairs + bounds)


def approved(given):
    """What both verifiers say of an approval."""
    return tuple(given.get(name) for name in ("role", "office", "enrolled_before", "passkey"))


def same_entry(found, facts):
    """The same of a file without content."""
    label = {party["agency"]: party["label"] for party in facts["parties"]}
    word = lambda one: (one["log"].split("/", 2)[2], one["index"], bound(one["before"]))
    bound = lambda time: time and label[time["by"]]
    told = lambda one: (one["log"], one["index"], one["before_by"])
    pairs = [
        (found["log"].split("/", 2)[2], facts["place"]["log"]),
        (found["index"], facts["place"]["index"]),
        (found["size"], facts["place"]["size"]),
        (found["entry"], facts["place"]["entry"]),
        (found["withheld"], facts["withheld"]),
        (found["agreement"], facts["agreement"]["hash"]),
        (found["contradictions"], facts["times"]["contradictions"]),
        (bound(found["after"]), facts["times"]["after_by"]),
        (bound(found["before"]), facts["times"]["before_by"]),
        ([party["fingerprint"] for party in found["parties"]], [party["fingerprint"] for party in facts["parties"]]),
        ({label[one["agency"]] for one in found["receipts"]}, {one["label"] for one in facts["parties"] if one["received"]}),
        (found["order"] and word(found["order"]), facts["order"] and told(facts["order"])),
        ([(word(one), one["after_order"]) for one in found["erased"]], [(told(one), one["after_order"]) for one in facts["erased"]]),
        ([label[agency] for agency in found["silent"]], [one["party"] for one in facts["missing"] if one["what"] == "word"]),
    ]
    return all(ours == theirs for ours, theirs in pairs)


def differs(program, case):
    """How the two disagree about a file, or None."""
    name, data = case
    with tempfile.NamedTemporaryFile(suffix=".mithaq") as file:
        file.write(data)
        file.flush()
        code, facts = told(program, file.name)
    try:
        found = verify(data)
    except Refused as refusal:
        agree = (code, facts.get("verdict")) == (DOES_NOT_VERIFY, "refused")
        return None if agree else f"{name}: {refusal}, and the program says {code} {facts}"
    agree = (code, facts.get("verdict")) == (CONSISTENT, "consistent") and same(found, facts)
    return None if agree else f"{name}: it holds, and the program says {code} {facts}; here {found}"


# spec: EVID-1, EVID-3, EVID-4, EVID-8, EVID-9, EVID-14, EVID-19, EVID-23, EVID-26, EVID-27, EVID-29
def test_both_verifiers_say_the_same_of_every_mutation():
    program = os.environ.get("MITHAQ")
    check(program and pathlib.Path(program).exists(), f"no program at {program}: build it, and name it to run.py")
    cases = list(mutated_files())
    good = [(path.stem, path.read_bytes()) for path in GOOD + MISSED + ENTRIES]
    bad = [(path.stem, path.read_bytes()) for path in sorted((VECTORS / "evidence").glob("bad-*.mithaq"))]
    check(len(cases) > 500, len(cases))
    with multiprocessing.get_context("fork").Pool(2) as pool:
        found = pool.map(functools.partial(differs, program), good + bad + cases, chunksize=16)
    disagreements = [difference for difference in found if difference is not None]
    check(not disagreements, "\n".join(disagreements[:10]) + f"\n{len(disagreements)} of {len(cases)}")
    print(f"{len(cases)} mutations, and both verifiers say the same of each")
