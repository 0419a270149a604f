"""Approvals by passkeys (docs/spec/records.md): where they may be asked for, and whether an assertion is one."""

import base64
import dataclasses
import functools
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from strict import Bytes, Refused, demand, ed25519_is_valid, is_sound_ed25519, parse_json, sha256

P256_PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
CLIENT_DATA_MAX = AUTHENTICATOR_DATA_MAX = 2048
USER_PRESENT, USER_VERIFIED, BACKUP_ELIGIBLE, BACKED_UP, CREDENTIAL, EXTENSIONS = 0x01, 0x04, 0x08, 0x10, 0x40, 0x80
LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
DOMAIN = re.compile(rf"({LABEL}\.)*(?=[a-z]){LABEL}")
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


@dataclasses.dataclass(frozen=True)
class Passkey:
    algorithm: str
    public: bytes
    origin: str
    rp_id: str


def is_domain(host):
    return len(host) <= 253 and DOMAIN.fullmatch(host) is not None


def is_site(origin, rp_id):
    """RECORD-14: an origin as browsers spell it, and a relying party that its pages may speak for."""
    found = re.fullmatch(r"(https?)://(\[::1\]|[^:]*)(?::([1-9][0-9]{0,4}))?", origin, re.ASCII)
    if not found:
        return False
    scheme, host, port = found.groups()
    if host not in LOOPBACK and (scheme == "http" or not is_domain(host)):
        return False
    if port is not None and (int(port) > 65535 or port == {"https": "443", "http": "80"}[scheme]):
        return False
    return host == rp_id or (is_domain(rp_id) and host.endswith("." + rp_id))


def is_key(algorithm, public):
    """RECORD-14: 32 bytes as DOC-12 wants them, or the uncompressed spelling of a point."""
    if algorithm == "ed25519":
        return is_sound_ed25519(public)
    x, y = int.from_bytes(public[1:33], "big"), int.from_bytes(public[33:], "big")
    return algorithm == "es256" and len(public) == 65 and public[0] == 4 and x < P256_PRIME and y < P256_PRIME


@functools.lru_cache(maxsize=1024)
def es256_is_valid(public, message, signature):
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
        key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def demand_client_data(data, challenge, origin, rule):
    """RECORD-15: the browser was asked for this, by a page of this origin and of no other's."""
    members = parse_json(data, CLIENT_DATA_MAX, rule)
    demand(isinstance(members, dict), rule, "the client data are no object")
    asked = base64.urlsafe_b64encode(challenge).decode().rstrip("=")
    for name, expected in (("type", "webauthn.get"), ("challenge", asked), ("origin", origin)):
        demand(members.get(name) == expected, rule, f"the client data have another {name}")
    demand(members.get("crossOrigin", False) is False, rule, "the page was framed by another site's")
    demand("topOrigin" not in members, rule, "the page was framed by another site's")


def demand_authenticator_data(data, rp_id, rule):
    """RECORD-15: the authenticator had found its holder present and verified them. Whether the credential is synced."""
    demand(len(data) <= AUTHENTICATOR_DATA_MAX, rule, "too long")
    fields = Bytes(data, rule)
    demand(fields.take(32) == sha256(rp_id.encode()), rule, "another relying party")
    flags, _counter = fields.number(1), fields.number(4)
    demand(flags & USER_PRESENT and flags & USER_VERIFIED, rule, "the holder was not present and verified")
    demand(flags & BACKUP_ELIGIBLE or not flags & BACKED_UP, rule, "copied, and not to be copied")
    demand(not flags & CREDENTIAL, rule, "a new credential in an assertion")
    if flags & EXTENSIONS:
        demand(pass_over(fields, 4, rule) == 5, rule, "the extension data are no map")
    demand(not fields.left(), rule, "bytes behind the end")
    return bool(flags & BACKED_UP)


def pass_over(fields, levels, rule):
    """Passes over an item of CTAP2 canonical CBOR and gives its major type."""
    first = fields.number(1)
    major, info = first >> 5, first & 31
    demand(info <= 27, rule, "an item of indefinite length")
    value = info if info < 24 else fields.number(1 << (info - 24))
    least = 0 if info < 24 else 24 if info == 24 else 1 << (8 << (info - 25))
    if major == 7:
        demand(20 <= info <= 23 or 25 <= info, rule, "a simple value that is not known")
        return major
    demand(value >= least and major != 6, rule, "not in the shortest form, or a tag")
    if major in (2, 3):
        content = fields.take(value)
        try:
            content.decode("utf-8" if major == 3 else "latin-1")
        except UnicodeDecodeError as error:
            raise Refused(rule, "a text that is not UTF-8") from error
    if major in (4, 5):
        demand(levels > 0, rule, "nested too deep")
        for _ in range(value * (major - 3)):
            pass_over(fields, levels - 1, rule)
    return major


def demand_assertion(passkey, challenge, authenticator_data, client_data, signature, rule="RECORD-15"):
    """RECORD-15: whether the credential is synced."""
    demand(is_key(passkey.algorithm, passkey.public), rule, "not a key")
    demand_client_data(client_data, challenge, passkey.origin, rule)
    synced = demand_authenticator_data(authenticator_data, passkey.rp_id, rule)
    is_valid = {"es256": es256_is_valid, "ed25519": ed25519_is_valid}[passkey.algorithm]
    demand(is_valid(passkey.public, authenticator_data + sha256(client_data), signature), rule, "not the key's signature")
    return synced
