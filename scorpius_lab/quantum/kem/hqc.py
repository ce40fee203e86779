"""HQC, a code-based mechanism, through pqcrypto. Experimental: NIST selected it in March 2025; no standard is out yet.

Sizes are those of the submission's specification of August 2025. A private key starts with the public one. The library
checks no more of a key than its length, and holds the interpreter's lock for the milliseconds it works.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from types import ModuleType
from typing import Final

from scorpius_lab.errors import InvalidKey
from scorpius_lab.quantum.algorithms import Algorithm, algorithm
from scorpius_lab.quantum.kem.record import Encapsulation, Kem


def _library(row: Algorithm) -> ModuleType:
    return import_module("pqcrypto.kem." + row.name.lower().replace("-", "_"))


def _generate(row: Algorithm) -> tuple[bytes, bytes]:
    public, private = _library(row).keygen()
    return public, private


def _public_from_private(row: Algorithm, private: bytes) -> bytes:
    return private[: row.public_key_bytes]


def _encapsulate(row: Algorithm, public: bytes) -> Encapsulation:
    try:
        ciphertext, secret = _library(row).encaps(public)
    except ValueError:
        raise InvalidKey(f"the {row.name} public key is not one") from None
    return Encapsulation(ciphertext, secret)


def _decapsulate(row: Algorithm, private: bytes, ciphertext: bytes) -> bytes:
    try:
        secret: bytes = _library(row).decaps(private, ciphertext)
    except ValueError:
        raise InvalidKey(f"the {row.name} private key is damaged") from None
    return secret


def _kem(name: str) -> Kem:
    row = algorithm(name)
    return Kem(
        row,
        partial(_generate, row),
        partial(_public_from_private, row),
        partial(_encapsulate, row),
        partial(_decapsulate, row),
    )


HQC: Final = tuple(_kem(name) for name in ("HQC-128", "HQC-192", "HQC-256"))
