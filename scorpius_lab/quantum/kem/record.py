"""What a key encapsulation mechanism is to the rest of the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from scorpius_lab.quantum.algorithms import Algorithm


@dataclass(frozen=True, slots=True)
class Encapsulation:
    """A fresh shared secret (32 bytes) and the ciphertext that carries it to the owner of the private key."""

    ciphertext: bytes
    shared_secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Kem:
    """One mechanism. Its functions take `bytes` of the lengths in `algorithm`, which the caller has checked.

    `generate` returns (public key, private key). All raise InvalidKey for a key whose value is out of range.
    """

    algorithm: Algorithm
    generate: Callable[[], tuple[bytes, bytes]]
    public_from_private: Callable[[bytes], bytes]
    encapsulate: Callable[[bytes], Encapsulation]
    decapsulate: Callable[[bytes, bytes], bytes]

    @property
    def name(self) -> str:
        """The name of the parameter set."""
        return self.algorithm.name
