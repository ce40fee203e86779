"""RSA-2048 with PSS and SHA-256, for comparison."""

from __future__ import annotations

from functools import partial

from scorpius_lab.analytics.benchmark.families import SignatureParts, signature

BITS = 2048


def parts() -> SignatureParts:
    """One key pair and what can be done with it."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    generate = partial(rsa.generate_private_key, public_exponent=65537, key_size=BITS)
    private = generate()
    public = private.public_key()
    digest = hashes.SHA256()
    pss = padding.PSS(mgf=padding.MGF1(digest), salt_length=digest.digest_size)

    def verify(signed: bytes, message: bytes) -> bool:
        try:
            public.verify(signed, message, pss, digest)
        except InvalidSignature:
            return False
        return True

    return SignatureParts(
        generate=generate,
        sign=lambda message: private.sign(message, pss, digest),
        verify=verify,
        public_bytes=BITS // 8,
    )


MEASUREMENT = signature(
    "rsa-2048",
    "RSA-2048 PSS",
    library="cryptography",
    standard="RFC 8017",
    parts=parts,
    note="Key generation searches for primes, so its spread is wide by nature. Broken by a quantum computer.",
)
