"""ML-KEM: 768 and 1024 as implemented by `cryptography`, 512 by `pqcrypto`, as `cryptography` has no 512 set."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from scorpius_lab.analytics.benchmark.families import KemParts, Scheme, kem
from scorpius_lab.analytics.benchmark.measurement import Measurement

SETS: tuple[tuple[int, int, int, int, str], ...] = (  # set, category, public key, ciphertext: FIPS 203 tables 2 and 3
    (512, 1, 800, 768, "pqcrypto"),
    (768, 3, 1184, 1088, "cryptography"),
    (1024, 5, 1568, 1568, "cryptography"),
)


def with_cryptography(number: int) -> KemParts:
    """One key pair and what can be done with it."""
    from cryptography.hazmat.primitives.asymmetric import mlkem

    kind = getattr(mlkem, f"MLKEM{number}PrivateKey")
    private = kind.generate()
    public = private.public_key()
    return KemParts(
        generate=kind.generate,
        encapsulate=public.encapsulate,
        decapsulate=private.decapsulate,
        public_bytes=len(public.public_bytes_raw()),
    )


def with_pqcrypto() -> KemParts:
    """One key pair of ML-KEM-512. pqcrypto returns (ciphertext, secret), the other way round."""
    from pqcrypto.kem import ml_kem_512

    public, secret = ml_kem_512.keygen()

    def encapsulate() -> tuple[bytes, bytes]:
        ciphertext, shared = ml_kem_512.encaps(public)
        return shared, ciphertext

    return KemParts(
        generate=ml_kem_512.keygen,
        encapsulate=encapsulate,
        decapsulate=lambda ciphertext: ml_kem_512.decaps(secret, ciphertext),
        public_bytes=len(public),
    )


def _measurement(number: int, level: int, public: int, ciphertext: int, library: str) -> Measurement:
    scheme = Scheme(f"ml-kem-{number}", f"ML-KEM-{number}", "lattice", level, library, "FIPS 203", public, ciphertext)
    parts: Callable[[], KemParts] = with_pqcrypto if library == "pqcrypto" else partial(with_cryptography, number)
    return kem(scheme, parts)


MEASUREMENTS = tuple(_measurement(*row) for row in SETS)
