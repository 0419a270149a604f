"""What officers sign: docs/spec/records.md, RECORD-1 and RECORD-2."""

from __future__ import annotations

from hashlib import sha256


def record_digest(channel: str, author: str, agreement: str, header: bytes, body: bytes) -> bytes:
    """The digest of a record (RECORD-1). The ids are hexadecimal; header and body are the bytes as they are sent."""
    ids = b"".join(bytes.fromhex(name) for name in (channel, author, agreement))
    if len(ids) != 96:
        raise ValueError("channel, author and agreement have 64 hexadecimal digits each")
    lengths = len(header).to_bytes(4, "big"), len(body).to_bytes(8, "big")
    return sha256(b"mithaq/record/v1\0" + ids + lengths[0] + header + lengths[1] + sha256(body).digest()).digest()


def officer_digest(role: str, origin: str, index: int, digest: bytes) -> bytes:
    """What an officer enrolled at `index` of the log `origin` signs to approve a record in a role (RECORD-2)."""
    name, log = role.encode(), origin.encode()
    return sha256(
        b"mithaq/officer/v1\0"
        + len(name).to_bytes(1, "big")
        + name
        + len(log).to_bytes(2, "big")
        + log
        + index.to_bytes(8, "big")
        + digest
    ).digest()
