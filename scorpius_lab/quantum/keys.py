"""Typed keys: bytes together with the name of the parameter set they belong to.

Private keys are in the seed form of their standard where it has one (see the note of each row of the table), are left
out of `repr`, and compare in constant time.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Final

from scorpius_lab.errors import InvalidKey
from scorpius_lab.quantum.algorithms import Algorithm, algorithm

BytesLike = bytes | bytearray | memoryview
KEY_ID_BYTES: Final = 16
_KEY_ID_LABEL: Final = b"scorpius key id v1"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key of the right length for its algorithm; whether its value is in range shows where it is used."""

    algorithm: str
    data: bytes

    def __post_init__(self) -> None:
        """Raises InvalidKey for a wrong length or type, UsageError for an unknown algorithm."""
        row = algorithm(self.algorithm)
        object.__setattr__(self, "algorithm", row.name)
        object.__setattr__(self, "data", key_bytes(row, self.data, row.public_key_bytes, "public"))


@dataclass(frozen=True, slots=True, eq=False)
class PrivateKey:
    """A private key of the right length for its algorithm; never printed."""

    algorithm: str
    data: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Raises InvalidKey for a wrong length or type, UsageError for an unknown algorithm."""
        row = algorithm(self.algorithm)
        object.__setattr__(self, "algorithm", row.name)
        object.__setattr__(self, "data", key_bytes(row, self.data, row.private_key_bytes, "private"))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PrivateKey):
            return NotImplemented
        return self.algorithm == other.algorithm and compare_digest(self.data, other.data)

    __hash__ = None  # type: ignore[assignment]  # a secret is no key of a dictionary


@dataclass(frozen=True, slots=True, eq=False)
class KeyPair:
    """A freshly made pair; `public_key` and `private_key` are the raw bytes in the forms of the standard."""

    algorithm: str
    public_key: bytes
    private_key: bytes = field(repr=False)

    @property
    def public(self) -> PublicKey:
        """The public key with its algorithm."""
        return PublicKey(self.algorithm, self.public_key)

    @property
    def private(self) -> PrivateKey:
        """The private key with its algorithm."""
        return PrivateKey(self.algorithm, self.private_key)


def key_id(key: PublicKey) -> bytes:
    """The 16 bytes that name a public key: the head of SHA-256 over a label, the algorithm's name and the key.

    SHA-256("scorpius key id v1" || length of the name as one byte || name in ASCII || public key bytes)[:16]
    """
    name = key.algorithm.encode("ascii")
    return hashlib.sha256(_KEY_ID_LABEL + bytes([len(name)]) + name + key.data).digest()[:KEY_ID_BYTES]


def key_bytes(row: Algorithm, key: object, length: int, side: str) -> bytes:
    """The bytes of a raw or typed key after its type, algorithm and length were checked. Raises InvalidKey."""
    if isinstance(key, PublicKey | PrivateKey):
        _check_typed(row, key, side)
        return key.data
    if not isinstance(key, bytes | bytearray | memoryview):
        raise InvalidKey(f"{row.name} {side} keys are given as bytes or typed, not as {type(key).__name__}")
    data = _as_bytes(row, key, side)
    if len(data) != length:
        raise InvalidKey(f"{row.name} {side} keys are {length} bytes long, but {len(data)} were given")
    return data


def _check_typed(row: Algorithm, key: PublicKey | PrivateKey, side: str) -> None:
    if isinstance(key, PublicKey) is not (side == "public"):
        raise InvalidKey(f"a {side} key is needed here, but the other half of the {key.algorithm} pair was given")
    if key.algorithm != row.name:
        raise InvalidKey(f"the key is of {key.algorithm}, but {row.name} was asked for")


def _as_bytes(row: Algorithm, key: BytesLike, side: str) -> bytes:
    try:
        return bytes(key)
    except (ValueError, BufferError):
        raise InvalidKey(f"the memory given as {row.name} {side} key was released already") from None
