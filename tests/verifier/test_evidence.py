"""Evidence files: the second verifier says of each what the first said, and refuses every changed byte."""

import functools
import json
import multiprocessing
import subprocess
import sys

from strict import Refused
from test_vectors import VECTORS, apply_edit, check, load, refuses, table
from verify import verify, verify_two_histories, verify_with

GOOD = sorted((VECTORS / "evidence").glob("good-*.mithaq"))
MISSED = sorted((VECTORS / "evidence").glob("missed-*.mithaq"))
ENTRIES = sorted((VECTORS / "evidence").glob("entry-*.mithaq"))


def test_good_files():
    def case_of(path):
        found = verify(path.read_bytes())
        check(found == json.loads(path.with_suffix(".json").read_text()), found)

    return [(path.stem, functools.partial(case_of, path)) for path in GOOD + MISSED + ENTRIES]


# spec: EVID-8, EVID-13, DOC-12
def test_files_that_no_honest_author_makes():
    rules = {"bad-one-key": "EVID-8", "bad-one-officer": "EVID-8", "bad-small-order": "EVID-8", "bad-garbage": "EVID-13"}
    rules["bad-passkey"] = "EVID-8"

    def case_of(path):
        refusal = refuses(verify, path.read_bytes())
        check(refusal is not None and refusal.rule == rules[path.stem], refusal)

    found = sorted((VECTORS / "evidence").glob("bad-*.mithaq"))
    check({path.stem for path in found} == set(rules), found)
    return [(path.stem, functools.partial(case_of, path)) for path in found]


def test_spoiled_files():
    cases = [("good-note", "spoiled"), ("good-note", "forged")]
    cases += [("missed-contested", "missed-spoiled"), ("missed-contested", "missed-forged")]
    cases += [("entry-answered", "entry-spoiled")]
    return [case for good, name in cases for case in spoiled(f"{good}.mithaq", f"{name}.json")]


# spec: EVID-30
def test_an_earlier_file_matches_the_entry_of_its_record_and_no_other():
    entries = [path.read_bytes() for path in ENTRIES]
    note = (VECTORS / "evidence/good-before-erasure.mithaq").read_bytes()
    check(len(entries) > 5 and all(verify_with(data, note) == verify(data) for data in entries), "it does not match")
    for path in GOOD:
        refusal = refuses(verify_with, entries[0], path.read_bytes())
        is_it = path.stem == "good-before-erasure"
        check((refusal is None) == is_it and (is_it or refusal.rule in ("EVID-30", "EVID-19")), (path.stem, refusal))
    check(refuses(verify_with, note, note).rule == "EVID-30", "a file with content in the first place")


# spec: EVID-21, EVID-22
def test_two_histories():
    vectors = load("evidence/equivocation.json")

    def case_of(case):
        refusal = refuses(verify_two_histories, case["proof"].encode(), vectors["cards"].encode())
        check((refusal is None) == case["valid"], refusal or "that it was accepted")
        if case["valid"]:
            found = verify_two_histories(case["proof"].encode(), vectors["cards"].encode())
            check(found == {name: case[name] for name in found}, found)

    return table(vectors["cases"], case_of)


def spoiled(file, cases):
    good = (VECTORS / "evidence" / file).read_bytes()

    def case_of(case):
        refusal = refuses(verify, apply_edit(good, case["edit"]))
        check(refusal is not None and refusal.rule == case["rule"], refusal)

    return table(load(f"evidence/{cases}"), case_of)


def test_the_command_says_by_its_exit_code_whether_a_file_holds():
    command = [sys.executable, VECTORS.parents[3] / "tests/verifier/verify.py"]
    good = subprocess.run([*command, GOOD[0]], capture_output=True, check=False)
    check((good.returncode, json.loads(good.stdout)) == (0, verify(GOOD[0].read_bytes())), good)
    refused = subprocess.run([*command, __file__], capture_output=True, check=False)
    check((refused.returncode, refused.stdout) == (4, b""), refused)
    check(subprocess.run(command, capture_output=True, check=False).returncode == 2, "another exit code")


def test_every_changed_byte_is_refused():
    data = (VECTORS / "evidence/good-note.mithaq").read_bytes()
    with multiprocessing.get_context("fork").Pool(2) as pool:
        accepted = pool.map(functools.partial(accepted_flips, data), [(0, 2), (1, 2)])
    check(not any(accepted), f"changed bytes that were accepted at {accepted}")


def test_changed_bytes_of_a_missed_deadline_are_refused():
    """Every member is an evidence file: of those every 29th byte is tried, and all that holds them together."""
    data = (VECTORS / "evidence/missed-contested.mithaq").read_bytes()
    with multiprocessing.get_context("fork").Pool(2) as pool:
        accepted = pool.map(functools.partial(accepted_flips, data), [(0, 58), (29, 58)])
    check(not any(accepted), f"changed bytes that were accepted at {accepted}")
    for at in range(16 + 5):
        check(refuses(verify, data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]) is not None, f"byte {at}")


def test_changed_bytes_of_a_file_without_content_are_refused():
    """Every byte of the frame and every 29th of what it holds."""
    data = (VECTORS / "evidence/entry-answered.mithaq").read_bytes()
    with multiprocessing.get_context("fork").Pool(2) as pool:
        accepted = pool.map(functools.partial(accepted_flips, data), [(0, 58), (29, 58)])
    check(not any(accepted), f"changed bytes that were accepted at {accepted}")
    for at in range(15 + 5 + 96 + 5 + 32):
        check(refuses(verify, data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]) is not None, f"byte {at}")


def accepted_flips(data, share):
    """Places at which a changed byte was accepted, out of every `step`th place from `start`."""
    start, step = share
    verify(data)
    accepted = []
    for at in range(start, len(data), step):
        spoiled = bytearray(data)
        spoiled[at] ^= 0x01
        try:
            verify(bytes(spoiled))
        except Refused:
            continue
        accepted.append(at)
    return accepted
