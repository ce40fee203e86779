"""Measurements that differ only in the algorithm: key encapsulation and signatures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scorpius_lab.analytics.benchmark.measurement import (
    LEAST_SAMPLES,
    Bench,
    Call,
    Measurement,
    Operation,
    Prepared,
    expect,
)

MESSAGE_BYTES = 1024
REJECTING_CALLS = 16

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
class Scheme:
    """What is told about a parameter set beside its times.

    `family` is lattice, hash, code, hybrid or classical; `level` the NIST security category 1 to 5, None for what a
    quantum computer breaks. `public_bytes` and `carried_bytes` (ciphertext or signature) are the standard's sizes, to
    which the library is held; None where a signature's length varies. `seconds` is about what one call of each
    operation takes together, if that is long (see `affordable`), `long_samples` the samples a long one must get.
    `rejects` is True where signing repeats until a signature passes, a random number of times.
    """

    name: str
    title: str
    family: str
    level: int | None
    library: str
    standard: str
    public_bytes: int
    carried_bytes: int | None
    seconds: float = 0.0
    long_samples: int = LEAST_SAMPLES
    note: str = ""
    rejects: bool = False


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


def holds(verify: Callable[[bytes, bytes], object], refusal: type[Exception]) -> Callable[[bytes, bytes], bool]:
    """A verifier that answers, of one that raises `refusal` for a signature that does not hold."""

    def answer(signed: bytes, message: bytes) -> bool:
        try:
            verify(signed, message)
        except refusal:
            return False
        return True

    return answer


def kem(scheme: Scheme, parts: Callable[[], KemParts]) -> Measurement:
    """A measurement of key generation, encapsulation and decapsulation."""

    def prepare(_: Bench) -> Prepared:
        made = parts()
        secret, ciphertext = made.encapsulate()
        expect(made.decapsulate(ciphertext) == secret, f"{scheme.title} decapsulation")
        flipped = bytes([ciphertext[0] ^ 1]) + ciphertext[1:]
        expect(made.decapsulate(flipped) != secret, f"{scheme.title} decapsulation of a damaged ciphertext")
        return Prepared(
            calls={
                "keygen": Call(made.generate),
                "encaps": Call(made.encapsulate),
                "decaps": Call(lambda: made.decapsulate(ciphertext)),
            },
            sizes=_sizes(scheme, "ciphertext", made.public_bytes, len(ciphertext)),
        )

    return _measurement(scheme, "kem", "ciphertext", KEM_OPERATIONS, prepare)


def signature(scheme: Scheme, parts: Callable[[], SignatureParts]) -> Measurement:
    """A measurement of key generation, signing and verifying 1 KiB."""

    def prepare(bench: Bench) -> Prepared:
        made = parts()
        message = bench.random.randbytes(MESSAGE_BYTES)
        signed = made.sign(message)
        expect(made.verify(signed, message), f"{scheme.title} verification")
        expect(not made.verify(signed, message[:-1]), f"{scheme.title} verification of a shortened message")
        return Prepared(
            calls={
                "keygen": Call(made.generate),
                "sign": Call(lambda: made.sign(message), at_least=REJECTING_CALLS if scheme.rejects else 1),
                "verify": Call(lambda: made.verify(signed, message)),
            },
            sizes=_sizes(scheme, "signature", made.public_bytes, len(signed)),
        )

    return _measurement(scheme, "signature", "signature", SIGNATURE_OPERATIONS, prepare)


def _sizes(scheme: Scheme, carried: str, public_bytes: int, carried_bytes: int) -> dict[str, int]:
    expect(public_bytes == scheme.public_bytes, f"{scheme.title} public key of {public_bytes:,} bytes")
    if scheme.carried_bytes is not None:
        expect(carried_bytes == scheme.carried_bytes, f"{scheme.title} {carried} of {carried_bytes:,} bytes")
    return {"public key": public_bytes, carried: carried_bytes}


def _measurement(
    scheme: Scheme,
    group: str,
    carried: str,
    operations: tuple[Operation, ...],
    prepare: Callable[[Bench], Prepared],
) -> Measurement:
    sizes = {"public key": scheme.public_bytes}
    if scheme.carried_bytes is not None:
        sizes[carried] = scheme.carried_bytes
    return Measurement(
        group,
        scheme.name,
        scheme.title,
        scheme.library,
        operations,
        prepare,
        scheme.standard,
        scheme.note,
        family=scheme.family,
        level=scheme.level,
        sizes=sizes,
        seconds=scheme.seconds,
        long_samples=scheme.long_samples,
    )
