"""ML-DSA-65 as implemented by `cryptography`."""

from __future__ import annotations

from scorpius_lab.analytics.benchmark.families import SignatureParts, signature


def parts() -> SignatureParts:
    """One key pair and what can be done with it."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey

    private = MLDSA65PrivateKey.generate()
    public = private.public_key()

    def verify(signed: bytes, message: bytes) -> bool:
        try:
            public.verify(signed, message)
        except InvalidSignature:
            return False
        return True

    return SignatureParts(
        generate=MLDSA65PrivateKey.generate,
        sign=private.sign,
        verify=verify,
        public_bytes=len(public.public_bytes_raw()),
    )


MEASUREMENT = signature("ml-dsa-65", "ML-DSA-65", library="cryptography", standard="FIPS 204", parts=parts)
