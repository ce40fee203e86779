"""ML-DSA-87 as implemented by `cryptography`."""

from __future__ import annotations

from scorpius_lab.analytics.benchmark.families import SignatureParts, signature


def parts() -> SignatureParts:
    """One key pair and what can be done with it."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA87PrivateKey

    private = MLDSA87PrivateKey.generate()
    public = private.public_key()

    def verify(signed: bytes, message: bytes) -> bool:
        try:
            public.verify(signed, message)
        except InvalidSignature:
            return False
        return True

    return SignatureParts(
        generate=MLDSA87PrivateKey.generate,
        sign=private.sign,
        verify=verify,
        public_bytes=len(public.public_bytes_raw()),
    )


MEASUREMENT = signature("ml-dsa-87", "ML-DSA-87", library="cryptography", standard="FIPS 204", parts=parts)
