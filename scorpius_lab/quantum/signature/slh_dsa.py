"""SLH-DSA (FIPS 205), all twelve parameter sets in pure mode through pqcrypto.

Signatures are made in a process of their own (see `slh_dsa_worker`), so that other threads keep running.
A private key is SK.seed || SK.prf || PK.seed || PK.root (FIPS 205 figure 15), a public key PK.seed || PK.root.

pqcrypto takes a message only whole, so a stream is not signed as its whole content would be. It is signed, in pure
mode and with the caller's context, as the message

    "scorpius SLH-DSA stream v1" || 0x00 || SHA-512(content)

which any implementation of pure SLH-DSA can verify. This is not HashSLH-DSA (FIPS 205 section 10.2.2), whose leading
byte 0x01 pqcrypto does not let a caller set for a digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import partial
from importlib import import_module
from typing import Final

from scorpius_lab.errors import InvalidSignature
from scorpius_lab.quantum.algorithms import ALGORITHMS, Algorithm
from scorpius_lab.quantum.keys import BytesLike
from scorpius_lab.quantum.signature import slh_dsa_worker
from scorpius_lab.quantum.signature.record import SignatureScheme

STREAM_LABEL: Final = b"scorpius SLH-DSA stream v1\x00"


def _library_name(name: str) -> str:
    return name.lower().replace("-", "_")


def _generate(name: str) -> tuple[bytes, bytes]:
    return slh_dsa_worker.keygen(_library_name(name))


def _public_from_private(private: bytes) -> bytes:
    return private[len(private) // 2 :]


def _sign(name: str, private: bytes, message: BytesLike, context: bytes) -> bytes:
    return slh_dsa_worker.sign(_library_name(name), private, message, context)


def _verify(name: str, public: bytes, message: BytesLike, signature: bytes, context: bytes) -> None:
    library = import_module("pqcrypto.sign." + _library_name(name))
    try:
        library.verify(public, bytes(message), signature, context)
    except ValueError:
        raise InvalidSignature(f"the {name} signature does not hold for this content, context and key") from None


def _stream_message(chunks: Iterable[BytesLike]) -> bytes:
    hasher = hashlib.sha512()
    for chunk in chunks:
        hasher.update(chunk)
    return STREAM_LABEL + hasher.digest()


def _sign_stream(name: str, private: bytes, chunks: Iterable[BytesLike], context: bytes) -> bytes:
    return _sign(name, private, _stream_message(chunks), context)


def _verify_stream(name: str, public: bytes, chunks: Iterable[BytesLike], signature: bytes, context: bytes) -> None:
    _verify(name, public, _stream_message(chunks), signature, context)


def _scheme(row: Algorithm) -> SignatureScheme:
    return SignatureScheme(
        row,
        partial(_generate, row.name),
        _public_from_private,
        partial(_sign, row.name),
        partial(_verify, row.name),
        partial(_sign_stream, row.name),
        partial(_verify_stream, row.name),
    )


SLH_DSA: Final = tuple(_scheme(row) for row in ALGORITHMS if row.name.startswith("SLH-DSA-"))
