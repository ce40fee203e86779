"""ML-DSA as implemented by `cryptography`."""

from __future__ import annotations

from functools import partial

from scorpius_lab.analytics.benchmark.families import Scheme, SignatureParts, holds, signature
from scorpius_lab.analytics.benchmark.measurement import Measurement

NOTE = "Signing repeats until a signature passes (FIPS 204, algorithm 7), so its time is random by nature."
SETS: tuple[tuple[int, int, int, int], ...] = (  # set, category, public key, signature: FIPS 204 tables 1 and 2
    (44, 2, 1312, 2420),
    (65, 3, 1952, 3309),
    (87, 5, 2592, 4627),
)


def parts(number: int) -> SignatureParts:
    """One key pair and what can be done with it."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import mldsa

    kind = getattr(mldsa, f"MLDSA{number}PrivateKey")
    private = kind.generate()
    public = private.public_key()
    return SignatureParts(
        generate=kind.generate,
        sign=private.sign,
        verify=holds(public.verify, InvalidSignature),
        public_bytes=len(public.public_bytes_raw()),
    )


def _measurement(number: int, level: int, public: int, signed: int) -> Measurement:
    scheme = Scheme(
        f"ml-dsa-{number}",
        f"ML-DSA-{number}",
        "lattice",
        level,
        "cryptography",
        "FIPS 204",
        public,
        signed,
        note=NOTE,
        rejects=True,
    )
    return signature(scheme, partial(parts, number))


MEASUREMENTS = tuple(_measurement(*row) for row in SETS)
