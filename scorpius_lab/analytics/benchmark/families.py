"""Measurements that differ only in the algorithm: key encapsulation and signatures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scorpius_lab.analytics.benchmark.measurement import Bench, Call, Measurement, Operation, Prepared, expect

MESSAGE_BYTES = 1024

KEM_OPERATIONS = (
    Operation("keygen", "key generation"),
    Operation("encaps", "encapsulate"),
    Operation("decaps", "decapsulate"),
)
SIGNATURE_OPERATIONS = (
    Operation("keygen", "key generation"),
    Operation("sign", "sign 1 KiB"),
    Operation("verify", "verify 1 KiB"),
)


@dataclass(frozen=True, slots=True)
class KemParts:
    """A key encapsulation mechanism over one key pair; `encapsulate` returns (shared secret, ciphertext)."""

    generate: Callable[[], object]
    encapsulate: Callable[[], tuple[bytes, bytes]]
    decapsulate: Callable[[bytes], bytes]
    public_bytes: int


@dataclass(frozen=True, slots=True)
class SignatureParts:
    """A signature scheme over one key pair; `verify(signature, message)` is True if the signature holds."""

    generate: Callable[[], object]
    sign: Callable[[bytes], bytes]
    verify: Callable[[bytes, bytes], bool]
    public_bytes: int


def kem(
    name: str, title: str, *, library: str, standard: str, parts: Callable[[], KemParts], note: str = ""
) -> Measurement:
    """A measurement of key generation, encapsulation and decapsulation."""

    def prepare(_: Bench) -> Prepared:
        made = parts()
        secret, ciphertext = made.encapsulate()
        expect(made.decapsulate(ciphertext) == secret, f"{title} decapsulation")
        flipped = bytes([ciphertext[0] ^ 1]) + ciphertext[1:]
        expect(made.decapsulate(flipped) != secret, f"{title} decapsulation of a damaged ciphertext")
        return Prepared(
            calls={
                "keygen": Call(made.generate),
                "encaps": Call(made.encapsulate),
                "decaps": Call(lambda: made.decapsulate(ciphertext)),
            },
            sizes={"public key": made.public_bytes, "ciphertext": len(ciphertext)},
        )

    return Measurement("kem", name, title, library, KEM_OPERATIONS, prepare, standard, note)


def signature(
    name: str, title: str, *, library: str, standard: str, parts: Callable[[], SignatureParts], note: str = ""
) -> Measurement:
    """A measurement of key generation, signing and verifying 1 KiB."""

    def prepare(bench: Bench) -> Prepared:
        made = parts()
        message = bench.random.randbytes(MESSAGE_BYTES)
        signed = made.sign(message)
        expect(made.verify(signed, message), f"{title} verification")
        expect(not made.verify(signed, message[:-1]), f"{title} verification of a shortened message")
        return Prepared(
            calls={
                "keygen": Call(made.generate),
                "sign": Call(lambda: made.sign(message)),
                "verify": Call(lambda: made.verify(signed, message)),
            },
            sizes={"public key": made.public_bytes, "signature": len(signed)},
        )

    return Measurement("signature", name, title, library, SIGNATURE_OPERATIONS, prepare, standard, note)
