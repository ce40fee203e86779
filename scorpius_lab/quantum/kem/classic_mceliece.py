"""Classic McEliece, a code-based mechanism with small ciphertexts and very large public keys, through pqcrypto.

Experimental: the round-4 submission, which NIST did not select and ISO/IEC 18033-2 is taking up. The public key cannot
be had from the submission's private key alone, so a private key here is that one followed by the public key. Making
one holds the interpreter's lock for 50 to 250 ms.
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
    return import_module("pqcrypto.kem." + row.name.removeprefix("Classic-").lower().replace("-", "_"))


def _generate(row: Algorithm) -> tuple[bytes, bytes]:
    public, private = _library(row).keygen()
    return public, private + public


def _public_from_private(row: Algorithm, private: bytes) -> bytes:
    return private[-row.public_key_bytes :]


def _encapsulate(row: Algorithm, public: bytes) -> Encapsulation:
    try:
        ciphertext, secret = _library(row).encaps(public)
    except ValueError:
        raise InvalidKey(f"the {row.name} public key is not one") from None
    return Encapsulation(ciphertext, secret)


def _decapsulate(row: Algorithm, private: bytes, ciphertext: bytes) -> bytes:
    try:
        secret: bytes = _library(row).decaps(private[: -row.public_key_bytes], ciphertext)
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


CLASSIC_MCELIECE: Final = tuple(
    _kem(name) for name in ("Classic-McEliece-348864f", "Classic-McEliece-460896f", "Classic-McEliece-6688128f")
)
