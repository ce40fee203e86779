"""RSA with PSS and SHA-256, for comparison."""

from __future__ import annotations

from functools import partial

from scorpius_lab.analytics.benchmark.families import Scheme, SignatureParts, holds, signature
from scorpius_lab.analytics.benchmark.measurement import Measurement

NOTE = "Key generation searches for primes, so its spread is wide by nature. Broken by a quantum computer."
SETS: tuple[tuple[int, float], ...] = ((2048, 0.08), (3072, 0.25))  # bits; seconds, nearly all for the key


def parts(bits: int) -> SignatureParts:
    """One key pair and what can be done with it."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    generate = partial(rsa.generate_private_key, public_exponent=65537, key_size=bits)
    private = generate()
    public = private.public_key()
    digest = hashes.SHA256()
    pss = padding.PSS(mgf=padding.MGF1(digest), salt_length=digest.digest_size)
    return SignatureParts(
        generate=generate,
        sign=lambda message: private.sign(message, pss, digest),
        verify=holds(lambda signed, message: public.verify(signed, message, pss, digest), InvalidSignature),
        public_bytes=bits // 8,
    )


def _measurement(bits: int, seconds: float) -> Measurement:
    scheme = Scheme(
        f"rsa-{bits}",
        f"RSA-{bits} PSS",
        "classical",
        None,
        "cryptography",
        "RFC 8017",
        bits // 8,
        bits // 8,
        seconds,
        long_samples=3,
        note=NOTE,
    )
    return signature(scheme, partial(parts, bits))


MEASUREMENTS = tuple(_measurement(*row) for row in SETS)
