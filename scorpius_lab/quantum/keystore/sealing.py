"""The secrets of one keyset, and what is done with them: private keys sealed, whole documents authenticated.

A keyset has a random data key and a random anchor key, wrapped together. HKDF-SHA-256 (RFC 5869) derives from the data
key, apart by label and by purpose, the key that seals private keys (AES-256-GCM, random 96-bit nonces) and the key of
the keyset's authentication code (HMAC-SHA-256, RFC 2104). The anchor key authenticates the anchor alone; it stays when
the data key is changed with the protection, so that an anchor written before such a change can still be checked.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from scorpius_lab.core.identity import canonical_json
from scorpius_lab.core.wrapping import KEY_BYTES, NONCE_BYTES, WrappedKey
from scorpius_lab.errors import KeyStoreError
from scorpius_lab.quantum.keystore.protection import Protection

_DOMAIN: Final = "scorpius keyset 1"


@dataclass(frozen=True, slots=True)
class KeysetSecrets:
    """What opens one keyset: 32 bytes each."""

    purpose: str
    data_key: bytes = field(repr=False)
    anchor_key: bytes = field(repr=False)

    @classmethod
    def generate(cls, purpose: str) -> KeysetSecrets:
        """Fresh ones."""
        return cls(purpose, os.urandom(KEY_BYTES), os.urandom(KEY_BYTES))

    def with_new_data_key(self) -> KeysetSecrets:
        """Another data key beside the same anchor key."""
        return KeysetSecrets(self.purpose, os.urandom(KEY_BYTES), self.anchor_key)

    def wrap(self, protection: Protection) -> WrappedKey:
        """The secrets as they are kept in the keyset's file. Raises KeyStoreError."""
        return protection.wrap(self.data_key + self.anchor_key, _place(self.purpose))

    @classmethod
    def unwrap(cls, wrapped: WrappedKey, purpose: str, protection: Protection) -> KeysetSecrets:
        """The secrets inside. Raises KeyStoreError: wrong passphrase or key, or changed."""
        both = protection.unwrap(wrapped, _place(purpose))
        if len(both) != 2 * KEY_BYTES:
            raise KeyStoreError(f"the {_place(purpose)} has a length no version of this package writes")
        return cls(purpose, both[:KEY_BYTES], both[KEY_BYTES:])

    def seal(self, private_key: bytes, header: Mapping[str, object]) -> tuple[bytes, bytes]:
        """Nonce (12 bytes) and ciphertext of a private key, bound to `header`."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce, AESGCM(self._derived("seal")).encrypt(nonce, private_key, _bytes_of(header))

    def unseal(self, nonce: bytes, ciphertext: bytes, header: Mapping[str, object]) -> bytes:
        """The private key. Raises KeyStoreError if the ciphertext or anything in `header` was changed."""
        try:
            return AESGCM(self._derived("seal")).decrypt(nonce, ciphertext, _bytes_of(header))
        except (InvalidTag, ValueError):
            raise KeyStoreError(f"a private key of the keyset {self.purpose!r} was changed on disk") from None

    def keyset_code(self, content: Mapping[str, object]) -> str:
        """The authentication code of a keyset's whole content, 64 hex digits."""
        return _code(self._derived("authenticate"), content)

    def anchor_code(self, content: Mapping[str, object]) -> str:
        """The authentication code of an anchor's content, 64 hex digits."""
        return _code(self.anchor_key, content)

    def _derived(self, label: str) -> bytes:
        info = f"{_DOMAIN}\0{label}\0{self.purpose}".encode()
        return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(self.data_key)


def _place(purpose: str) -> str:
    return f"data key of the keyset {purpose!r}"


def _code(key: bytes, content: Mapping[str, object]) -> str:
    return hmac.new(key, _bytes_of(content), "sha256").hexdigest()


def _bytes_of(content: Mapping[str, object]) -> bytes:
    return canonical_json(content).encode()
