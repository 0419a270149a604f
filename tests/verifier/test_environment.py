"""The installed `cryptography` can do what the second verifier needs."""

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, Suite


def test_ml_dsa_44_refuses_a_changed_message():
    key = MLDSA44PrivateKey.from_seed_bytes(bytes(32))
    signature = key.sign(b"message")
    assert len(signature) == 2420
    key.public_key().verify(signature, b"message")
    try:
        key.public_key().verify(signature, b"other")
    except InvalidSignature:
        return
    raise AssertionError("a signature over another message was accepted")


def test_x_wing_seal_opens_only_under_its_info():
    suite = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    key = MLKEM768X25519PrivateKey(MLKEM768PrivateKey.generate(), X25519PrivateKey.generate())
    sealed = suite.encrypt(b"keyring", key.public_key(), info=b"context")
    assert suite.decrypt(sealed, key, info=b"context") == b"keyring"
    try:
        suite.decrypt(sealed, key, info=b"other")
    except InvalidTag:
        return
    raise AssertionError("a seal opened under another context")
