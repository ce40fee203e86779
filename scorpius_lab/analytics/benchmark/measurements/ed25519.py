"""Ed25519, for comparison."""

from __future__ import annotations

from scorpius_lab.analytics.benchmark.families import Scheme, SignatureParts, holds, signature


def parts() -> SignatureParts:
    """One key pair and what can be done with it."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.generate()
    public = private.public_key()
    return SignatureParts(
        generate=Ed25519PrivateKey.generate,
        sign=private.sign,
        verify=holds(public.verify, InvalidSignature),
        public_bytes=len(public.public_bytes_raw()),
    )


MEASUREMENT = signature(
    Scheme(
        "ed25519",
        "Ed25519",
        "classical",
        None,
        "cryptography",
        "RFC 8032",
        32,
        64,
        note="Broken by a quantum computer.",
    ),
    parts,
)
