"""Checks of an expanded ML-KEM private key made by another program, before anything is taken from it.

FIPS 203 algorithm 16: dk = dkPKE (384k bytes) || ek (384k + 32) || H(ek) (32) || z (32), with H = SHA3-256.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from hmac import compare_digest
from importlib import import_module
from typing import Any, Final

from scorpius_lab.errors import InvalidKey
from scorpius_lab.quantum.primitives import encapsulate, public_from_private

HASH_BYTES: Final = 32
_RANK: Final = {"ML-KEM-512": 2, "ML-KEM-768": 3, "ML-KEM-1024": 4}
_MODULE: Final = {
    "ML-KEM-512": "pqcrypto.kem.ml_kem_512",
    "ML-KEM-768": "pqcrypto.kem.ml_kem_768",
    "ML-KEM-1024": "pqcrypto.kem.ml_kem_1024",
}


@dataclass(frozen=True, slots=True)
class _Parts:
    encapsulation_key: bytes
    hash: bytes
    rejection_value: bytes = field(repr=False)


def check_expanded_ml_kem(name: str, expanded: bytes, *, seed: bytes | None = None) -> None:
    """Return if an expanded key is whole and, where a seed is given, belongs to it. Raises InvalidKey.

    With a seed, ek and z are compared byte by byte with those of the seed. H(ek) is computed again (FIPS 203 section
    7.3). dkPKE cannot be compared, because no library here gives it out: instead a secret is encapsulated to ek and
    decapsulated with the expanded key by pqcrypto. Decapsulation encrypts again and rejects any difference, so a dkPKE
    that is not the one of ek modulo q is noticed but for a negligible chance.
    """
    parts = _split(name, expanded)
    whole = compare_digest(hashlib.sha3_256(parts.encapsulation_key).digest(), parts.hash)
    if not whole:
        raise InvalidKey(f"the expanded {name} key is damaged: the hash it holds is not that of its public key")
    if seed is not None and not _is_of_seed(name, parts, seed):
        raise InvalidKey(f"the {name} private key contradicts itself: its expanded key is not that of its seed")
    if not _opens(name, parts.encapsulation_key, expanded):
        raise InvalidKey(f"the expanded {name} key is damaged: its private part does not belong to its public key")


def check_seed_of_ml_kem_512(seed: bytes, expanded: bytes) -> None:
    """Return if a seed (d || z) belongs to an expanded ML-KEM-512 key, as far as that shows. Raises InvalidKey.

    No library here expands this seed. What is compared is z, and the rho at the end of ek with the first half of
    G(d || k) (FIPS 203 algorithm 13, line 1; G = SHA3-512), which no other d gives.
    """
    parts = _split("ML-KEM-512", expanded)
    rho = hashlib.sha3_512(seed[:HASH_BYTES] + bytes([_RANK["ML-KEM-512"]])).digest()[:HASH_BYTES]
    same = compare_digest(rho, parts.encapsulation_key[-HASH_BYTES:])
    if not same & compare_digest(seed[HASH_BYTES:], parts.rejection_value):
        raise InvalidKey("the ML-KEM-512 private key contradicts itself: its expanded key is not that of its seed")


def _split(name: str, expanded: bytes) -> _Parts:
    begin = 384 * _RANK[name]
    end = 2 * begin + HASH_BYTES
    return _Parts(expanded[begin:end], expanded[end : end + HASH_BYTES], expanded[end + HASH_BYTES :])


def _is_of_seed(name: str, parts: _Parts, seed: bytes) -> bool:
    same = compare_digest(public_from_private(name, seed), parts.encapsulation_key)
    return same & compare_digest(seed[HASH_BYTES:], parts.rejection_value)


def _opens(name: str, encapsulation_key: bytes, expanded: bytes) -> bool:
    library: Any = import_module(_MODULE[name])
    capsule = encapsulate(name, encapsulation_key)
    try:
        secret = bytes(library.decaps(expanded, capsule.ciphertext))
    except ValueError:
        return False
    return compare_digest(secret, capsule.shared_secret)
