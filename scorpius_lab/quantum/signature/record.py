"""What a signature scheme is to the rest of the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from scorpius_lab.quantum.algorithms import Algorithm
from scorpius_lab.quantum.keys import BytesLike


@dataclass(frozen=True, slots=True)
class SignatureScheme:
    """One scheme. Its functions take keys and signatures of the lengths in `algorithm` and a context of 0 to 255 bytes,
    all of which the caller has checked; messages are contiguous bytes, streams are their chunks in order.

    `generate` returns (public key, private key); `verify` and `verify_stream` return None or raise InvalidSignature.
    All raise InvalidKey for a key whose value is out of range.
    """  # noqa: D205 (the first sentence needs both lines)

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
