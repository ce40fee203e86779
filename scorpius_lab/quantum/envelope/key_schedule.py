"""The keys of one envelope, all derived from its file key by HKDF with SHA-512 (RFC 5869).

    pseudorandom key = HKDF-Extract(salt, file key)
    commitment       = HKDF-Expand(…, "scorpius envelope v1 commitment" || parameters || SHA-512(associated data), 64)
    header MAC       = HKDF-Expand(…, "scorpius envelope v1 header" || SHA-512(header before its MAC), 64)
    payload key, nonce prefix = HKDF-Expand(…, "scorpius envelope v1 payload" || fixed || SHA-512(associated data), 39)

`parameters` are the header's first 43 bytes, `fixed` its first 107. The header MAC does not depend on the associated
data, so recipients can be replaced by someone who does not have them.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Final

from scorpius_lab.quantum.envelope.header import COMMITMENT_BYTES, MAC_BYTES

FILE_KEY_BYTES: Final = 32
NONCE_PREFIX_BYTES: Final = 7
_HASH: Final = "sha512"
_WRAP: Final = b"scorpius envelope v1 wrap"
_COMMITMENT: Final = b"scorpius envelope v1 commitment"
_HEADER: Final = b"scorpius envelope v1 header"
_PAYLOAD: Final = b"scorpius envelope v1 payload"


@dataclass(frozen=True, slots=True)
class KeySchedule:
    """The keys under one file key and salt."""

    _pseudorandom_key: bytes = field(repr=False)

    @classmethod
    def of(cls, file_key: bytes, salt: bytes) -> KeySchedule:
        """The schedule of a 32-byte file key and the header's 32-byte salt."""
        return cls(_extract(salt, file_key))

    def commitment(self, parameters: bytes, associated_data_hash: bytes) -> bytes:
        """64 bytes that fix file key, parameters and associated data before any chunk is looked at."""
        return _expand(self._pseudorandom_key, _COMMITMENT + parameters + associated_data_hash, COMMITMENT_BYTES)

    def header_mac(self, authenticated: bytes) -> bytes:
        """64 bytes that only someone with the file key can make for this whole header."""
        digest = hashlib.sha512(authenticated).digest()
        return _expand(self._pseudorandom_key, _HEADER + digest, MAC_BYTES)

    def payload(self, fixed: bytes, associated_data_hash: bytes) -> tuple[bytes, bytes]:
        """The 32-byte key of the chunks, which no other envelope has, and the first 7 bytes of their nonces."""
        size = FILE_KEY_BYTES + NONCE_PREFIX_BYTES
        derived = _expand(self._pseudorandom_key, _PAYLOAD + fixed + associated_data_hash, size)
        return derived[:FILE_KEY_BYTES], derived[FILE_KEY_BYTES:]


def wrapping_key(
    shared_secret: bytes, *, salt: bytes, fixed: bytes, prefix: bytes, public_key: bytes, encapsulation: bytes
) -> bytes:
    """The 32-byte key that wraps the file key for one recipient, from that recipient's shared secret.

    It is bound to the fixed header, to KEM and key id (`prefix`), to the public key and to the encapsulation: no entry
    works for another key, in another envelope, or with one of its parts exchanged.
    """
    context = hashlib.sha512(b"".join((fixed, prefix, public_key, encapsulation))).digest()
    return _expand(_extract(salt, shared_secret), _WRAP + context, FILE_KEY_BYTES)


def _extract(salt: bytes, secret: bytes) -> bytes:
    return hmac.digest(salt, secret, _HASH)


def _expand(key: bytes, info: bytes, size: int) -> bytes:
    # One block of HKDF-Expand: nothing here asks for more than the 64 bytes of a SHA-512 output.
    return hmac.digest(key, info + b"\x01", _HASH)[:size]
