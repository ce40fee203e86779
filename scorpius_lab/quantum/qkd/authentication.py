"""Authentication and verification: polynomial hashing modulo 2^127 - 1, and what it costs in key.

Wegman and Carter 1981 (J. Comput. Syst. Sci. 22, 265), section 4: the hash function stays secret and is used again,
each tag is hidden by fresh key bits, so that a message costs as many key bits as its tag is long. The composition of a
polynomial and a linear hash is Stinson 1994 (Des. Codes Cryptogr. 4, 369), theorem 5.4 on composed families.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from scorpius_lab.errors import SimulationError
from scorpius_lab.quantum.qkd.draws import Bits

PRIME: Final = 2**127 - 1
# A message is cut into words that are smaller than the prime, whatever their content.
WORD_BYTES: Final = 15
LONGEST_TAG: Final = 126


@dataclass(frozen=True, slots=True)
class HashKey:
    """A member of the family: the point of the polynomial, and the two coefficients of the line that follows."""

    point: int = field(repr=False)
    slope: int = field(repr=False)
    offset: int = field(repr=False)

    @classmethod
    def draw(cls, generator: np.random.Generator) -> HashKey:
        """A random one; the slope is not 0."""
        point, slope, offset = (int.from_bytes(generator.bytes(24), "big") for _ in range(3))
        return cls(point % PRIME, 1 + slope % (PRIME - 1), offset % PRIME)


# Key bits that Alice and Bob share before the first run for one hash function.
HASH_KEY_BITS: Final = 3 * 127


def universal_hash(message: bytes, key: HashKey, bits: int) -> int:
    """A tag of `bits` bits; two messages of at most w words collide with probability below w / 2^127 + 2^(1 - bits).

    Raises SimulationError for a tag length outside 1..126.
    """
    if not 1 <= bits <= LONGEST_TAG:
        raise SimulationError(f"tags have 1 to {LONGEST_TAG} bits, not {bits}")
    value = len(message) + 1
    for start in range(0, len(message), WORD_BYTES):
        value = (value * key.point + int.from_bytes(message[start : start + WORD_BYTES], "big")) % PRIME
    # One more factor, so that the last word is not left bare before the line.
    value = value * key.point % PRIME
    return ((value * key.slope + key.offset) % PRIME) & ((1 << bits) - 1)


def verification_bits(correctness: float) -> int:
    """Tag length with which different keys pass with at most `correctness`: ceil(log2(1/eps)) + 1, at most 126."""
    return min(math.ceil(-math.log2(correctness)) + 1, LONGEST_TAG)


def key_tag(bits: Bits, key: HashKey, tag_bits: int) -> int:
    """The verification tag of a key, one bit a byte."""
    return universal_hash(np.packbits(bits).tobytes() + bits.size.to_bytes(8, "big"), key, tag_bits)


@dataclass(frozen=True, slots=True)
class AuthenticationCost:
    """Key bits that authenticating the classical messages takes: one fresh pad for each tag."""

    tags: int
    tag_bits: int

    @property
    def key_bits(self) -> int:
        """Key consumed by one run."""
        return self.tags * self.tag_bits


# One tag over what each side said in each phase: sifting, parameter estimation, reconciliation, verification, and
# Alice's alone over the seed of privacy amplification. A wrong parity of a forger is found at the end of its phase.
PHASES: Final = ("sifting", "estimation", "reconciliation", "verification", "amplification")
TAGS_A_RUN: Final = 2 * (len(PHASES) - 1) + 1


def authentication_cost(tag_bits: int, phases: int = len(PHASES)) -> AuthenticationCost:
    """The cost of a run that came through so many of the phases."""
    return AuthenticationCost(min(2 * phases, TAGS_A_RUN), tag_bits)
