"""Ed25519, for comparison."""

from __future__ import annotations

from scorpius_lab.analytics.benchmark.families import SignatureParts, signature


def parts() -> SignatureParts:
    """One key pair and what can be done with it."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.generate()
    public = private.public_key()

    def verify(signed: bytes, message: bytes) -> bool:
        try:
            public.verify(signed, message)
        except InvalidSignature:
            return False
        return True

    return SignatureParts(
        generate=Ed25519PrivateKey.generate,
        sign=private.sign,
        verify=verify,
        public_bytes=len(public.public_bytes_raw()),
    )


MEASUREMENT = signature(
    "ed25519",
    "Ed25519",
    library="cryptography",
    standard="RFC 8032",
    parts=parts,
    note="Broken by a quantum computer.",
)
