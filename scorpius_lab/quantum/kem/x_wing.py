"""X-Wing: X25519 and ML-KEM-768 in one mechanism that is safe while either of them is.

draft-connolly-cfrg-xwing-kem-09 (also MLKEM768-X25519 of draft-irtf-cfrg-concrete-hybrid-kems): the private key is a
seed of 32 bytes, SHAKE256(seed, 96) is d || z of ML-KEM and then the X25519 scalar (section 5.2); a public key is
pk_M (1184) || pk_X (32), a ciphertext ct_M (1088) || ct_X (32); the shared secret is
SHA3-256(ss_M || ss_X || ct_X || pk_X || label) (section 5.3).
"""

from __future__ import annotations

import hashlib
import secrets
from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from scorpius_lab.errors import InvalidCiphertext, InvalidKey
from scorpius_lab.quantum.algorithms import algorithm
from scorpius_lab.quantum.kem.record import Encapsulation, Kem

_LABEL: Final = rb"\.//^" + b"\\"
_SEED_BYTES: Final = 32
_ML_KEM_SEED_BYTES: Final = 64
_ML_KEM_PUBLIC_BYTES: Final = 1184
_ML_KEM_CIPHERTEXT_BYTES: Final = 1088


def _expand(seed: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    expanded = hashlib.shake_256(seed).digest(96)
    return (
        MLKEM768PrivateKey.from_seed_bytes(expanded[:_ML_KEM_SEED_BYTES]),
        X25519PrivateKey.from_private_bytes(expanded[_ML_KEM_SEED_BYTES:]),
    )


def _combine(ml_kem_secret: bytes, x25519_secret: bytes, x25519_ciphertext: bytes, x25519_public: bytes) -> bytes:
    return hashlib.sha3_256(ml_kem_secret + x25519_secret + x25519_ciphertext + x25519_public + _LABEL).digest()


def _generate() -> tuple[bytes, bytes]:
    seed = secrets.token_bytes(_SEED_BYTES)
    return _public_from_private(seed), seed


def _public_from_private(seed: bytes) -> bytes:
    ml_kem, x25519 = _expand(seed)
    return ml_kem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()


@lru_cache(maxsize=64)
def _load_public(public: bytes) -> tuple[MLKEM768PublicKey, X25519PublicKey]:
    """Kept, because the same recipients are written to again and again and expanding a key is a fifth of the work."""
    return (
        MLKEM768PublicKey.from_public_bytes(public[:_ML_KEM_PUBLIC_BYTES]),
        X25519PublicKey.from_public_bytes(public[_ML_KEM_PUBLIC_BYTES:]),
    )


def _encapsulate(public: bytes) -> Encapsulation:
    ephemeral = X25519PrivateKey.generate()
    try:
        ml_kem, x25519 = _load_public(public)
        x25519_secret = ephemeral.exchange(x25519)
    except ValueError:
        raise InvalidKey("the X-Wing public key holds an ML-KEM or X25519 value outside its range") from None
    ml_kem_secret, ml_kem_ciphertext = ml_kem.encapsulate()
    x25519_ciphertext = ephemeral.public_key().public_bytes_raw()
    secret = _combine(ml_kem_secret, x25519_secret, x25519_ciphertext, public[_ML_KEM_PUBLIC_BYTES:])
    return Encapsulation(ml_kem_ciphertext + x25519_ciphertext, secret)


def _decapsulate(seed: bytes, ciphertext: bytes) -> bytes:
    ml_kem, x25519 = _expand(seed)
    x25519_ciphertext = ciphertext[_ML_KEM_CIPHERTEXT_BYTES:]
    try:
        x25519_secret = x25519.exchange(X25519PublicKey.from_public_bytes(x25519_ciphertext))
    except ValueError:
        raise InvalidCiphertext("the X-Wing ciphertext holds an X25519 value of small order") from None
    ml_kem_secret = ml_kem.decapsulate(ciphertext[:_ML_KEM_CIPHERTEXT_BYTES])
    return _combine(ml_kem_secret, x25519_secret, x25519_ciphertext, x25519.public_key().public_bytes_raw())


X_WING: Final = Kem(algorithm("X-Wing"), _generate, _public_from_private, _encapsulate, _decapsulate)
