"""Check of an expanded ML-DSA private key made by another program against the seed beside it.

FIPS 204 algorithm 24: sk = rho (32 bytes) || K (32) || tr (64) || s1 || s2 || t0.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from hmac import compare_digest
from typing import Final

from scorpius_lab.errors import InvalidKey
from scorpius_lab.quantum.primitives import public_from_private

COEFFICIENTS: Final = 256
# Enough for 256 accepted half-bytes: a run of 2,048 falls short with probability below 2^-1000 at either eta.
SQUEEZED_BYTES: Final = 1024


@dataclass(frozen=True, slots=True)
class _Shape:
    """FIPS 204 table 1: rows k and columns l of the matrix, and the bound eta of the secret coefficients."""

    rows: int
    columns: int
    eta: int

    @property
    def bits(self) -> int:
        return (2 * self.eta).bit_length()


_SHAPES: Final = {"ML-DSA-44": _Shape(4, 4, 2), "ML-DSA-65": _Shape(6, 5, 4), "ML-DSA-87": _Shape(8, 7, 2)}


def check_expanded_ml_dsa(name: str, seed: bytes, expanded: bytes) -> None:
    """Return if an expanded key belongs to its seed. Raises InvalidKey.

    rho, K, tr, s1 and s2 are computed from the seed by hashing and compared as one string (FIPS 204 algorithm 6, lines
    1 and 4 and 9; algorithm 33). t0, the rest of the key, is not compared: it would take lattice arithmetic, it is
    fixed by what was compared, and only the seed is kept. A file with a damaged t0 therefore imports as the right key.
    """
    shape = _SHAPES[name]
    hashed = hashlib.shake_256(seed + bytes([shape.rows, shape.columns])).digest(128)
    rho, rho_prime, signing_key = hashed[:32], hashed[32:96], hashed[96:]
    public_hash = hashlib.shake_256(public_from_private(name, seed)).digest(64)
    expected = rho + signing_key + public_hash + b"".join(_secret_polynomials(shape, rho_prime))
    if not compare_digest(expected, expanded[: len(expected)]):
        raise InvalidKey(f"the {name} private key contradicts itself: its expanded key is not that of its seed")


def _secret_polynomials(shape: _Shape, rho_prime: bytes) -> Iterator[bytes]:
    """s1 and s2, polynomial by polynomial, packed as in the expanded key."""
    for nonce in range(shape.columns + shape.rows):
        stream = hashlib.shake_256(rho_prime + nonce.to_bytes(2, "little")).digest(SQUEEZED_BYTES)
        yield _pack(_bounded(stream, shape.eta), shape.bits)


def _bounded(stream: bytes, eta: int) -> list[int]:
    """256 values eta - coefficient, in 0..2*eta, drawn from the half-bytes of a stream (algorithms 15 and 31).

    The coefficient is 2 - (b mod 5) for b < 15 at eta 2, and 4 - b for b < 9 at eta 4, so what is packed is b mod 5, b.
    """
    bound = 15 if eta == 2 else 9  # noqa: PLR2004 (the two values of the standard)
    halves = [half for byte in stream for half in (byte & 15, byte >> 4) if half < bound]
    return [half % (2 * eta + 1) for half in halves[:COEFFICIENTS]]


def _pack(values: list[int], bits: int) -> bytes:
    """Values of `bits` bits each as bytes, least significant bit first (FIPS 204 algorithm 17)."""
    number = sum(value << (bits * position) for position, value in enumerate(values))
    return number.to_bytes(bits * COEFFICIENTS // 8, "little")
