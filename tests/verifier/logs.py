"""Logs: tree, checkpoint, receipt, proof (docs/spec/log.md)."""

import dataclasses
import functools
import re

from strict import demand, ed25519_is_valid, from_base64, ml_dsa_44_is_valid, sha256, u8, u64

NUMBER_MAX = 2**63 - 1
EMPTY_ROOT = sha256()


def leaf_hash(entry):
    return sha256(b"\0", entry)


def node_hash(left, right):
    return sha256(b"\1", left, right)


def root_of(leaves):
    """The root over leaf hashes, by the definition of RFC 6962."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node_hash(root_of(leaves[:split]), root_of(leaves[split:]))


def inclusion_root(index, size, leaf, path):
    """The root to which a path leads, or None if it has the wrong length. Goes down the tree by its definition."""
    if not 0 <= index < size:
        return None
    if size == 1:
        return leaf if not path else None
    if not path:
        return None
    split = 1 << ((size - 1).bit_length() - 1)
    *rest, sibling = path
    if index < split:
        below = inclusion_root(index, split, leaf, rest)
        return None if below is None else node_hash(below, sibling)
    below = inclusion_root(index - split, size - split, leaf, rest)
    return None if below is None else node_hash(sibling, below)


def is_consistent(old_size, old_root, new_size, new_root, proof):
    """LOG-3, by the recursive definition of RFC 6962 section 2.1.2."""
    if old_size > new_size:
        return False
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT
    if old_size == new_size:
        return not proof and old_root == new_root

    proof = list(proof)

    def subproof(old, size, complete):
        """(old root, new root) of a subtree, taking hashes from the end of the proof."""
        if old == size:
            if complete:
                return old_root, old_root
            found = proof.pop()
            return found, found
        split = 1 << ((size - 1).bit_length() - 1)
        other = proof.pop()
        if old <= split:
            before, after = subproof(old, split, complete)
            return before, node_hash(after, other)
        before, after = subproof(old - split, size - split, False)
        return node_hash(other, before), node_hash(other, after)

    try:
        found = subproof(old_size, new_size, True)
    except IndexError:
        return False
    return not proof and found == (old_root, new_root)


def parse_number(text, rule):
    demand(re.fullmatch("0|[1-9][0-9]{0,18}", text) is not None and int(text) <= NUMBER_MAX, rule, "not a number")
    return int(text)


@dataclasses.dataclass
class Note:
    text: str
    lines: list  # (name, key id, signature)


def is_name(name):
    return 1 <= len(name.encode()) <= 255 and not any(c.isspace() or c == "+" or c < " " for c in name)


@functools.lru_cache(maxsize=256)
def parse_note(text):
    """LOG-5, LOG-6."""
    demand(len(text.encode()) <= 512 * 1024, "LOG-6", "the note is too long")
    demand(not any(c < " " and c != "\n" for c in text), "LOG-5", "a control character in a note")
    body, blank, signatures = text.rpartition("\n\n")
    demand(blank and signatures.endswith("\n"), "LOG-5", "no signature lines, or no newline at the end")
    rows = signatures[:-1].split("\n")
    demand(len(rows) <= 128, "LOG-6", "too many signature lines")
    lines = [parse_line(row) for row in rows]
    demand(len({line[:2] for line in lines}) == len(lines), "LOG-5", "a key signs twice")
    return Note(body + "\n", lines)


def parse_line(row):
    parts = row.split(" ")
    demand(len(parts) == 3 and parts[0] == "\u2014" and is_name(parts[1]), "LOG-5", "not a signature line")
    value = from_base64(parts[2], "LOG-5")
    demand(4 < len(value) <= 4 + 8192, "LOG-6", "a signature of no or too many bytes")
    return parts[1], value[:4], value[4:]


@dataclasses.dataclass
class Checkpoint:
    origin: str
    size: int
    root: bytes
    text: str


def parse_checkpoint(text):
    """LOG-8."""
    lines = text.split("\n")
    demand(len(lines) == 4 and lines[3] == "", "LOG-8", "a checkpoint has three lines")
    root = from_base64(lines[2], "LOG-8")
    checkpoint = Checkpoint(lines[0], parse_number(lines[1], "LOG-8"), root, text)
    demand(is_name(lines[0]) and len(root) == 32, "LOG-8", "not a checkpoint")
    demand(checkpoint.size > 0 or root == EMPTY_ROOT, "LOG-8", "an empty tree has one root")
    return checkpoint


def key_id(name, key_type, key):
    """LOG-7."""
    return sha256(name.encode(), b"\n", u8(key_type), key)[:4]


def parse_vkey(text):
    """LOG-7: (name, type, key)."""
    parts = text.split("+", 2)
    demand(len(parts) == 3 and is_name(parts[0]), "LOG-7", "not a verifier key")
    typed = from_base64(parts[2], "LOG-7")
    demand({1: 32, 4: 32, 6: 1312}.get(typed[0]) == len(typed) - 1, "LOG-7", "not a key of a known type")
    demand(parts[1] == key_id(parts[0], typed[0], typed[1:]).hex(), "LOG-7", "another key id")
    return parts[0], typed[0], typed[1:]


def demand_line(line, name, key_type, key, checkpoint, rule):
    """Checks a signature line and returns its time, if its type has one (LOG-11)."""
    found, identity, signature = line
    demand((found, identity) == (name, key_id(name, key_type, key)), rule, "a line by another key")
    if key_type == 1:
        demand(ed25519_is_valid(key, checkpoint.text.encode(), signature), rule, "an Ed25519 signature is not valid")
        return None
    time, signature = int.from_bytes(signature[:8], "big"), signature[8:]
    demand(1 <= time <= NUMBER_MAX, rule, "a time is zero or too large")
    if key_type == 4:
        message = f"cosignature/v1\ntime {time}\n{checkpoint.text}".encode()
        demand(ed25519_is_valid(key, message, signature), rule, "an Ed25519 cosignature is not valid")
        return time
    names = [u8(len(n.encode())) + n.encode() for n in (name, checkpoint.origin)]
    message = b"subtree/v1\n\0" + names[0] + u64(time) + names[1] + u64(0) + u64(checkpoint.size) + checkpoint.root
    demand(ml_dsa_44_is_valid(key, message, signature), rule, "an ML-DSA-44 cosignature is not valid")
    return time


def receipt_name(agency):
    return f"{agency}/mithaq-receipt"


def receipt_lines(note, rule="LOG-10"):
    """The pairs of lines after those of the log, by agency; the agencies rise."""
    rest = note.lines[2:]
    demand(len(rest) % 2 == 0, rule, "half a receipt")
    pairs = {}
    for first, second in zip(rest[::2], rest[1::2]):
        found = re.fullmatch("([0-9a-f]{64})/mithaq-receipt", first[0])
        demand(found is not None and first[0] == second[0], rule, "a line that is no receipt's")
        demand(all(agency < found[1] for agency in pairs), rule, "receipts are not in rising order")
        pairs[found[1]] = (first, second)
    return pairs


def demand_log(note, keys, rule="LOG-9"):
    """The checkpoint of a note that its log signed with both keys, and the log's time."""
    checkpoint = parse_checkpoint(note.text)
    demand(len(note.lines) >= 2, rule, "a signature of the log is missing")
    demand_line(note.lines[0], checkpoint.origin, 1, keys[0], checkpoint, rule)
    return checkpoint, demand_line(note.lines[1], checkpoint.origin, 6, keys[1], checkpoint, rule)


def demand_receipt(lines, checkpoint, agency, keys, rule="LOG-12"):
    """The time of a receipt (LOG-12, LOG-13)."""
    first = demand_line(lines[0], receipt_name(agency), 4, keys[0], checkpoint, rule)
    second = demand_line(lines[1], receipt_name(agency), 6, keys[1], checkpoint, rule)
    demand(first == second, rule, "the two times of a receipt differ")
    return first


def open_receipt(text, agency, keys):
    note = parse_note(text)
    checkpoint = parse_checkpoint(note.text)
    demand(len(note.lines) == 2, "LOG-12", "a receipt has two lines")
    return checkpoint, demand_receipt(note.lines, checkpoint, agency, keys)


@dataclasses.dataclass
class Proof:
    index: int
    path: list
    note: Note


def parse_proof(text):
    """LOG-14."""
    demand(len(text.encode()) <= 516 * 1024, "LOG-14", "the proof is too long")
    head, blank, note = text.partition("\n\n")
    lines = head.split("\n")
    demand(blank and lines[0] == "c2sp.org/tlog-proof@v1", "LOG-14", "not a proof of this version")
    demand(2 <= len(lines) <= 65 and lines[1].startswith("index "), "LOG-14", "no index, or too long a path")
    path = [from_base64(line, "LOG-14") for line in lines[2:]]
    demand(all(len(hash) == 32 for hash in path), "LOG-14", "a hash of another length")
    return Proof(parse_number(lines[1].removeprefix("index "), "LOG-14"), path, parse_note(note))


def demand_path(proof, entry, rule="LOG-15"):
    """The path must lead from the entry to the root in the note. Needs no key."""
    checkpoint = parse_checkpoint(proof.note.text)
    found = inclusion_root(proof.index, checkpoint.size, leaf_hash(entry), proof.path)
    demand(found == checkpoint.root, rule, "the path does not lead to the checkpoint's root")
    return checkpoint
