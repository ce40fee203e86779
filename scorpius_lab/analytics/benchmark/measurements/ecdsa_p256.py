"""ECDSA on P-256 with SHA-256, for comparison."""

from __future__ import annotations

from functools import partial

from scorpius_lab.analytics.benchmark.families import Scheme, SignatureParts, holds, signature


def parts() -> SignatureParts:
    """One key pair and what can be done with it."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    generate = partial(ec.generate_private_key, ec.SECP256R1())
    private = generate()
    public = private.public_key()
    algorithm = ec.ECDSA(hashes.SHA256())
    return SignatureParts(
        generate=generate,
        sign=lambda message: private.sign(message, algorithm),
        verify=holds(lambda signed, message: public.verify(signed, message, algorithm), InvalidSignature),
        public_bytes=len(public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)),
    )


MEASUREMENT = signature(
    Scheme(
        "ecdsa-p256",
        "ECDSA P-256",
        "classical",
        None,
        "cryptography",
        "FIPS 186-5",
        65,
        None,  # 70 to 72 bytes in DER
        note="Broken by a quantum computer.",
    ),
    parts,
)
