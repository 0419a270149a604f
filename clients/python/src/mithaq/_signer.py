"""An officer's signing key."""

from __future__ import annotations

import base64
import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class Signer:
    """An officer's Ed25519 key, with which records are approved. It never leaves this process.

    The key counts in a channel once an administrator has enrolled its public half there, under an office:
    `mithaq officer enrol DIR --channel ID --office "Desk 7" --public "$(cat desk-7.pub)"`.
    """

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @classmethod
    def generate(cls) -> Signer:
        """A new key."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def load(cls, path: str | os.PathLike[str], passphrase: str | bytes) -> Signer:
        """Reads a key that `save` wrote, or another Ed25519 key in encrypted PKCS#8 PEM.

        Errors: `OSError`; `ValueError` if the passphrase is wrong or the file holds another key; `PermissionError` if
        others than its owner may read it.
        """
        path = Path(path)
        _refuse_if_others_read(path)
        key = serialization.load_pem_private_key(path.read_bytes(), _bytes(passphrase))
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError(f"{path} holds no Ed25519 key")
        return cls(key)

    def save(self, path: str | os.PathLike[str], passphrase: str | bytes) -> None:
        """Writes the key to a new file that only its owner may read, sealed by the passphrase (PKCS#8 PEM, encrypted).

        Errors: `FileExistsError`, because a key is never replaced; `ValueError` without a passphrase.
        """
        sealed = self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(_bytes(passphrase)),
        )
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "wb") as out:
            out.write(sealed)
            out.flush()
            os.fsync(out.fileno())

    @property
    def public(self) -> bytes:
        """The public key, 32 bytes."""
        return self._key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)

    def public_file(self) -> str:
        """The public key as `mithaq officer enrol --public` takes it: base64. Not secret."""
        return base64.b64encode(self.public).decode()

    def sign(self, data: bytes) -> bytes:
        """An Ed25519 signature (RFC 8032), 64 bytes."""
        return self._key.sign(data)


def read_token(path: str | os.PathLike[str]) -> str:
    """Reads a token's file as `mithaq token new` writes it. One that two administrators made has a half in each line.

    Errors: `OSError`; `PermissionError` if others than its owner may read it; `ValueError` if it is empty.
    """
    path = Path(path)
    _refuse_if_others_read(path)
    token = "".join(path.read_text(encoding="ascii").split())
    if not token:
        raise ValueError(f"{path} holds no token")
    return token


def _refuse_if_others_read(path: Path) -> None:
    if path.stat().st_mode & 0o077:
        raise PermissionError(f"{path} can be read by others than its owner: chmod 600 {path}")


def _bytes(passphrase: str | bytes) -> bytes:
    passphrase = passphrase.encode() if isinstance(passphrase, str) else passphrase
    if not passphrase:
        raise ValueError("a key is sealed by a passphrase: give one")
    return passphrase
