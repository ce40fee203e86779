"""Ed25519 and ML-DSA-65 in one signature that holds only if both halves do.

id-MLDSA65-Ed25519-SHA512 of draft-ietf-lamps-pq-composite-sigs-13. Both halves sign
M' = Prefix || Label || len(ctx) || ctx || SHA-512(M) (section 4.2), ML-DSA with the label as its own context. Keys and
signatures are the ML-DSA part followed by the Ed25519 part (section 5): public 1952 + 32, private seed 32 + 32,
signature 3309 + 64 bytes. The message is hashed first, so a stream is signed as its whole content would be.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

from cryptography.exceptions import InvalidSignature as Rejected
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey

from scorpius_lab.errors import InvalidKey, InvalidSignature
from scorpius_lab.quantum.algorithms import algorithm
from scorpius_lab.quantum.keys import BytesLike
from scorpius_lab.quantum.signature.record import SignatureScheme

_PREFIX: Final = b"CompositeAlgorithmSignatures2025"
_LABEL: Final = b"COMPSIG-MLDSA65-Ed25519-SHA512"
_ML_DSA_SEED_BYTES: Final = 32
_ML_DSA_PUBLIC_BYTES: Final = 1952
_ML_DSA_SIGNATURE_BYTES: Final = 3309
_FIELD_PRIME: Final = 2**255 - 19


def _load_private(private: bytes) -> tuple[MLDSA65PrivateKey, Ed25519PrivateKey]:
    return (
        MLDSA65PrivateKey.from_seed_bytes(private[:_ML_DSA_SEED_BYTES]),
        Ed25519PrivateKey.from_private_bytes(private[_ML_DSA_SEED_BYTES:]),
    )


def _load_public(public: bytes) -> tuple[MLDSA65PublicKey, Ed25519PublicKey]:
    ed25519 = public[_ML_DSA_PUBLIC_BYTES:]
    # RFC 8032 section 5.1.3 step 1: the y coordinate, without the sign bit above it, is below the field's prime.
    if int.from_bytes(ed25519, "little") & (2**255 - 1) >= _FIELD_PRIME:
        raise InvalidKey("the Ed25519+ML-DSA-65 public key holds an Ed25519 value outside its range")
    return (
        MLDSA65PublicKey.from_public_bytes(public[:_ML_DSA_PUBLIC_BYTES]),
        Ed25519PublicKey.from_public_bytes(ed25519),
    )


def _representative(digest: bytes, context: bytes) -> bytes:
    return _PREFIX + _LABEL + bytes([len(context)]) + context + digest


def _digest(chunks: Iterable[BytesLike]) -> bytes:
    hasher = hashlib.sha512()
    for chunk in chunks:
        hasher.update(chunk)
    return hasher.digest()


def _generate() -> tuple[bytes, bytes]:
    ml_dsa, ed25519 = MLDSA65PrivateKey.generate(), Ed25519PrivateKey.generate()
    return (
        ml_dsa.public_key().public_bytes_raw() + ed25519.public_key().public_bytes_raw(),
        ml_dsa.private_bytes_raw() + ed25519.private_bytes_raw(),
    )


def _public_from_private(private: bytes) -> bytes:
    ml_dsa, ed25519 = _load_private(private)
    return ml_dsa.public_key().public_bytes_raw() + ed25519.public_key().public_bytes_raw()


def _sign(private: bytes, message: BytesLike, context: bytes) -> bytes:
    return _sign_stream(private, (message,), context)


def _verify(public: bytes, message: BytesLike, signature: bytes, context: bytes) -> None:
    _verify_stream(public, (message,), signature, context)


def _sign_stream(private: bytes, chunks: Iterable[BytesLike], context: bytes) -> bytes:
    ml_dsa, ed25519 = _load_private(private)
    representative = _representative(_digest(chunks), context)
    return ml_dsa.sign(representative, _LABEL) + ed25519.sign(representative)


def _verify_stream(public: bytes, chunks: Iterable[BytesLike], signature: bytes, context: bytes) -> None:
    ml_dsa, ed25519 = _load_public(public)
    representative = _representative(_digest(chunks), context)
    try:
        ml_dsa.verify(signature[:_ML_DSA_SIGNATURE_BYTES], representative, _LABEL)
        ed25519.verify(signature[_ML_DSA_SIGNATURE_BYTES:], representative)
    except Rejected:
        # Which half failed is not said: the draft allows one answer only.
        raise InvalidSignature(
            "the Ed25519+ML-DSA-65 signature does not hold for this content, context and key"
        ) from None


ED25519_ML_DSA_65: Final = SignatureScheme(
    algorithm("Ed25519+ML-DSA-65"), _generate, _public_from_private, _sign, _verify, _sign_stream, _verify_stream
)
