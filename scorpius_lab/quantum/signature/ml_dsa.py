"""ML-DSA (FIPS 204) in pure mode through `cryptography`; a private key is the 32-byte seed xi (algorithm 1).

A stream is signed through its message representative mu (FIPS 204 algorithm 7, line 6), so its signature is exactly
the one of the whole message, and either function verifies what the other made.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cryptography.exceptions import InvalidSignature as Rejected
from cryptography.hazmat.primitives.asymmetric.mldsa import (
    MLDSA44PrivateKey,
    MLDSA44PublicKey,
    MLDSA65PrivateKey,
    MLDSA65PublicKey,
    MLDSA87PrivateKey,
    MLDSA87PublicKey,
    MLDSAMuHasher,
)

from scorpius_lab.errors import InvalidSignature
from scorpius_lab.quantum.algorithms import algorithm
from scorpius_lab.quantum.keys import BytesLike
from scorpius_lab.quantum.signature.record import SignatureScheme

_PrivateKeys = MLDSA44PrivateKey | MLDSA65PrivateKey | MLDSA87PrivateKey
_PublicKeys = MLDSA44PublicKey | MLDSA65PublicKey | MLDSA87PublicKey


def _mu(public: _PublicKeys, chunks: Iterable[BytesLike], context: bytes) -> bytes:
    hasher = MLDSAMuHasher(public, context)
    for chunk in chunks:
        hasher.update(chunk)
    return hasher.finalize()


def _bind(name: str, private_class: type[_PrivateKeys], public_class: type[_PublicKeys]) -> SignatureScheme:
    load_private, load_public, generate_key = (
        private_class.from_seed_bytes,
        public_class.from_public_bytes,
        private_class.generate,
    )
    does_not_hold = f"the {name} signature does not hold for this content, context and key"

    def generate() -> tuple[bytes, bytes]:
        key = generate_key()
        return key.public_key().public_bytes_raw(), key.private_bytes_raw()

    def public_from_private(private: bytes) -> bytes:
        return load_private(private).public_key().public_bytes_raw()

    def sign(private: bytes, message: BytesLike, context: bytes) -> bytes:
        return load_private(private).sign(message, context)

    def verify(public: bytes, message: BytesLike, signature: bytes, context: bytes) -> None:
        try:
            load_public(public).verify(signature, message, context)
        except Rejected:
            raise InvalidSignature(does_not_hold) from None

    def sign_stream(private: bytes, chunks: Iterable[BytesLike], context: bytes) -> bytes:
        key = load_private(private)
        return key.sign_mu(_mu(key.public_key(), chunks, context))

    def verify_stream(public: bytes, chunks: Iterable[BytesLike], signature: bytes, context: bytes) -> None:
        key = load_public(public)
        try:
            key.verify_mu(signature, _mu(key, chunks, context))
        except Rejected:
            raise InvalidSignature(does_not_hold) from None

    return SignatureScheme(algorithm(name), generate, public_from_private, sign, verify, sign_stream, verify_stream)


ML_DSA_44: Final = _bind("ML-DSA-44", MLDSA44PrivateKey, MLDSA44PublicKey)
ML_DSA_65: Final = _bind("ML-DSA-65", MLDSA65PrivateKey, MLDSA65PublicKey)
ML_DSA_87: Final = _bind("ML-DSA-87", MLDSA87PrivateKey, MLDSA87PublicKey)
