"""What a signature scheme is to the rest of the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from scorpius_lab.quantum.algorithms import Algorithm
from scorpius_lab.quantum.keys import BytesLike


@dataclass(frozen=True, slots=True)
class SignatureScheme:
    """One scheme, whose functions are handed only what was checked.

    Keys and signatures are `bytes` of the lengths in `algorithm`, a context has 0 to 255 bytes, a message is plain
    memory, a stream its chunks in order. `generate` returns (public key, private key); `verify` and `verify_stream`
    return None or raise InvalidSignature. All raise InvalidKey for a key whose value is out of range.
    """

    algorithm: Algorithm
    generate: Callable[[], tuple[bytes, bytes]]
    public_from_private: Callable[[bytes], bytes]
    sign: Callable[[bytes, BytesLike, bytes], bytes]
    verify: Callable[[bytes, BytesLike, bytes, bytes], None]
    sign_stream: Callable[[bytes, Iterable[BytesLike], bytes], bytes]
    verify_stream: Callable[[bytes, Iterable[BytesLike], bytes, bytes], None]

    @property
    def name(self) -> str:
        """The name of the parameter set."""
        return self.algorithm.name
